# The module SmtpRelay. Only cheap things happen at import: the files are read, nothing is asked.
# Public holds one command per file; Private holds what they share, and of it only
# InvokeRelayMethod.ps1 speaks to the control port of the relay. What only installing, starting and
# stopping need, in Private/Service, is read by the commands that do so.

Set-StrictMode -Version Latest

$script:ModuleRoot = [System.IO.Path]::GetDirectoryName($PSScriptRoot)
$script:OnWindows = [System.IO.Path]::DirectorySeparatorChar -eq '\'

foreach ($folder in 'Private', 'Public') {
    foreach ($file in [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($PSScriptRoot, $folder), '*.ps1')) {
        . $file
    }
}

# Called with a dot, so that the functions come into the scope of the command that needs them.
function ReadServiceCode {
    foreach ($file in [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($PSScriptRoot, 'Private', 'Service'), '*.ps1')) {
        . $file
    }
}

RegisterRelayCompleter

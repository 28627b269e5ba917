# The module SmtpRelay. Only cheap things happen at import: the files are read, nothing is asked.
# Public holds one command per file; Private holds what they share, and of it only
# InvokeRelayMethod.ps1 speaks to the control port of the relay.

Set-StrictMode -Version Latest

$script:ModuleRoot = [System.IO.Path]::GetDirectoryName($PSScriptRoot)
$script:OnWindows = [System.IO.Path]::DirectorySeparatorChar -eq '\'

foreach ($folder in 'Private', 'Public') {
    foreach ($file in [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($PSScriptRoot, $folder), '*.ps1')) {
        . $file
    }
}

RegisterRelayCompleter

# Files of an old IIS SMTP server, and the report about them.

$script:LargestIisFile = 64MB

# The file in base64; nothing when it cannot be read, which is written as an error.
function ReadIisFile {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Path
    )

    $file = $Cmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    try {
        $size = ([System.IO.FileInfo]::new($file)).Length
        if ($size -gt $script:LargestIisFile) {
            throw "It has $size bytes; a metabase has a few million."
        }
        [System.Convert]::ToBase64String([System.IO.File]::ReadAllBytes($file))
    } catch {
        WriteFileFailed -Cmdlet $Cmdlet -Path $file -Reason $_.Exception.GetBaseException().Message
    }
}

function WriteIisReport {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Path,
        [Parameter(Mandatory)][psobject]$Result
    )

    $file = $Cmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    $text = $Result.Text
    if ($file -match '\.html?$') {
        $text = $Result.Html
    }
    try {
        WriteTextFile -Path $file -Text $text
    } catch {
        WriteFileFailed -Cmdlet $Cmdlet -Path $file -Reason $_.Exception.GetBaseException().Message
    }
}

# A file of IIS's Queue or BadMail folder that has no envelope of its own: it was in a stream of NTFS.
function TestLostEnvelope {
    param([Parameter(Mandatory)][System.IO.FileInfo]$File)

    if ($File.Name -notmatch '^NTFS_.*\.eml$|\.bad$') {
        return $false
    }
    try {
        $reader = [System.IO.StreamReader]::new($File.FullName)
        try {
            return [string]$reader.ReadLine() -notmatch '^x-(sender|receiver):'
        } finally {
            $reader.Dispose()
        }
    } catch {
        return $false
    }
}

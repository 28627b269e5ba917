# Files that a command reads: which of them a -Path means, and how texts are read and written.

# The files behind paths with wildcards or without, and what of -Include lies in folders; the oldest first. What is
# not there, or may not be read, is an error, and the rest goes on.
function GetInputFile {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string[]]$Path,
        [Parameter(Mandatory)][string]$Include,
        [switch]$Recurse
    )

    $option = [System.IO.SearchOption]::TopDirectoryOnly
    if ($Recurse) {
        $option = [System.IO.SearchOption]::AllDirectories
    }
    $found = foreach ($name in GetInputPath -Cmdlet $Cmdlet -Path $Path) {
        if ([System.IO.Directory]::Exists($name)) {
            try {
                ([System.IO.DirectoryInfo]::new($name)).GetFiles('*', $option) | Where-Object -Property Name -Like -Value $Include
            } catch {
                WriteFileFailed -Cmdlet $Cmdlet -Path $name -Reason $_.Exception.GetBaseException().Message
            }
        } else {
            [System.IO.FileInfo]::new($name)
        }
    }
    # Logs named alike in one folder are in the order of time by their names; else the last change tells.
    $found | Sort-Object -Property LastWriteTimeUtc, FullName
}

# The places that paths mean, with wildcards or without.
function GetInputPath {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string[]]$Path
    )

    foreach ($item in $Path) {
        # Test-Path first: a path that fails to resolve would also stand in $Error in other words.
        $provider = $null
        $places = @()
        if (Test-Path -Path $item -ErrorAction Ignore) {
            $places = @($Cmdlet.GetResolvedProviderPathFromPSPath($item, [ref]$provider))
        }
        if ($places.Count -eq 0) {
            $problem = @{
                Id       = 'NotFound'
                Category = 'ObjectNotFound'
                Message  = "There is no file or folder '$item'."
                Target   = $item
                Action   = 'Give a file, a pattern such as *.log, or a folder.'
            }
            $Cmdlet.WriteError((NewRelayError @problem))
        }
        $places
    }
}

# The text of a file, whoever wrote it: with a mark of its encoding, in UTF-8 without one, or in the code page of
# this computer, as Windows PowerShell 5.1 and old editors write.
function ReadTextFile {
    param([Parameter(Mandatory)][string]$Path)

    try {
        $reader = [System.IO.StreamReader]::new($Path, [System.Text.UTF8Encoding]::new($false, $true), $true)
        try {
            return $reader.ReadToEnd()
        } finally {
            $reader.Dispose()
        }
    } catch [System.Text.DecoderFallbackException] {
        Write-Debug "'$Path' is no UTF-8: $($_.Exception.Message)"
    }
    [System.IO.File]::ReadAllText($Path, (GetAnsiEncoding))
}

# Not Encoding.Default, which is UTF-8 in PowerShell 7.
function GetAnsiEncoding {
    $page = [cultureinfo]::CurrentCulture.TextInfo.ANSICodePage
    if ($page -lt 1 -or $page -eq 65001) {
        $page = 1252
    }
    [System.Text.Encoding]::GetEncoding($page)
}

# UTF-8 without a mark, which every program reads.
function WriteTextFile {
    param(
        [Parameter(Mandatory)][string]$Path,
        [Parameter(Mandatory)][AllowEmptyString()][string]$Text
    )

    [System.IO.File]::WriteAllText($Path, $Text, [System.Text.UTF8Encoding]::new($false))
}

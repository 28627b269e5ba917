# Messages as files: where they go, how they are written, and what is read to be sent.

$script:LargestMessage = 64MB

# The file that -Path means: in a folder that exists, or is written as one, each message has its own.
function GetMessageFilePath {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Path,
        [Parameter(Mandatory)][string]$Name
    )

    $full = $Cmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    if ([System.IO.Directory]::Exists($full) -or $Path -match '[\\/]$') {
        return [System.IO.Path]::Combine($full, $Name)
    }
    $full
}

function WriteFileExists {
    param([Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet, [Parameter(Mandatory)][string]$Path)

    $problem = @{
        Id       = 'FileExists'
        Category = 'ResourceExists'
        Message  = "The file '$Path' exists already."
        Target   = $Path
        Action   = 'Choose another -Path, or add -Force to replace the file.'
    }
    $Cmdlet.WriteError((NewRelayError @problem))
}

# Writes the whole file or none: under another name first, then renamed. Emits the file.
function SaveMessageFile {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][psobject]$Message,
        [Parameter(Mandatory)][string]$Path,
        [Parameter(Mandatory)][string]$Format
    )

    $temporary = "$Path.new"
    try {
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($Path))
        $stream = [System.IO.File]::Create($temporary)
        try {
            $whole = CopyMessageContent -Cmdlet $Cmdlet -Id $Message.InternalMessageId -Stream $stream
        } finally {
            $stream.Dispose()
        }
        if (-not $whole) {
            [System.IO.File]::Delete($temporary)
            return
        }
        if ($Format -eq 'Json') {
            $bag = [ordered]@{}
            foreach ($property in $Message.PSObject.Properties) {
                $bag[$property.Name] = $property.Value
            }
            $bag['Content'] = [System.Convert]::ToBase64String([System.IO.File]::ReadAllBytes($temporary))
            $text = (ConvertTo-Json -InputObject $bag -Depth 6) + "`n"
            [System.IO.File]::WriteAllText($temporary, $text, [System.Text.UTF8Encoding]::new($false))
        }
        [System.IO.File]::Delete($Path)
        [System.IO.File]::Move($temporary, $Path)
        # With PSPath, so that Get-Content and others take it from the pipeline.
        Get-Item -LiteralPath $Path
    } catch [System.IO.IOException], [System.UnauthorizedAccessException] {
        WriteFileFailed -Cmdlet $Cmdlet -Path $Path -Reason $_.Exception.Message
    }
}

# Fetches a message piece by piece. Emits $true when all of it is in the stream.
function CopyMessageContent {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Id,
        [Parameter(Mandatory)][System.IO.Stream]$Stream
    )

    $offset = 0
    do {
        $piece = WriteRelayResult -Cmdlet $Cmdlet -Method message.export -Parameter @{ identity = $Id; offset = $offset } -Target $Id
        if (-not $piece) {
            return $false
        }
        $bytes = [System.Convert]::FromBase64String($piece.Content)
        $Stream.Write($bytes, 0, $bytes.Length)
        $offset += $bytes.Length
    } while ($offset -lt $piece.Size -and $bytes.Length -gt 0)
    $true
}

# What Submit-SmtpMessage sends: { Name; Bytes } for each file, or for the text.
function GetMessageSource {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][System.Collections.IDictionary]$Bound
    )

    if ($Bound.ContainsKey('InputObject')) {
        return @{ Name = 'the text'; Bytes = [System.Text.UTF8Encoding]::new($false).GetBytes($Bound['InputObject']) }
    }
    $provider = $null
    try {
        $files = @($Cmdlet.GetResolvedProviderPathFromPSPath($Bound['Path'], [ref]$provider))
    } catch {
        WriteFileFailed -Cmdlet $Cmdlet -Path $Bound['Path'] -Reason $_.Exception.Message
        return
    }
    foreach ($file in $files) {
        try {
            if (([System.IO.FileInfo]::new($file)).Length -gt $script:LargestMessage) {
                throw [System.IO.IOException]::new('It is larger than 64 MiB.')
            }
            @{ Name = $file; Bytes = [System.IO.File]::ReadAllBytes($file) }
        } catch {
            WriteFileFailed -Cmdlet $Cmdlet -Path $file -Reason $_.Exception.GetBaseException().Message
        }
    }
}

function WriteFileFailed {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Path,
        [string]$Reason
    )

    $problem = @{
        Id       = 'FileFailed'
        Category = 'InvalidData'
        Message  = "The file '$Path' cannot be used: $Reason"
        Target   = $Path
        Action   = 'Check the path and the rights of this account.'
    }
    $Cmdlet.WriteError((NewRelayError @problem))
}

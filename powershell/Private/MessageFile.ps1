# Messages as files: where they go, how they are written, and what is read to be sent.

# What goes over the control port at a time.
$script:MessagePiece = 8MB

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
        # Its name for the engine.
        [Parameter(Mandatory)][string]$Name,
        # The method that gives it out piece by piece.
        [Parameter(Mandatory)][string]$Method,
        [Parameter(Mandatory)][string]$Path,
        [Parameter(Mandatory)][string]$Format,
        [switch]$Force
    )

    if ([System.IO.File]::Exists($Path) -and -not $Force) {
        WriteFileExists -Cmdlet $Cmdlet -Path $Path
        return
    }
    $temporary = "$Path.new"
    try {
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($Path))
        $stream = [System.IO.File]::Create($temporary)
        try {
            $whole = CopyMessageContent -Cmdlet $Cmdlet -Method $Method -Id $Name -Stream $stream
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
            WriteTextFile -Path $temporary -Text $text
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
        [Parameter(Mandatory)][string]$Method,
        [Parameter(Mandatory)][string]$Id,
        [Parameter(Mandatory)][System.IO.Stream]$Stream
    )

    $offset = 0
    do {
        $piece = WriteRelayResult -Cmdlet $Cmdlet -Method $Method -Parameter @{ identity = $Id; offset = $offset } -Target $Id
        if (-not $piece) {
            return $false
        }
        $bytes = [System.Convert]::FromBase64String($piece.Content)
        $Stream.Write($bytes, 0, $bytes.Length)
        $offset += $bytes.Length
    } while ($offset -lt $piece.Size -and $bytes.Length -gt 0)
    $true
}

# Sends a message piece by piece. Sets State.Sent as soon as the relay has all of it, State.Problem when it
# does not want it.
function SendMessageStream {
    param(
        [Parameter(Mandatory)][System.IO.Stream]$Stream,
        # Sender and recipients, where they are given.
        [Parameter(Mandatory)][System.Collections.IDictionary]$Parameter,
        [Parameter(Mandatory)][string]$Target,
        [Parameter(Mandatory)][hashtable]$State
    )

    $buffer = [byte[]]::new([int][math]::Max(1, [math]::Min($Stream.Length, $script:MessagePiece)))
    $piece = @{} + $Parameter
    $offset = 0
    do {
        $length = 0
        do {
            $read = $Stream.Read($buffer, $length, $buffer.Length - $length)
            $length += $read
        } while ($read -gt 0 -and $length -lt $buffer.Length)
        $piece.content = [System.Convert]::ToBase64String($buffer, 0, $length)
        $piece.more = $read -gt 0 -and $Stream.Position -lt $Stream.Length
        $answer = InvokeRelayMethod -Method message.import -Parameter $piece -Target $Target -Timeout $script:LongScan
        if ($answer.Problem) {
            $State.Problem = @($answer.Problem)
            return
        }
        if (-not $piece.more) {
            $State.Sent = $answer.Value[0]
        }
        $offset += $length
        $piece = @{ transfer = $answer.Value[0].Transfer; offset = $offset; more = $piece.more }
    } while ($piece.more)
    $State.Sent.PSObject.Properties.Remove('Transfer')
}

# The same for a file. What the disk says becomes State.Problem too.
function SendMessageFile {
    param(
        [Parameter(Mandatory)][string]$Path,
        [Parameter(Mandatory)][System.Collections.IDictionary]$Parameter,
        [Parameter(Mandatory)][hashtable]$State
    )

    try {
        $stream = [System.IO.File]::OpenRead($Path)
        try {
            SendMessageStream -Stream $stream -Parameter $Parameter -Target $Path -State $State
        } finally {
            $stream.Dispose()
        }
    } catch [System.IO.IOException], [System.UnauthorizedAccessException], [System.Management.Automation.MethodInvocationException] {
        $State.Problem = @(NewFileFailed -Path $Path -Reason $_.Exception.GetBaseException().Message)
    }
}

function WriteFileFailed {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Path,
        [string]$Reason
    )

    $Cmdlet.WriteError((NewFileFailed -Path $Path -Reason $Reason))
}

function NewFileFailed {
    param([Parameter(Mandatory)][string]$Path, [string]$Reason)

    $problem = @{
        Id       = 'FileFailed'
        Category = 'InvalidData'
        Message  = "The file '$Path' cannot be used: $Reason"
        Target   = $Path
        Action   = 'Check the path and the rights of this account.'
    }
    NewRelayError @problem
}

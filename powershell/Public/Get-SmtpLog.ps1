function Get-SmtpLog {
    <#
    .SYNOPSIS
    Reads the protocol log: every SMTP command and reply, of clients and of next hops.

    .DESCRIPTION
    Shows the conversations as the relay wrote them down, oldest first. Several conditions must all be
    met. Session joins the lines of one connection; MessageId is the queue id. The log is written while
    ProtocolLoggingLevel of Set-SmtpLogging is Verbose.

    With Path it reads log files, also of the IIS SMTP service: W3C extended, IIS and NCSA format, in
    UTF-8 or ANSI. That needs no relay, and files may be of any size. The old service wrote neither
    sessions nor queue ids: there MessageId is the Message-ID of a DATA line, and Code is 240 for QUIT.

    .PARAMETER Path
    Log files, patterns, or folders, instead of the log of the relay.

    .PARAMETER Start
    Only entries from this time on (local time).

    .PARAMETER End
    Only entries up to this time (local time).

    .PARAMETER ClientIP
    Only conversations with this address.

    .PARAMETER Sender
    Only entries whose reverse-path contains this text.

    .PARAMETER Recipient
    Only entries whose recipient contains this text.

    .PARAMETER Code
    Only entries with this SMTP reply code.

    .PARAMETER SessionId
    Only entries of this session.

    .PARAMETER MessageId
    Only entries of the message with this queue id.

    .PARAMETER Direction
    Inbound for clients of the relay, Outbound for its deliveries.

    .PARAMETER Tail
    Only so many of the last entries.

    .PARAMETER Wait
    Shows the last entries (10, or as many as Tail says) and then each new one as it is written, until
    Ctrl+C.

    .PARAMETER AsSession
    Gives one object for each conversation, with its duration, senders, recipients, and its lines in
    Entries. The conditions choose conversations in which a line meets them all.

    .PARAMETER ResultSize
    The most entries to return, a number or Unlimited. 1000 if not given.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpLog -Tail 50

    Shows the last 50 entries.

    .EXAMPLE
    Get-SmtpLog -ClientIP 192.0.2.17 -Code 550 -Start (Get-Date).AddHours(-1)

    Shows what was refused to one client in the last hour.

    .EXAMPLE
    Get-SmtpLog -Direction Outbound -Start (Get-Date).Date -ResultSize Unlimited | Group-Object -Property Code

    Counts the replies of the next hops today.

    .EXAMPLE
    Get-SmtpLog -Wait -ClientIP 192.0.2.17

    Watches what one printer says, as it says it.

    .EXAMPLE
    Get-SmtpLog -Path C:\Windows\System32\LogFiles\SMTPSVC1 -AsSession -Sender app@example.com | Sort-Object -Property Duration -Descending

    Shows the slowest conversations of a sender in the logs of an old server.

    .OUTPUTS
    SmtpRelay.LogEntry with Time, ClientIP, Direction, Command, Code, Text; with AsSession
    SmtpRelay.LogSession with Start, Duration, ClientIP, Senders, Recipients, Messages, LastReply, Entries.

    .LINK
    Get-SmtpTrackingLog

    .LINK
    Set-SmtpLogging
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.LogEntry', 'SmtpRelay.LogSession')]
    param(
        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('FullName', 'PSPath')]
        [SupportsWildcards()]
        [string[]]$Path,

        [datetime]$Start,

        [datetime]$End,

        [Alias('IPAddress')]
        [string]$ClientIP,

        [string]$Sender,

        [string]$Recipient,

        [int]$Code,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string]$SessionId,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('InternalMessageId')]
        [string]$MessageId,

        [ValidateSet('Inbound', 'Outbound')]
        [string]$Direction,

        [int]$Tail,

        [switch]$Wait,

        [switch]$AsSession,

        [ValidatePattern('^([0-9]+|Unlimited)$')]
        [string]$ResultSize,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    begin {
        $places = [System.Collections.Generic.List[string]]::new()
    }

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        if ($Path) {
            $places.AddRange($Path)
            return
        }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ SessionId = 'session' }
        foreach ($name in 'session', 'messageId') {
            if (-not $parameter[$name]) {
                $parameter.Remove($name)
            }
        }
        if (-not $Wait -and -not $AsSession) {
            WriteRelayList -Cmdlet $PSCmdlet -Method log.read -Parameter $parameter
            return
        }
        $folder = GetLogFolder -Cmdlet $PSCmdlet -Log protocol
        if ($folder) {
            WriteLogFile -Cmdlet $PSCmdlet -Place @{ folder = $folder } -Parameter $parameter -Wait:$Wait -AsSession:$AsSession
        }
    }

    end {
        if ($places.Count -eq 0) {
            return
        }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ SessionId = 'session' }
        $files = @(GetInputFile -Cmdlet $PSCmdlet -Path $places -Include '*.log' -Recurse | ForEach-Object { $_.FullName })
        if ($files.Count -gt 0) {
            WriteLogFile -Cmdlet $PSCmdlet -Place @{ paths = $files } -Parameter $parameter -Wait:$Wait -AsSession:$AsSession
        }
    }
}

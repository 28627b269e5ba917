function Get-SmtpLog {
    <#
    .SYNOPSIS
    Reads the protocol log: every SMTP command and reply, of clients and of next hops.

    .DESCRIPTION
    Shows the conversations as the relay wrote them down, oldest first. Several conditions must all be
    met. Session joins the lines of one connection; MessageId is the queue id. The log is written while
    ProtocolLoggingLevel of Set-SmtpRelayConfiguration is Verbose.

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

    .PARAMETER Session
    Only entries of this session.

    .PARAMETER MessageId
    Only entries of the message with this queue id.

    .PARAMETER Direction
    Inbound for clients of the relay, Outbound for its deliveries.

    .PARAMETER Tail
    Only so many of the last entries.

    .PARAMETER ResultSize
    The most entries to return, a number or Unlimited. 1000 if not given.

    .EXAMPLE
    Get-SmtpLog -Tail 50

    Shows the last 50 entries.

    .EXAMPLE
    Get-SmtpLog -ClientIP 192.0.2.17 -Code 550 -Start (Get-Date).AddHours(-1)

    Shows what was refused to one client in the last hour.

    .EXAMPLE
    Get-SmtpLog -Direction Outbound -Start (Get-Date).Date -ResultSize Unlimited | Group-Object -Property Code

    Counts the replies of the next hops today.

    .OUTPUTS
    SmtpRelay.LogEntry with Time, ClientIP, Direction, Command, Code, Text.

    .LINK
    Get-SmtpTrackingLog

    .LINK
    Set-SmtpRelayConfiguration
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.LogEntry')]
    param(
        [datetime]$Start,

        [datetime]$End,

        [Alias('IPAddress')]
        [string]$ClientIP,

        [string]$Sender,

        [string]$Recipient,

        [int]$Code,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string]$Session,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('InternalMessageId')]
        [string]$MessageId,

        [ValidateSet('Inbound', 'Outbound')]
        [string]$Direction,

        [int]$Tail,

        [ValidatePattern('^([0-9]+|Unlimited)$')]
        [string]$ResultSize
    )

    process {
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters
        foreach ($name in 'session', 'messageId') {
            if (-not $parameter[$name]) {
                $parameter.Remove($name)
            }
        }
        WriteRelayList -Cmdlet $PSCmdlet -Method log.read -Parameter $parameter
    }
}

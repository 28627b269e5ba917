function Get-SmtpSession {
    <#
    .SYNOPSIS
    Shows the open SMTP sessions: those of clients, and those with next hops.

    .DESCRIPTION
    Inbound sessions are clients that are connected to a listener; outbound ones are connections to next hops.
    With -Trace what is said in sessions is shown as it is said, until Ctrl+C: commands, replies, and what
    the activity log says. Passwords and tokens are masked. What a listener or the general setting keeps out
    of the protocol log (ProtocolLoggingLevel None) is not traced either.

    .PARAMETER Identity
    Only this session, by its id as in the protocol log. Wildcards are allowed.

    .PARAMETER Direction
    Only sessions of clients (Inbound) or with next hops (Outbound).

    .PARAMETER IPAddress
    Only sessions with this address on the other side. Wildcards are allowed.

    .PARAMETER Trace
    Shows what is said, also in sessions that begin later, until Ctrl+C or -Duration.

    .PARAMETER Duration
    Ends the trace after this time.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpSession

    Shows who is connected.

    .EXAMPLE
    Get-SmtpSession -Trace -IPAddress 192.0.2.17

    Shows what a printer and the relay say to each other, live.

    .EXAMPLE
    Get-SmtpSession -Direction Inbound -IPAddress 203.0.113.* | Stop-SmtpSession

    Ends the sessions of a network.

    .OUTPUTS
    SmtpRelay.Session with Identity, Direction, Name, IPAddress, HostName, State, Messages, Age, Tls; with
    -Trace SmtpRelay.TraceLine with Time, SessionId, IPAddress, Line.

    .LINK
    Stop-SmtpSession

    .LINK
    Get-SmtpLog
    #>
    [CmdletBinding(DefaultParameterSetName = 'List')]
    [OutputType('SmtpRelay.Session', ParameterSetName = 'List')]
    [OutputType('SmtpRelay.TraceLine', ParameterSetName = 'Trace')]
    param(
        [Parameter(Position = 0)]
        [SupportsWildcards()]
        [string]$Identity,

        [ValidateSet('Inbound', 'Outbound')]
        [string]$Direction,

        [SupportsWildcards()]
        [string]$IPAddress,

        [Parameter(Mandatory, ParameterSetName = 'Trace')]
        [switch]$Trace,

        [Parameter(ParameterSetName = 'Trace')]
        [timespan]$Duration,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        if ($Trace) {
            $filter = @{}
            if ($Identity) { $filter.session = $Identity }
            if ($Direction) { $filter.direction = $Direction }
            if ($IPAddress) { $filter.ipAddress = $IPAddress }
            $limit = [timespan]::MaxValue
            if ($PSBoundParameters.ContainsKey('Duration')) {
                $limit = [timespan]::FromSeconds((ConvertToSecond -Value $Duration))
            }
            ReadRelayEvent -Cmdlet $PSCmdlet -Filter $filter -Duration $limit
        } else {
            $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ IPAddress = 'ipAddress' }
            WriteRelayResult -Cmdlet $PSCmdlet -Method session.list -Parameter $parameter -Target $Identity
        }
    }
}

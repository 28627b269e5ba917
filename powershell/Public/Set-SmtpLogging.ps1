function Set-SmtpLogging {
    <#
    .SYNOPSIS
    Changes what the relay logs, where, in what format, and how long it is kept; in force at once.

    .DESCRIPTION
    Give only what is to change. No line is lost by a change: what was logged before is written where and how it was
    meant then, and what follows begins with a header of its own. All values are checked together; when one is
    refused, nothing is changed. Times are TimeSpans such as '30.00:00:00', sizes may be written as 500MB.

    Every folder is kept to its age and size: the oldest files go first, never the one in use. A log that can't be
    written is told of in Test-SmtpRelay and in the other logs; up to 8 MB of its lines wait in memory meanwhile, and
    mail goes on.

    .PARAMETER ProtocolLoggingLevel
    Verbose writes all SMTP conversations to the protocol log, None writes nothing. A listener or connector can have
    a level of its own (Set-SmtpListener, Set-SmtpConnector).

    .PARAMETER ProtocolLogFormat
    W3C is the extended log with fields of our own that join lines to their session and message (x-session-id,
    x-message-id ...), in files such as u_ex20260304.log. Compatible is what the IIS SMTP service writes, to the byte:
    its fields, header, line ends and file names (ex260304.log, ex26030405.log, ex260301.log, ex2603.log,
    extend1.log), port 0, and QUIT with status 240. Take it for old tools only: nothing there links a line to its
    session or message.

    .PARAMETER ProtocolLogField
    The fields of the protocol log; they stand in the order of IIS, whatever the order here, and time must be among
    them. An empty list writes all that the format has: date time c-ip cs-username s-sitename s-computername s-ip
    s-port cs-method cs-uri-stem cs-uri-query sc-status sc-win32-status sc-bytes cs-bytes time-taken cs-version
    cs-host cs(User-Agent) cs(Cookie) cs(Referer), and in W3C x-session-id x-message-id x-listener x-connector x-reply
    x-rule x-tls. The Tab key offers them. IIS's own default is time, c-ip, cs-method, cs-uri-stem,
    sc-status. Get-SmtpLog shows what there is: without cs-username it can't tell next hops from clients.

    .PARAMETER ProtocolLogPath
    The folder of the protocol log, as a full path; it is made if it does not exist. An empty text goes back to
    logs/protocol in the data folder. Files in the folder that was left stay there. It may be the folder in which IIS
    wrote its logs: retention removes only files that the relay has made (it keeps their names in SmtpRelay.files).

    .PARAMETER ProtocolLogPeriod
    When a new file begins: each Hour, Day, Week (on Sunday and with each month) or Month, or by Size only.

    .PARAMETER ProtocolLogLocalTimeRollover
    Whether these periods begin by the clock of this computer instead of UTC. The times in the log are UTC all the same.

    .PARAMETER ProtocolLogMaxFileSize
    The size at which a new file begins (-2, -3 ... behind the name), at most half of ProtocolLogMaxDirectorySize.
    $null: 64 MB; with Size 20 MB; with Compatible, whose tools know one file for each period, as much as the folder
    allows.

    .PARAMETER ProtocolLogMaxAge
    The age at which files of the protocol log are removed, counted from the end of their period.

    .PARAMETER ProtocolLogMaxDirectorySize
    The size of all files of the protocol log above which the oldest are removed.

    .PARAMETER MessageTrackingLogPath
    The folder of the message tracking log. An empty text goes back to logs/tracking in the data folder.

    .PARAMETER MessageTrackingLogSubjectLoggingEnabled
    Whether subjects are written to the message tracking log.

    .PARAMETER MessageTrackingLogMaxFileSize
    The size at which a new file begins, beside each day (UTC). $null: 16 MB.

    .PARAMETER MessageTrackingLogMaxAge
    The age at which files of the message tracking log are removed.

    .PARAMETER MessageTrackingLogMaxDirectorySize
    The size of all files of the message tracking log above which the oldest are removed.

    .PARAMETER ActivityLogPath
    The folder of the activity log. An empty text goes back to logs/activity in the data folder.

    .PARAMETER ActivityLogMaxFileSize
    The size at which a new file begins, beside each day (UTC). $null: 64 MB.

    .PARAMETER ActivityLogMaxAge
    The age at which files of the activity log are removed.

    .PARAMETER ActivityLogMaxDirectorySize
    The size of all files of the activity log above which the oldest are removed.

    .PARAMETER PassThru
    Returns the new settings.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-SmtpLogging -ProtocolLogMaxAge '90.00:00:00' -ProtocolLogMaxDirectorySize 5GB

    Keeps the conversations of three months, if they fit into 5 GB.

    .EXAMPLE
    Set-SmtpLogging -ProtocolLogFormat Compatible -ProtocolLogPath C:\Windows\System32\LogFiles\SMTPSVC1

    Goes on with the logs of the old SMTP service, for a tool that reads them. The old files stay.

    .EXAMPLE
    Set-SmtpLogging -ProtocolLoggingLevel None; Set-SmtpConnector -Identity M365 -ProtocolLoggingLevel Verbose

    Logs only the conversations with one smart host.

    .EXAMPLE
    Set-SmtpLogging -MessageTrackingLogSubjectLoggingEnabled $false

    Keeps subjects out of the logs.

    .OUTPUTS
    None, or SmtpRelay.Logging with -PassThru.

    .LINK
    Get-SmtpLogging

    .LINK
    Get-SmtpLog
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Logging')]
    param(
        [ValidateSet('None', 'Verbose')]
        [string]$ProtocolLoggingLevel,

        [ValidateSet('W3C', 'Compatible')]
        [string]$ProtocolLogFormat,

        [AllowEmptyCollection()]
        [string[]]$ProtocolLogField,

        [ValidateSet('Hour', 'Day', 'Week', 'Month', 'Size')]
        [string]$ProtocolLogPeriod,

        [bool]$ProtocolLogLocalTimeRollover,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$ProtocolLogPath,

        [AllowNull()]
        [Nullable[long]]$ProtocolLogMaxFileSize,

        [timespan]$ProtocolLogMaxAge,

        [long]$ProtocolLogMaxDirectorySize,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$MessageTrackingLogPath,

        [bool]$MessageTrackingLogSubjectLoggingEnabled,

        [AllowNull()]
        [Nullable[long]]$MessageTrackingLogMaxFileSize,

        [timespan]$MessageTrackingLogMaxAge,

        [long]$MessageTrackingLogMaxDirectorySize,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$ActivityLogPath,

        [AllowNull()]
        [Nullable[long]]$ActivityLogMaxFileSize,

        [timespan]$ActivityLogMaxAge,

        [long]$ActivityLogMaxDirectorySize,

        [switch]$PassThru,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ ProtocolLogField = 'protocolLogFields' }
        if ($parameter.Count -eq 0) {
            Write-Warning 'Nothing was given to change.'
        } elseif ($PSCmdlet.ShouldProcess('Logs of the SMTP relay', 'Change ' + (FormatChange -Parameter $parameter))) {
            $logging = WriteRelayResult -Cmdlet $PSCmdlet -Method logging.set -Parameter $parameter
            if ($PassThru) {
                $logging
            }
        }
    }
}

function Get-SmtpLogging {
    <#
    .SYNOPSIS
    Shows what the relay logs, where, in what format, and how long it is kept.

    .DESCRIPTION
    There are three logs: the protocol log with every SMTP command and reply (Get-SmtpLog), the message tracking
    log with what became of each message (Get-SmtpTrackingLog), and the activity log with what happened to the
    service. The properties that end in LogDirectory say where they are written; LogPath is what was set, and empty
    where that is the logs folder of the data folder.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpLogging

    Shows the settings of all logs.

    .EXAMPLE
    Get-ChildItem -Path (Get-SmtpLogging).ProtocolLogDirectory

    Lists the files of the protocol log.

    .OUTPUTS
    SmtpRelay.Logging; times are TimeSpan, sizes are bytes.

    .LINK
    Set-SmtpLogging

    .LINK
    Get-SmtpLog
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Logging')]
    param(
        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        WriteRelayResult -Cmdlet $PSCmdlet -Method logging.get
    }
}

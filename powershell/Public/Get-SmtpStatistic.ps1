function Get-SmtpStatistic {
    <#
    .SYNOPSIS
    Shows what came in and went out since the relay started, in all, by listener and by connector.

    .DESCRIPTION
    Messages accepted and refused, recipients delivered, deferred (at each attempt) and failed, and when each
    connector last delivered and last had trouble. The numbers begin at 0 with each start; for longer times
    see Export-SmtpRelayReport, Get-SmtpTrackingLog and the metrics for Prometheus (docs/monitoring.md).

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpStatistic

    Shows all rows.

    .EXAMPLE
    Get-SmtpStatistic | Where-Object -Property Scope -EQ -Value Connector | Format-Table Name, LastSuccess, LastError

    Shows when each connector last delivered, and its last trouble.

    .OUTPUTS
    SmtpRelay.Statistic with Scope, Name, Received, Delivered, Deferred, Failed, Refused, LastSuccess, LastError.

    .LINK
    Get-SmtpRelay

    .LINK
    Get-SmtpQueue
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Statistic')]
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
        WriteRelayResult -Cmdlet $PSCmdlet -Method statistic.list
    }
}

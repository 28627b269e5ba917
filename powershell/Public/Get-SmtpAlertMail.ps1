function Get-SmtpAlertMail {
    <#
    .SYNOPSIS
    Shows who gets mail from the relay when something is wrong.

    .DESCRIPTION
    This mail is a digest: what comes within a minute goes out together, then no more often than Interval and MaxPerDay say.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpAlertMail

    Shows it.

    .OUTPUTS
    SmtpRelay.AlertMail with Enabled, Recipients, Sender, Connector, Events, Interval and MaxPerDay.

    .LINK
    Set-SmtpAlertMail
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.AlertMail')]
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
        WriteRelayResult -Cmdlet $PSCmdlet -Method alertmail.get
    }
}

function Get-SmtpRelay {
    <#
    .SYNOPSIS
    Shows the state of the relay service.

    .DESCRIPTION
    Shows whether the relay runs, since when, where it listens, how much mail waits, and what needs the
    eye of an administrator (Health and Warnings). Works for a stopped relay too: Status is Running,
    Stopping, Stopped or NotInstalled.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpRelay

    Shows the state in one line.

    .EXAMPLE
    Get-SmtpRelay | Format-List -Property *

    Shows everything, with addresses and warnings.

    .EXAMPLE
    if ((Get-SmtpRelay).Status -ne 'Running') { Start-SmtpRelay }

    Starts the relay when it does not run.

    .OUTPUTS
    SmtpRelay.Service with Name, Status, Version, Uptime, Queued, Sessions, Health.

    .LINK
    Start-SmtpRelay

    .LINK
    Install-SmtpRelay
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Service')]
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
        try {
            GetServiceObject -DataPath (GetDataPath)
        } catch {
            $PSCmdlet.WriteError((GetThrownRecord -Thrown $_))
        }
    }
}

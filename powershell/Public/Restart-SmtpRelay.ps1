function Restart-SmtpRelay {
    <#
    .SYNOPSIS
    Stops the relay and starts it again.

    .DESCRIPTION
    Ends the deliveries in flight within the time-out, then starts the relay. A relay that does not run is
    started. Settings need no restart: they are in force at once.

    .PARAMETER Timeout
    The longest wait for deliveries in flight, and again for the start: a TimeSpan such as '00:01:00' or a
    number of seconds. 30 seconds if not given.

    .PARAMETER InputObject
    A relay from Get-SmtpRelay.

    .PARAMETER PassThru
    Returns the state of the relay.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Restart-SmtpRelay -PassThru

    Restarts the relay and shows its state.

    .OUTPUTS
    None, or SmtpRelay.Service with -PassThru.

    .LINK
    Start-SmtpRelay

    .LINK
    Stop-SmtpRelay
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Service')]
    param(
        [Parameter(ValueFromPipeline)]
        [PSTypeName('SmtpRelay.Service')]
        [psobject]$InputObject,

        [timespan]$Timeout = '00:00:30',

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
        . ReadServiceCode
        ChangeRelayService -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Action Restart -Timeout $Timeout
    }
}

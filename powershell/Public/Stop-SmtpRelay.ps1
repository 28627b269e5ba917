function Stop-SmtpRelay {
    <#
    .SYNOPSIS
    Stops the relay, and returns when it has ended. No accepted mail is lost.

    .DESCRIPTION
    The relay takes no new sessions, ends the deliveries in flight within the time-out, and ends. Mail that
    waits stays in the queue and is delivered after the next start. A relay that does not run is left alone.

    .PARAMETER Timeout
    The longest wait for deliveries in flight, a TimeSpan such as '00:01:00' or a number of seconds. 30
    seconds if not given. A process that still runs some seconds later is ended by force.

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
    Stop-SmtpRelay

    Stops the relay.

    .EXAMPLE
    Stop-SmtpRelay -Timeout '00:02:00' -PassThru

    Gives deliveries in flight two minutes, and shows the state.

    .OUTPUTS
    None, or SmtpRelay.Service with -PassThru.

    .LINK
    Start-SmtpRelay

    .LINK
    Get-SmtpRelay
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
        ChangeRelayService -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Action Stop -Timeout $Timeout
    }
}

function Start-SmtpRelay {
    <#
    .SYNOPSIS
    Starts the relay, and returns when it serves.

    .DESCRIPTION
    Starts the relay in the way it was installed: as a service of systemd or Windows, or as a process in
    the background that is started again when it ends by accident. A relay that runs is left alone.

    .PARAMETER Timeout
    The longest wait until the relay serves, a TimeSpan such as '00:01:00' or a number of seconds. 30
    seconds if not given.

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
    Start-SmtpRelay -PassThru

    Starts the relay and shows its state.

    .OUTPUTS
    None, or SmtpRelay.Service with -PassThru.

    .LINK
    Stop-SmtpRelay

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
        ChangeRelayService -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Action Start -Timeout $Timeout
    }
}

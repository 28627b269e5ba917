function Disable-SmtpListener {
    <#
    .SYNOPSIS
    Closes a listener and keeps its settings.

    .DESCRIPTION
    Its ports are free at once; its sessions end with 421 after the message they are about.

    .PARAMETER Identity
    The name of the listener, without wildcards.

    .PARAMETER PassThru
    Returns the listener.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Disable-SmtpListener -Identity Printers

    Closes the listener until Enable-SmtpListener opens it.

    .OUTPUTS
    None, or SmtpRelay.Listener with -PassThru.

    .LINK
    Get-SmtpListener

    .LINK
    Enable-SmtpListener
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Listener')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

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
        if ($PSCmdlet.ShouldProcess("listener $Identity", 'Disable')) {
            $parameter = @{ name = $Identity; enabled = $false }
            $listener = WriteRelayResult -Cmdlet $PSCmdlet -Method listener.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $listener
            }
        }
    }
}

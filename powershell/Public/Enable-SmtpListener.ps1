function Enable-SmtpListener {
    <#
    .SYNOPSIS
    Opens a listener that is disabled.

    .DESCRIPTION
    It listens when the command returns; with -PassThru its Status and Error say whether it does.

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
    Enable-SmtpListener -Identity Printers -PassThru

    Opens the listener and shows whether it works.

    .OUTPUTS
    None, or SmtpRelay.Listener with -PassThru.

    .LINK
    Get-SmtpListener

    .LINK
    Disable-SmtpListener
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
        if ($PSCmdlet.ShouldProcess("listener $Identity", 'Enable')) {
            $parameter = @{ name = $Identity; enabled = $true }
            $listener = WriteRelayResult -Cmdlet $PSCmdlet -Method listener.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $listener
            }
        }
    }
}

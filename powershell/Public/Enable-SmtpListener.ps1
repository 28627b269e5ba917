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

        [switch]$PassThru
    )

    process {
        if ($PSCmdlet.ShouldProcess("listener $Identity", 'Enable')) {
            $parameter = @{ name = $Identity; enabled = $true }
            $listener = WriteRelayResult -Cmdlet $PSCmdlet -Method listener.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $listener
            }
        }
    }
}

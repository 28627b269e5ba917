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

        [switch]$PassThru
    )

    process {
        if ($PSCmdlet.ShouldProcess("listener $Identity", 'Disable')) {
            $parameter = @{ name = $Identity; enabled = $false }
            $listener = WriteRelayResult -Cmdlet $PSCmdlet -Method listener.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $listener
            }
        }
    }
}

function Resume-SmtpRelay {
    <#
    .SYNOPSIS
    Takes mail and delivers it again.

    .DESCRIPTION
    Ends what Suspend-SmtpRelay began. Queues and messages that are suspended by themselves stay so.

    .PARAMETER Inbound
    Only new clients. Without -Inbound and -Outbound both are meant.

    .PARAMETER Outbound
    Only deliveries.

    .PARAMETER PassThru
    Returns the state of the relay.

    .EXAMPLE
    Resume-SmtpRelay

    Takes mail and sends it again.

    .EXAMPLE
    Resume-SmtpRelay -Inbound -WhatIf

    Says what would be done.

    .OUTPUTS
    None, or SmtpRelay.Service with -PassThru.

    .LINK
    Suspend-SmtpRelay

    .LINK
    Suspend-SmtpQueue
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Service')]
    param(
        [switch]$Inbound,

        [switch]$Outbound,

        [switch]$PassThru
    )

    process {
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters
        $target = (@('Inbound', 'Outbound') | Where-Object { $PSBoundParameters[$_] }) -join ', '
        if (-not $target) {
            $target = 'Inbound, Outbound'
        }
        if ($PSCmdlet.ShouldProcess($target, 'Resume')) {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method relay.resume -Parameter $parameter
            if ($PassThru) {
                Get-SmtpRelay
            }
        }
    }
}

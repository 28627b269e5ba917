function Remove-SmtpConnector {
    <#
    .SYNOPSIS
    Removes a connector; mail that waits for it is routed again.

    .DESCRIPTION
    Mail for its address spaces then takes the next best connector. With no connector left for a recipient
    the mail waits until there is one. The command asks first.

    .PARAMETER Identity
    The name of the connector, without wildcards.

    .PARAMETER Force
    Does not ask.

    .EXAMPLE
    Remove-SmtpConnector -Identity Partner

    Asks, and removes the connector Partner.

    .EXAMPLE
    Get-SmtpConnector -Identity *test* | Remove-SmtpConnector -WhatIf

    Says which would be removed.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpConnector

    .LINK
    New-SmtpConnector
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([void])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [switch]$Force
    )

    process {
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) {
            $ConfirmPreference = 'None'
        }
        if (ConfirmChange -Cmdlet $PSCmdlet -Target "connector $Identity" -Action 'Remove') {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method connector.remove -Parameter @{ name = $Identity } -Target $Identity
        }
    }
}

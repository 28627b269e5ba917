function Remove-SmtpDomain {
    <#
    .SYNOPSIS
    Removes an accepted domain.

    .DESCRIPTION
    Mail to the domain is then accepted only from clients that may relay.

    .PARAMETER Identity
    The name of the domain, without wildcards.

    .EXAMPLE
    Remove-SmtpDomain -Identity example.com

    Removes the domain.

    .EXAMPLE
    Get-SmtpDomain -Identity *test* | Remove-SmtpDomain -WhatIf

    Says which would be removed.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpDomain

    .LINK
    New-SmtpDomain
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([void])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity
    )

    process {
        if ($PSCmdlet.ShouldProcess("domain $Identity", 'Remove')) {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method domain.remove -Parameter @{ name = $Identity } -Target $Identity
        }
    }
}

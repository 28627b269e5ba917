function Set-SmtpDomain {
    <#
    .SYNOPSIS
    Changes an accepted domain.

    .DESCRIPTION
    The change is in force for the next recipient.

    .PARAMETER Identity
    The name of the domain, without wildcards.

    .PARAMETER AllowRelay
    Whether anybody may send to this domain.

    .PARAMETER PassThru
    Returns the domain.

    .EXAMPLE
    Set-SmtpDomain -Identity example.com -AllowRelay $false

    From now on only clients that may relay can send to example.com.

    .OUTPUTS
    None, or SmtpRelay.Domain with -PassThru.

    .LINK
    Get-SmtpDomain
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Domain')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [bool]$AllowRelay,

        [switch]$PassThru
    )

    process {
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ Identity = 'name' }
        if ($parameter.Count -eq 1) {
            Write-Warning "Nothing was given to change for domain $Identity."
        } elseif ($PSCmdlet.ShouldProcess("domain $Identity", 'Change ' + (FormatChange -Parameter $parameter))) {
            $domain = WriteRelayResult -Cmdlet $PSCmdlet -Method domain.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $domain
            }
        }
    }
}

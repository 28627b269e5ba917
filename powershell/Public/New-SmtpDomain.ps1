function New-SmtpDomain {
    <#
    .SYNOPSIS
    Adds an accepted domain: a recipient domain with rights of its own.

    .DESCRIPTION
    With -AllowRelay $true anybody may send to the domain, also clients that may not relay. Where its mail
    goes is the matter of a connector with that address space.

    .PARAMETER Name
    The domain; *.example.com means its subdomains.

    .PARAMETER AllowRelay
    Whether anybody may send to this domain. Not, if not given.

    .EXAMPLE
    New-SmtpDomain -Name example.com -AllowRelay $true

    Accepts mail to example.com from everybody.

    .OUTPUTS
    SmtpRelay.Domain with Name, AllowRelay.

    .LINK
    Get-SmtpDomain

    .LINK
    New-SmtpConnector
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Domain')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [string]$Name,

        [Parameter(ValueFromPipelineByPropertyName)]
        [bool]$AllowRelay
    )

    process {
        if ($PSCmdlet.ShouldProcess("domain $Name", 'Add')) {
            $parameter = ConvertToMethodParameter -Bound $PSBoundParameters
            WriteRelayResult -Cmdlet $PSCmdlet -Method domain.create -Parameter $parameter -Target $Name
        }
    }
}

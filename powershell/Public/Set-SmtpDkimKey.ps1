function Set-SmtpDkimKey {
    <#
    .SYNOPSIS
    Lets a DKIM key sign, or sign no more.

    .DESCRIPTION
    To change keys: make a new one with -Enabled $false, put its record into DNS, test it, switch it on here and
    the old one off, and remove the old one a week later.

    .PARAMETER Identity
    The name in DNS, selector._domainkey.domain, without wildcards.

    .PARAMETER Enabled
    Whether it signs.

    .PARAMETER Comment
    A comment for administrators.

    .PARAMETER PassThru
    Returns the key.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-SmtpDkimKey -Identity 2026._domainkey.contoso.com -Enabled $true

    Lets it sign.

    .EXAMPLE
    Get-SmtpDkimKey -Identity *contoso.com | Set-SmtpDkimKey -Enabled $false

    Lets none of the keys of a domain sign.

    .OUTPUTS
    None, or SmtpRelay.DkimKey with -PassThru.

    .LINK
    Get-SmtpDkimKey

    .LINK
    Test-SmtpDkimKey
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.DkimKey')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [bool]$Enabled,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Comment,

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
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ Identity = 'name' }
        if ($parameter.Count -eq 1) {
            Write-Warning "Nothing was given to change for DKIM key $Identity."
        } elseif ($PSCmdlet.ShouldProcess("DKIM key $Identity", 'Change ' + (FormatChange -Parameter $parameter))) {
            $key = WriteRelayResult -Cmdlet $PSCmdlet -Method dkim.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $key
            }
        }
    }
}

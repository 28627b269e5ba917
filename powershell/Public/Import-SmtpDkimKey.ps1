function Import-SmtpDkimKey {
    <#
    .SYNOPSIS
    Takes over a DKIM key that another server signs with.

    .DESCRIPTION
    The file holds a private key in PEM without a password, RSA or Ed25519, as opendkim-genkey, rspamd and openssl
    write it. Its record in DNS stays as it is.

    .PARAMETER Domain
    The domain that signs: mail whose From is of it, or of a domain below it that has no key of its own.

    .PARAMETER Selector
    The name of the key in DNS. A new key gets a new selector, such as the month.

    .PARAMETER Path
    The file with the private key.

    .PARAMETER Enabled
    Whether it signs at once. With $false it is switched on by Set-SmtpDkimKey, when DNS has its record.

    .PARAMETER Comment
    A comment for administrators.

    .PARAMETER Force
    Replaces the key of this domain and selector.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Import-SmtpDkimKey -Domain contoso.com -Selector mail -Path ./mail.private

    Takes over a key of OpenDKIM.

    .EXAMPLE
    Import-SmtpDkimKey -Domain contoso.com -Selector mail -Path ./mail.private -Force

    Puts it in the place of the key that is there.

    .OUTPUTS
    SmtpRelay.DkimKey with Name, Domain, Selector, Algorithm, KeySize, Enabled, RecordName, RecordValue and
    RecordStrings, which is the value in strings of at most 255 characters.

    .LINK
    New-SmtpDkimKey

    .LINK
    Test-SmtpDkimKey
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.DkimKey')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Domain,

        [Parameter(Mandatory, Position = 1)]
        [string]$Selector,

        [Parameter(Mandatory, Position = 2)]
        [string]$Path,

        [bool]$Enabled,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Comment,

        [switch]$Force,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters
        $parameter.Remove('path')
        $parameter.replace = [bool]$Force
        if (-not $PSCmdlet.ShouldProcess("DKIM key $Selector._domainkey.$Domain", 'Import')) {
            return
        }
        $full = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
        try {
            $parameter.content = ReadTextFile -Path $full
        } catch {
            WriteFileFailed -Cmdlet $PSCmdlet -Path $full -Reason $_.Exception.GetBaseException().Message
            return
        }
        WriteRelayResult -Cmdlet $PSCmdlet -Method dkim.import -Parameter $parameter -Target "$Selector._domainkey.$Domain"
    }
}

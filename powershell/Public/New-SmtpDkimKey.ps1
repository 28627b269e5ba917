function New-SmtpDkimKey {
    <#
    .SYNOPSIS
    Makes a DKIM key and shows the DNS record for it.

    .DESCRIPTION
    Mail from the domain is signed from now on, last of all, after everything else is done to it. The private key
    lies protected in the data folder and never leaves it. A domain can have several keys, and all that are
    enabled sign: an Ed25519 key belongs beside an RSA key, because many verifiers know only RSA.

    Put RecordValue into DNS as a TXT record named RecordName; zone files take RecordStrings. Test-SmtpDkimKey
    looks whether it is there.

    .PARAMETER Domain
    The domain that signs: mail whose From is of it, or of a domain below it that has no key of its own.

    .PARAMETER Selector
    The name of the key in DNS. A new key gets a new selector, such as the month.

    .PARAMETER Algorithm
    RSA (2048 bits) or Ed25519.

    .PARAMETER Enabled
    Whether it signs at once. With $false it is switched on by Set-SmtpDkimKey, when DNS has its record.

    .PARAMETER Comment
    A comment for administrators.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    New-SmtpDkimKey -Domain contoso.com -Selector 2026 -Enabled $false | Format-List RecordName, RecordStrings

    Makes a key that does not sign yet, and shows what belongs into DNS.

    .EXAMPLE
    New-SmtpDkimKey -Domain contoso.com -Selector 2026ed -Algorithm Ed25519

    Makes a second key of the newer kind; mail is signed with both.

    .OUTPUTS
    SmtpRelay.DkimKey with Name, Domain, Selector, Algorithm, KeySize, Enabled, RecordName, RecordValue and
    RecordStrings, which is the value in strings of at most 255 characters.

    .LINK
    Test-SmtpDkimKey

    .LINK
    Set-SmtpDkimKey
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.DkimKey')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Domain,

        [Parameter(Mandatory, Position = 1)]
        [string]$Selector,

        [ValidateSet('RSA', 'Ed25519')]
        [string]$Algorithm,

        [bool]$Enabled,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Comment,

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
        if ($PSCmdlet.ShouldProcess("DKIM key $Selector._domainkey.$Domain", 'Make')) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method dkim.create -Parameter $parameter -Target "$Selector._domainkey.$Domain"
        }
    }
}

function New-SmtpCertificate {
    <#
    .SYNOPSIS
    Makes a certificate: self-signed, or signed by an authority of the relay, or such an authority.

    .DESCRIPTION
    Certificates are signed with SHA-256 and have a key on the curve P-256; RSA is for devices that know
    nothing else. Clients trust a self-signed certificate only when they are told to; with an authority
    (-Authority) they are told once, and trust all that it signs (-SignedBy).

    .PARAMETER Name
    The name of the certificate in the relay.

    .PARAMETER DnsName
    The DNS names and IP addresses it is for. If not given, the name of the relay.

    .PARAMETER KeyAlgorithm
    EC (P-256) or RSA (2048 bits). What an authority signs has a key of the same kind as the authority.

    .PARAMETER Days
    The days it is valid; 397 if not given, 3650 for an authority.

    .PARAMETER Authority
    Makes an authority, which signs others and serves nothing else.

    .PARAMETER SignedBy
    The name of the authority that signs it.

    .PARAMETER Comment
    A comment for administrators.

    .PARAMETER Force
    Replaces a certificate of this name; its listeners go on with the new one at once.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    New-SmtpCertificate -Name Relay -DnsName relay.example.com, 192.0.2.25

    Makes a self-signed certificate for a name and an address.

    .EXAMPLE
    New-SmtpCertificate -Name Root -Authority
    New-SmtpCertificate -Name Relay -DnsName relay.example.com -SignedBy Root

    Makes an authority and a certificate that it signs.

    .OUTPUTS
    SmtpRelay.Certificate with Name, Status, DaysLeft, Subject, DnsNames, NotAfter, Thumbprint, UsedBy, Warnings.

    .LINK
    Set-SmtpCertificate

    .LINK
    Import-SmtpCertificate
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Certificate')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Name,

        [Alias('DnsNames')]
        [string[]]$DnsName,

        [ValidateSet('EC', 'RSA')]
        [string]$KeyAlgorithm,

        [int]$Days,

        [switch]$Authority,

        [string]$SignedBy,

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
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ DnsName = 'dnsNames' }
        $parameter.replace = [bool]$Force
        if ($PSCmdlet.ShouldProcess("certificate $Name", 'Make')) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method certificate.create -Parameter $parameter -Target $Name
        }
    }
}

function Import-SmtpCertificate {
    <#
    .SYNOPSIS
    Takes over a certificate with its private key: from files, from the Windows store, or from the pipeline.

    .DESCRIPTION
    -Path reads PEM, DER and PFX files here and gives them to the relay, which keeps them. -File names a file
    on the relay's computer that others renew, such as certbot: the relay reads it where it is, and again
    within seconds when it changed. -Find names a certificate in the store of the computer (Windows), which
    is looked at every hour; its key must be exportable.

    The key must belong to the certificate; the chain is put in order, and sent to clients. Refused are
    certificates that have expired, are signed with SHA-1, have RSA keys below 2048 bits, or are not for
    servers. A chain that is incomplete is taken with a warning.

    A renewed certificate is imported with -Force under the same name: it is live at once, and no session is
    dropped.

    .PARAMETER Name
    The name of the certificate in the relay.

    .PARAMETER Path
    The files: certificate, key and chain, in one or in several.

    .PARAMETER File
    The file with certificate and chain on the relay's computer, which the relay watches.

    .PARAMETER KeyFile
    The file with the key on the relay's computer, where it is not in -File.

    .PARAMETER Find
    Thumbprint or subject in the Windows store of the relay's computer; of several with the same subject the
    newest valid one is taken.

    .PARAMETER InputObject
    A certificate object with its private key, such as from the drive Cert:.

    .PARAMETER Password
    The password of the PFX file or of the key.

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
    Import-SmtpCertificate -Name Relay -Path relay.pfx -Password (Read-Host -AsSecureString)

    Imports a PFX file.

    .EXAMPLE
    Import-SmtpCertificate -Name Relay -File /etc/letsencrypt/live/relay.example.com/fullchain.pem -KeyFile /etc/letsencrypt/live/relay.example.com/privkey.pem

    Uses the files of certbot where they are, also after each renewal.

    .EXAMPLE
    Import-SmtpCertificate -Name Relay -Find 'CN=relay.example.com'

    Uses the newest valid certificate for this name in the store of the computer.

    .OUTPUTS
    SmtpRelay.Certificate with Name, Status, DaysLeft, Subject, DnsNames, NotAfter, Thumbprint, UsedBy, Warnings.

    .LINK
    Set-SmtpCertificate

    .LINK
    Get-SmtpCertificate

    .LINK
    Test-SmtpListener
    #>
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Path')]
    [OutputType('SmtpRelay.Certificate')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Name,

        [Parameter(ParameterSetName = 'Path', Mandatory, Position = 1)]
        [string[]]$Path,

        [Parameter(ParameterSetName = 'File', Mandatory)]
        [string]$File,

        [Parameter(ParameterSetName = 'File')]
        [string]$KeyFile,

        [Parameter(ParameterSetName = 'Find', Mandatory)]
        [string]$Find,

        [Parameter(ParameterSetName = 'InputObject', Mandatory, ValueFromPipeline)]
        [System.Security.Cryptography.X509Certificates.X509Certificate2]$InputObject,

        [Parameter(ParameterSetName = 'Path')]
        [Parameter(ParameterSetName = 'File')]
        [securestring]$Password,

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
        foreach ($file in @('file', 'keyFile' | Where-Object { $parameter.ContainsKey($_) })) {
            $parameter[$file] = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($parameter[$file])
        }
        if (-not $PSCmdlet.ShouldProcess("certificate $Name", 'Import')) {
            return
        }
        if ($PSCmdlet.ParameterSetName -eq 'Path') {
            $parameter.content = [object[]]@(ReadCertificateFile -Cmdlet $PSCmdlet -Path $Path)
            if ($parameter.content.Count -eq 0) {
                return
            }
        } elseif ($PSCmdlet.ParameterSetName -eq 'InputObject') {
            $exported = ExportCertificateObject -Cmdlet $PSCmdlet -Certificate $InputObject
            if (-not $exported) {
                return
            }
            $parameter += $exported
        }
        WriteRelayResult -Cmdlet $PSCmdlet -Method certificate.import -Parameter $parameter -Target $Name
    }
}

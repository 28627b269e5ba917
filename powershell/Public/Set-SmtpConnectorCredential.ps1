function Set-SmtpConnectorCredential {
    <#
    .SYNOPSIS
    Keeps the secret that a connector logs on with.

    .DESCRIPTION
    The secret is kept in the credentials folder of the relay: encrypted for this computer on Windows, readable
    for the account of the relay alone elsewhere. It is in no export and no log, and no command shows it. Mail
    that waits for it is tried at once.

    .PARAMETER Identity
    The name of the connector, without wildcards.

    .PARAMETER Credential
    User name and password for PLAIN, LOGIN and CRAM-MD5. Where the connector did not log on before, its
    AuthenticationMethod becomes Automatic.

    .PARAMETER ClientSecret
    The client secret of the application that asks for tokens (Microsoft 365, or any other OAuth 2.0 server).

    .PARAMETER Certificate
    The name of a certificate of the relay, whose key signs the request for tokens; for Microsoft 365 it must
    have an RSA key, and its public part is uploaded to the application.

    .PARAMETER ServiceAccountPath
    The JSON key file of a Google service account.

    .PARAMETER Remove
    Forgets the secret.

    .PARAMETER PassThru
    Returns what is kept, without the secret.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-SmtpConnectorCredential -Identity SES -Credential (Get-Credential)

    Asks for user name and password and logs on with them from now on.

    .EXAMPLE
    Set-SmtpConnectorCredential -Identity Microsoft365 -ClientSecret (Read-Host -AsSecureString)

    Gives the new client secret of the application, when the old one is about to end.

    .EXAMPLE
    New-SmtpCertificate -Name Entra -KeyAlgorithm RSA -DnsName relay.example.com
    Set-SmtpConnectorCredential -Identity Microsoft365 -Certificate Entra

    Signs with a certificate instead of a secret. (Get-SmtpCertificate -Identity Entra).Pem is its public part.

    .OUTPUTS
    None, or SmtpRelay.ConnectorCredential with -PassThru.

    .LINK
    Test-SmtpConnector

    .LINK
    Get-SmtpConnectorCredential

    .LINK
    Set-SmtpConnector
    #>
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Credential')]
    [OutputType('SmtpRelay.ConnectorCredential')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [Parameter(ParameterSetName = 'Credential', Mandatory, Position = 1)]
        [pscredential]$Credential,

        [Parameter(ParameterSetName = 'ClientSecret', Mandatory)]
        [securestring]$ClientSecret,

        [Parameter(ParameterSetName = 'Certificate', Mandatory)]
        [string]$Certificate,

        [Parameter(ParameterSetName = 'ServiceAccount', Mandatory)]
        [string]$ServiceAccountPath,

        [Parameter(ParameterSetName = 'Remove', Mandatory)]
        [switch]$Remove,

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
        if ($Credential) {
            $parameter.userName = $Credential.UserName
            $parameter.password = ConvertToMethodValue -Value $Credential.Password
        }
        if ($ServiceAccountPath) {
            $path = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($ServiceAccountPath)
            $parameter.Remove('serviceAccountPath')
            try {
                $parameter.serviceAccount = ReadTextFile -Path $path
            } catch {
                WriteFileFailed -Cmdlet $PSCmdlet -Path $path -Reason $_.Exception.GetBaseException().Message
                return
            }
        }
        $action = 'Keep a credential'
        if ($Remove) {
            $action = 'Forget the credential'
        }
        if ($PSCmdlet.ShouldProcess("connector $Identity", $action)) {
            $kept = WriteRelayResult -Cmdlet $PSCmdlet -Method credential.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $kept
            }
        }
    }
}

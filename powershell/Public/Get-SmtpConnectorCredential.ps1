function Get-SmtpConnectorCredential {
    <#
    .SYNOPSIS
    Shows what connectors log on with; never the secret itself.

    .DESCRIPTION
    Kind says what is kept (Password, ClientSecret, ServiceAccount, Certificate or None), Changed since when,
    and Error why it can't be used.

    .PARAMETER Identity
    The name of a connector; wildcards are allowed.

    .EXAMPLE
    Get-SmtpConnectorCredential | Where-Object -Property Kind -EQ -Value None

    Shows the connectors without a secret.

    .OUTPUTS
    SmtpRelay.ConnectorCredential with Name, AuthenticationMethod, UserName, Kind, Certificate, Changed, Error.

    .LINK
    Set-SmtpConnectorCredential
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.ConnectorCredential')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [SupportsWildcards()]
        [string]$Identity
    )

    process {
        WriteByIdentity -Cmdlet $PSCmdlet -Method credential.list -Identity $Identity -Noun connector
    }
}

function Get-SmtpConnectorCredential {
    <#
    .SYNOPSIS
    Shows what connectors log on with; never the secret itself.

    .DESCRIPTION
    Kind says what is kept (Password, ClientSecret, ServiceAccount, Certificate or None), Changed since when,
    and Error why it can't be used.

    .PARAMETER Identity
    The name of a connector; wildcards are allowed.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

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
        [string]$Identity,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        WriteByIdentity -Cmdlet $PSCmdlet -Method credential.list -Identity $Identity -Noun connector
    }
}

function Get-SmtpConnectorPreset {
    <#
    .SYNOPSIS
    Shows the services that New-SmtpConnector -Preset knows, with what is to be done on their side.

    .DESCRIPTION
    Steps are what is to be done on the side of the service, in order; Needs are the parameters that nobody but
    the administrator knows; Limits are what the service takes.

    .PARAMETER Name
    The preset. Without a name all are shown.

    .PARAMETER Connector
    A connector whose names stand in the steps. Without -Name the preset it was made with is shown.

    .EXAMPLE
    Get-SmtpConnectorPreset

    Lists the presets.

    .EXAMPLE
    (Get-SmtpConnectorPreset -Connector Microsoft365).Steps

    Shows what is to be done for this connector.

    .OUTPUTS
    SmtpRelay.ConnectorPreset with Name, Description, SmartHosts, TlsMode, AuthenticationMethod, Needs, Limits, Steps, Link.

    .LINK
    New-SmtpConnector

    .LINK
    Set-SmtpConnectorCredential
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.ConnectorPreset')]
    param(
        [Parameter(Position = 0)]
        [ValidateSet('Microsoft365Smtp', 'Microsoft365Connector', 'Microsoft365Graph', 'HighVolumeEmail', 'AmazonSes', 'SendGrid', 'GoogleRelay', 'AzureCommunication')]
        [string]$Name,

        [string]$Connector
    )

    process {
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters
        WriteRelayResult -Cmdlet $PSCmdlet -Method preset.list -Parameter $parameter -Target $Connector
    }
}

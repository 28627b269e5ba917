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

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

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

        [string]$Connector,

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
        WriteRelayResult -Cmdlet $PSCmdlet -Method preset.list -Parameter $parameter -Target $Connector
    }
}

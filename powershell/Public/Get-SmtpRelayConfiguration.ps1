function Get-SmtpRelayConfiguration {
    <#
    .SYNOPSIS
    Shows the general settings of the relay.

    .DESCRIPTION
    Shows the settings that hold for all mail. Who may relay is in Get-RelayRestriction, where mail goes
    in Get-SmtpConnector. SettingsVersion counts the changes of the whole configuration.

    .EXAMPLE
    Get-SmtpRelayConfiguration

    Shows the settings.

    .EXAMPLE
    (Get-SmtpRelayConfiguration).RetryInterval

    Shows the waits between delivery attempts as TimeSpans.

    .OUTPUTS
    SmtpRelay.Configuration; times are TimeSpan, sizes are bytes.

    .LINK
    Set-SmtpRelayConfiguration
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Configuration')]
    param()

    process {
        WriteRelayResult -Cmdlet $PSCmdlet -Method settings.get
    }
}

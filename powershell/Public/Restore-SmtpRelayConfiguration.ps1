function Restore-SmtpRelayConfiguration {
    <#
    .SYNOPSIS
    Puts an earlier version of the settings into force again.

    .DESCRIPTION
    The last 20 versions are kept in the history folder of the data folder. The version that is restored gets a
    number of its own, so that this can be taken back as well. Passwords of connectors are not part of the settings.

    .PARAMETER Version
    The number, as SettingsVersion of Get-SmtpRelayConfiguration and PreviousVersion of Import-IisSmtpConfiguration
    tell it.

    .PARAMETER Force
    Does not ask.

    .EXAMPLE
    Restore-SmtpRelayConfiguration -Version 12

    Takes back what was changed after version 12.

    .OUTPUTS
    SmtpRelay.Configuration, the settings that are in force now.

    .LINK
    Get-SmtpRelayConfiguration

    .LINK
    Import-IisSmtpConfiguration
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('SmtpRelay.Configuration')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('PreviousVersion')]
        [long]$Version,

        [switch]$Force
    )

    process {
        if ($Force -and -not $WhatIfPreference) {
            $ConfirmPreference = 'None'
        }
        if ($PSCmdlet.ShouldProcess('settings of the relay', "Restore version $Version")) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method settings.restore -Parameter @{ version = $Version } -Target $Version
        }
    }
}

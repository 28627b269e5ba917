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

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

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
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) {
            $ConfirmPreference = 'None'
        }
        if (ConfirmChange -Cmdlet $PSCmdlet -Target 'settings of the relay' -Action "Restore version $Version") {
            WriteRelayResult -Cmdlet $PSCmdlet -Method settings.restore -Parameter @{ version = $Version } -Target $Version
        }
    }
}

function Get-SmtpRelayConfiguration {
    <#
    .SYNOPSIS
    Shows the general settings of the relay.

    .DESCRIPTION
    Shows the settings that hold for all mail. Who may relay is in Get-RelayRestriction, where mail goes
    in Get-SmtpConnector. SettingsVersion counts the changes of the whole configuration.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

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
    param(
        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        WriteRelayResult -Cmdlet $PSCmdlet -Method settings.get
    }
}

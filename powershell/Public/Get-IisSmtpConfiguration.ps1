function Get-IisSmtpConfiguration {
    <#
    .SYNOPSIS
    Reads an SMTP configuration of IIS and says what would become of each value.

    .DESCRIPTION
    Takes a file of Export-IisSmtpConfiguration.ps1 (best), MetaBase.xml, a backup of it (*.MD0), objects of WMI
    saved by Export-Clixml or ConvertTo-Json, or what adsutil.vbs enum smtpsvc/1 prints. Nothing is changed; the
    relay must run.

    .PARAMETER Path
    The file.

    .PARAMETER VirtualServer
    Numbers of the virtual servers, as in /LM/SmtpSvc/1. Without it all.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-IisSmtpConfiguration -Path .\MetaBase.xml

    Shows every value and what would become of it.

    .EXAMPLE
    Get-IisSmtpConfiguration -Path .\old.json | Where-Object -Property Action

    Shows what a person has to do.

    .OUTPUTS
    SmtpRelay.IisSetting, one for each value, with VirtualServer, Location, Setting, Value, Origin, MapsTo,
    NewValue, Outcome, Reason and Action.

    .LINK
    Import-IisSmtpConfiguration
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.IisSetting')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('FullName')]
        [string]$Path,

        [int[]]$VirtualServer,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $content = ReadIisFile -Cmdlet $PSCmdlet -Path $Path
        if ($null -eq $content) {
            return
        }
        $parameter = @{ content = $content }
        if ($VirtualServer) {
            $parameter.virtualServers = [object[]]$VirtualServer
        }
        $answer = InvokeRelayMethod -Method iis.plan -Parameter $parameter -Target $Path
        foreach ($problem in $answer.Problem) {
            $PSCmdlet.WriteError($problem)
        }
        foreach ($plan in $answer.Value) {
            foreach ($note in $plan.Notes) {
                $PSCmdlet.WriteWarning($note)
            }
            $plan.Settings
        }
    }
}

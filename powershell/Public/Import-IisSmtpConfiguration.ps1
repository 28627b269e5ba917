function Import-IisSmtpConfiguration {
    <#
    .SYNOPSIS
    Takes over an SMTP configuration of IIS.

    .DESCRIPTION
    Everything is validated and applied as one change: listeners, limits, log-ons, TLS, who may connect and relay,
    smart host and domains, retry times, folders. Listeners, domains, connectors and the list of who may relay are
    replaced; accounts and certificates stay. Nobody gets to relay who could not before: what is unclear lets nobody
    in and is reported. Who may relay is what all virtual servers agree about. -WhatIf shows the plan and changes
    nothing. A listener of which nobody can tell who may use it is added closed: off, every address denied, a log-on
    required; Enable-SmtpListener alone does not open it. Restore-SmtpRelayConfiguration takes it back.

    .PARAMETER Path
    The file: of Export-IisSmtpConfiguration.ps1, MetaBase.xml, *.MD0, WMI objects, or text of adsutil.

    .PARAMETER VirtualServer
    Numbers of the virtual servers. Without it all.

    .PARAMETER Credential
    Passwords for smart hosts, by the user names of the old server. No file has them in a readable form.

    .PARAMETER Merge
    Adds listeners and routes of domains to what is there. Everything else stays, also who may relay; a listener
    is added closed where this relay lets more through than its virtual server did.

    .PARAMETER Strict
    Changes nothing when a value was refused or a secret is missing.

    .PARAMETER AcceptOpenRelay
    The old server lets everybody relay: let those of -Network relay here. Without it nobody may by address.

    .PARAMETER Network
    IPv4 networks for -AcceptOpenRelay.

    .PARAMETER ReportPath
    Writes the report into a file: a page where its name ends in .htm or .html, else text. With -WhatIf it is only
    returned, as Text and Html.

    .PARAMETER Force
    Does not ask.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Import-IisSmtpConfiguration -Path .\old.json -WhatIf

    Shows what would be done.

    .EXAMPLE
    Import-IisSmtpConfiguration -Path .\MetaBase.xml -VirtualServer 1 -Credential (Get-Credential) -ReportPath report.html

    Takes over one virtual server with the password of its smart host.

    .EXAMPLE
    Import-IisSmtpConfiguration -Path .\old.json -AcceptOpenRelay -Network 10.0.0.0/8 -Force

    Takes over a server that let everybody relay, for one network only.

    .OUTPUTS
    SmtpRelay.IisImport with Applied, PreviousVersion, SettingsVersion, VirtualServers, Counts, NeedsPerson, Notes,
    Settings, Text and Html.

    .LINK
    Get-IisSmtpConfiguration

    .LINK
    Restore-SmtpRelayConfiguration
    #>
    [CmdletBinding(DefaultParameterSetName = 'Listed', SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('SmtpRelay.IisImport')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('FullName')]
        [string]$Path,

        [int[]]$VirtualServer,

        [pscredential[]]$Credential,

        [switch]$Merge,

        [switch]$Strict,

        [Parameter(ParameterSetName = 'Open', Mandatory)]
        [switch]$AcceptOpenRelay,

        [Parameter(ParameterSetName = 'Open', Mandatory)]
        [string[]]$Network,

        [string]$ReportPath,

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
        $content = ReadIisFile -Cmdlet $PSCmdlet -Path $Path
        if ($null -eq $content) {
            return
        }
        $parameter = @{ content = $content; merge = $Merge.IsPresent }
        if ($VirtualServer) {
            $parameter.virtualServers = [object[]]$VirtualServer
        }
        if ($AcceptOpenRelay) {
            $parameter.openTo = [object[]]$Network
        }
        $method = 'iis.plan'
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) {
            $ConfirmPreference = 'None'
        }
        if (ConfirmChange -Cmdlet $PSCmdlet -Target 'settings of the relay' -Action "Take over the IIS SMTP configuration of '$Path'") {
            $method = 'iis.import'
            $parameter.strict = $Strict.IsPresent
            if ($Credential) {
                $parameter.credentials = [object[]]@(foreach ($item in $Credential) {
                        @{ userName = $item.UserName; password = $item.GetNetworkCredential().Password }
                    })
            }
        } elseif (-not $WhatIfPreference) {
            return
        }
        $answer = InvokeRelayMethod -Method $method -Parameter $parameter -Target $Path
        foreach ($problem in $answer.Problem) {
            $PSCmdlet.WriteError($problem)
        }
        foreach ($result in $answer.Value) {
            foreach ($note in $result.Notes) {
                $PSCmdlet.WriteWarning($note)
            }
            if ($ReportPath -and -not $WhatIfPreference) {
                WriteIisReport -Cmdlet $PSCmdlet -Path $ReportPath -Result $result
            }
            $result
        }
    }
}

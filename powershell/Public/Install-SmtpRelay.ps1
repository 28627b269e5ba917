function Install-SmtpRelay {
    <#
    .SYNOPSIS
    Installs the relay on this computer: data folder, first configuration, service.

    .DESCRIPTION
    Makes the data folder, readable for administrators and the relay only, writes the first configuration,
    and registers the relay as a service. Without options only this computer may connect on port 25 and
    relay, programs that log in under TLS may send from anywhere on port 587 (there are no accounts yet, and
    the certificate is self-signed until there is another), and mail goes to the MX hosts of the recipients.
    When a step fails, all steps are undone.

    Run again it repairs and updates; an existing configuration is never overwritten, and options that
    belong to a first configuration are then ignored with a warning.

    .PARAMETER SmartHost
    Send all mail to this host: host, host:port or [IPv6]:port.

    .PARAMETER RelayNetwork
    The networks that may relay besides this computer. The relay then listens on all addresses.

    .PARAMETER Port
    The SMTP port to listen on; 25 if neither it nor -SubmissionPort is given.

    .PARAMETER SubmissionPort
    The port of a listener Submission, on all addresses, for clients that encrypt and log in; 587 if neither
    it nor -Port is given, none if only -Port is.

    .PARAMETER ControlPort
    The port on 127.0.0.1 that these commands use.

    .PARAMETER DataPath
    The data folder. %ProgramData%\SmtpRelay on Windows, /var/lib/smtp-relay on Linux if not given.

    .PARAMETER ServiceHost
    What runs the relay: Systemd, WindowsService, or Process (a supervised process in the background that
    does not start with the computer). Auto takes the best one that this computer has.

    .PARAMETER ServiceAccount
    Windows: the account of the service. If not given, an account of the service's own, NT SERVICE\SmtpRelay,
    which needs no password and has no rights but on the data folder. LocalService, NetworkService, LocalSystem,
    or a group managed account, DOMAIN\name$. For an account with a password use -Credential.

    .PARAMETER Credential
    Windows: name and password of the account that the service runs as.

    .PARAMETER OpenFirewall
    Windows: makes a rule of the firewall for the ports of the listeners that other computers may reach.

    .PARAMETER Start
    Starts the relay.

    .PARAMETER PassThru
    Returns the state of the relay.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Install-SmtpRelay -SmartHost smtp.example.net:587 -RelayNetwork 10.20.0.0/16 -Port 25 -Start

    Installs and starts a relay for one network that sends all mail to a smart host.

    .EXAMPLE
    Install-SmtpRelay -DataPath D:\SmtpRelay -PassThru

    Installs with another data folder, without starting, and shows the state.

    .EXAMPLE
    Install-SmtpRelay -RelayNetwork 10.20.0.0/16 -ServiceAccount 'CONTOSO\relay$' -OpenFirewall -Start

    Installs the Windows service with a group managed account, opens the firewall, and starts it.

    .OUTPUTS
    None, or SmtpRelay.Service with -PassThru.

    .LINK
    Uninstall-SmtpRelay

    .LINK
    Start-SmtpRelay

    .LINK
    about_SmtpRelay
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Service')]
    param(
        [string]$SmartHost,

        [string[]]$RelayNetwork,

        [ValidateRange(1, 65535)]
        [int]$Port,

        [ValidateRange(1, 65535)]
        [int]$SubmissionPort,

        [ValidateRange(1, 65535)]
        [int]$ControlPort,

        [string]$DataPath,

        [ValidateSet('Auto', 'Process', 'Systemd', 'WindowsService')]
        [string]$ServiceHost = 'Auto',

        [string]$ServiceAccount,

        [pscredential]$Credential,

        [switch]$OpenFirewall,

        [switch]$Start,

        [switch]$PassThru,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        . ReadServiceCode
        $path = GetDataPath
        if ($DataPath) {
            $path = [System.IO.Path]::GetFullPath($PSCmdlet.GetUnresolvedProviderPathFromPSPath($DataPath))
        }
        $wishes = @{} + $PSBoundParameters
        if (-not $wishes.ContainsKey('Port') -and -not $wishes.ContainsKey('SubmissionPort') -and -not (TestRelayInstalled -DataPath $path)) {
            $wishes.Port = 25
            $wishes.SubmissionPort = 587
        }
        try {
            $plan = @{
                DataPath    = $path
                ServiceHost = ResolveServiceHost -ServiceHost $ServiceHost
                Node        = GetRelayNode
                Entry       = GetRelayEntry
                Init        = [string[]]@(GetInitArgument -Bound $wishes)
            }
            AssertServiceAccount -ServiceHost $plan.ServiceHost -ServiceAccount $ServiceAccount -Credential $Credential
            if (-not $PSCmdlet.ShouldProcess("SMTP relay in '$path'", "Install as $($plan.ServiceHost)")) {
                return
            }
            foreach ($name in 'ServiceAccount', 'Credential', 'OpenFirewall') {
                if ($PSBoundParameters.ContainsKey($name)) {
                    $plan[$name] = $PSBoundParameters[$name]
                }
            }
            InstallRelay @plan -Start:$Start
            if ($PassThru) {
                GetServiceObject -DataPath $path
            }
        } catch {
            $PSCmdlet.WriteError((GetThrownRecord -Thrown $_))
        }
    }
}

# What an installation on Windows should know of its surroundings. Advice only: nothing is changed.

# The SMTP service of IIS, which is gone from Windows Server 2025 but may still hold port 25 here.
function GetOldServiceAdvice {
    param([AllowNull()][object]$Service)

    if ($Service -and [string]$Service.Status -eq 'Running') {
        'The SMTP service of IIS (SMTPSVC) runs here and holds port 25. Stop it when you are ready to change over: ' +
        'Stop-Service SMTPSVC; Set-Service SMTPSVC -StartupType Disabled. Its waiting mail can be taken over with Import-SmtpMessage.'
    }
}

# Kerberos finds the relay by these names, which must lie on the account that it runs as.
function GetSpnAdvice {
    param(
        [Parameter(Mandatory)][string]$Account,
        [Parameter(Mandatory)][string]$ComputerName,
        [Parameter(Mandatory)][string]$Fqdn
    )

    $holder = $Account
    if ($Account -like 'NT *' -or $Account -eq 'LocalSystem') {
        $holder = $ComputerName.ToUpperInvariant() + '$'
    }
    foreach ($service in 'SMTPSVC', 'smtp') {
        "setspn -S $service/$Fqdn $holder"
    }
}

# The program of a service in a folder that users may write to is a way to the service's rights.
function GetFolderAdvice {
    param([Parameter(Mandatory)][string]$Path, [AllowEmptyString()][string]$UserFolder)

    if ($UserFolder -and $Path.StartsWith($UserFolder.TrimEnd('\') + '\', [System.StringComparison]::OrdinalIgnoreCase)) {
        "The module lies in '$Path', where an ordinary account can change the program of the service. " +
        "Move it to '%ProgramFiles%\WindowsPowerShell\Modules\SmtpRelay' and run Install-SmtpRelay from there."
    }
}

# edge-js needs one file of the C++ runtime that nobody brings but Microsoft's installer (test/package/imports.test.ts).
function GetRuntimeAdvice {
    param([Parameter(Mandatory)][string]$SystemFolder)

    if (-not [System.IO.File]::Exists([System.IO.Path]::Combine($SystemFolder, 'vcruntime140_1.dll'))) {
        'Log-ons with NTLM, Kerberos and Windows accounts need the Visual C++ Redistributable (x64), which is not installed here. Everything else works without.'
    }
}

# The installation is done when this runs: nothing that goes wrong here may take it back.
function WriteWindowsAdvice {
    param([Parameter(Mandatory)][string]$Account)

    try {
        $texts = @(
            GetOldServiceAdvice -Service (GetWindowsService -Name SMTPSVC)
            GetFolderAdvice -Path $script:ModuleRoot -UserFolder ([Environment]::GetFolderPath('UserProfile'))
        )
        foreach ($text in $texts) {
            Write-Warning $text
        }
        Write-Verbose (GetRuntimeAdvice -SystemFolder ([Environment]::GetFolderPath('System')) | Out-String)
        $commands = @(GetSpnAdvice -Account $Account -ComputerName ([Environment]::MachineName) -Fqdn (GetOwnFqdn)) -join '; '
        Write-Verbose "For log-ons with Kerberos, an administrator of the domain runs: $commands"
    } catch {
        Write-Verbose "What surrounds the relay could not be looked at: $($_.Exception.Message)"
    }
}

# A computer whose own name is not in DNS is called by it all the same.
function GetOwnFqdn {
    try {
        [System.Net.Dns]::GetHostEntry('').HostName
    } catch [System.Net.Sockets.SocketException] {
        [System.Net.Dns]::GetHostName()
    }
}

# The relay as a systemd service of Linux.

$script:SystemdFolder = '/etc/systemd/system'
$script:SystemdUnit = 'smtp-relay.service'
$script:SystemdUser = 'smtp-relay'

function TestSystemd {
    -not $script:OnWindows -and [System.IO.Directory]::Exists('/run/systemd/system')
}

# The text of the unit: the least rights that a mail relay can work with. MemoryDenyWriteExecute is
# missing because the JavaScript engine compiles at run time.
function GetSystemdUnitText {
    param(
        [Parameter(Mandatory)][string]$Node,
        [Parameter(Mandatory)][string]$Entry,
        [Parameter(Mandatory)][string]$DataPath,
        [Parameter(Mandatory)][string]$User
    )

    $options = GetNodeOption
    $lines = @(
        '[Unit]'
        'Description=SMTP relay (SmtpRelay)'
        'Documentation=man:systemd.service(5)'
        'Wants=network-online.target'
        'After=network-online.target nss-lookup.target'
        ''
        '[Service]'
        'Type=simple'
        "User=$User"
        'ExecStart=' + ((@($Node) + $options.Flag + $Entry, '--data', $DataPath, '--patient' | ForEach-Object { ConvertToSystemdWord -Text $_ }) -join ' ')
        $options.Environment.GetEnumerator() | ForEach-Object { 'Environment={0}={1}' -f $_.Key, $_.Value }
        'Restart=on-failure'
        'RestartSec=2'
        'TimeoutStopSec=60'
        'KillMode=mixed'
        'LimitNOFILE=65536'
        'UMask=0077'
        'RemoveIPC=true'
        ''
        '# The only right beyond an ordinary account: ports below 1024.'
        'AmbientCapabilities=CAP_NET_BIND_SERVICE'
        'CapabilityBoundingSet=CAP_NET_BIND_SERVICE'
        'NoNewPrivileges=true'
        ''
        '# Everything is read-only but the data folder.'
        'ProtectSystem=strict'
        'ReadWritePaths={0}' -f (ConvertToSystemdWord -Text $DataPath)
        'PrivateTmp=true'
        'PrivateDevices=true'
        'PrivateMounts=true'
        'ProtectHome={0}' -f (GetHomeProtection -Path $Node, $Entry, $DataPath)
        'ProtectProc=invisible'
        'ProcSubset=pid'
        'DevicePolicy=closed'
        'ProtectClock=true'
        'ProtectControlGroups=true'
        'ProtectHostname=true'
        'ProtectKernelLogs=true'
        'ProtectKernelModules=true'
        'ProtectKernelTunables=true'
        'LockPersonality=true'
        'RestrictNamespaces=true'
        'RestrictRealtime=true'
        'RestrictSUIDSGID=true'
        'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK'
        'SystemCallArchitectures=native'
        'SystemCallFilter=@system-service'
        'SystemCallFilter=~@privileged @resources'
        'SystemCallErrorNumber=EPERM'
        ''
        '[Install]'
        'WantedBy=multi-user.target'
    )
    ($lines -join "`n") + "`n"
}

# One word of a unit file: quoted where needed; % and $ would be read as variables.
function ConvertToSystemdWord {
    param([Parameter(Mandatory)][string]$Text)

    $escaped = $Text.Replace('\', '\\').Replace('"', '\"').Replace('%', '%%').Replace('$', '$$')
    if ($escaped -match '[\s"'';\\]') {
        return '"' + $escaped + '"'
    }
    $escaped
}

# A data folder or code below a home folder must stay reachable.
function GetHomeProtection {
    param([Parameter(Mandatory)][string[]]$Path)

    if ((GetSystemdUser -Path $Path) -eq 'root') {
        return 'read-only'
    }
    'true'
}

# Code below a home folder cannot be read by the service account; then the unit runs as root, but
# with root's capabilities taken away.
function GetSystemdUser {
    param([Parameter(Mandatory)][string[]]$Path)

    foreach ($one in $Path) {
        if ($one -match '^/(root|home)(/|$)') {
            return 'root'
        }
    }
    $script:SystemdUser
}

# Writes and enables the unit. Throws an ErrorRecord; the caller undoes.
function RegisterSystemdUnit {
    param(
        [Parameter(Mandatory)][string]$Node,
        [Parameter(Mandatory)][string]$Entry,
        [Parameter(Mandatory)][string]$DataPath
    )

    $user = GetSystemdUser -Path $Node, $Entry, $DataPath
    if ($user -ne 'root') {
        if ((InvokeProgram -Path 'id' -Argument $user).ExitCode -ne 0) {
            InvokeSystemTool -Path 'useradd' -Argument '--system', '--no-create-home', '--shell', '/usr/sbin/nologin', $user
        }
        InvokeSystemTool -Path 'chown' -Argument '-R', "${user}:", $DataPath
    }
    $text = GetSystemdUnitText -Node $Node -Entry $Entry -DataPath $DataPath -User $user
    $path = [System.IO.Path]::Combine($script:SystemdFolder, $script:SystemdUnit)
    WriteTextFile -Path $path -Text $text
    InvokeSystemTool -Path 'systemctl' -Argument 'daemon-reload'
    InvokeSystemTool -Path 'systemctl' -Argument 'enable', $script:SystemdUnit
}

function UnregisterSystemdUnit {
    $path = [System.IO.Path]::Combine($script:SystemdFolder, $script:SystemdUnit)
    if (-not [System.IO.File]::Exists($path)) {
        return
    }
    InvokeSystemTool -Path 'systemctl' -Argument 'disable', '--now', $script:SystemdUnit
    [System.IO.File]::Delete($path)
    InvokeSystemTool -Path 'systemctl' -Argument 'daemon-reload'
}

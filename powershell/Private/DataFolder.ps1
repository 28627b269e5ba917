# Where the relay keeps its data, by the same rules as the engine:
# SMTP_RELAY_DATA; else location.json in the default folder; else the default folder when it holds
# settings.json; else the data folder of a working copy; else the default folder.

function GetDefaultDataPath {
    if ($script:OnWindows) {
        return [System.IO.Path]::Combine([Environment]::GetFolderPath('CommonApplicationData'), 'SmtpRelay')
    }
    if (TestAdministrator) {
        return '/var/lib/smtp-relay'
    }
    [System.IO.Path]::Combine([Environment]::GetEnvironmentVariable('HOME'), '.local/state/smtp-relay')
}

function GetDataPath {
    if ($env:SMTP_RELAY_DATA) {
        return [System.IO.Path]::GetFullPath($env:SMTP_RELAY_DATA)
    }
    $default = GetDefaultDataPath
    $location = ReadJsonFile -Path ([System.IO.Path]::Combine($default, 'location.json'))
    if ($location -and $location['dataPath']) {
        return [string]$location['dataPath']
    }
    if ([System.IO.File]::Exists([System.IO.Path]::Combine($default, 'settings.json'))) {
        return $default
    }
    $workingCopy = [System.IO.Path]::Combine($script:ModuleRoot, 'data')
    if ([System.IO.File]::Exists([System.IO.Path]::Combine($workingCopy, 'settings.json'))) {
        return $workingCopy
    }
    $default
}

function TestAdministrator {
    if ($script:OnWindows) {
        $principal = [System.Security.Principal.WindowsPrincipal]::new([System.Security.Principal.WindowsIdentity]::GetCurrent())
        return $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
    }
    [Environment]::UserName -eq 'root'
}

# A folder that this account may not list looks empty to File.Exists; this tells the two apart.
function TestFolderUnreadable {
    param([Parameter(Mandatory)][string]$Path)

    try {
        if ([System.IO.Directory]::Exists($Path)) {
            $null = [System.IO.Directory]::GetFileSystemEntries($Path)
        }
        $false
    } catch [System.UnauthorizedAccessException] {
        $true
    }
}

function TestRelayInstalled {
    param([Parameter(Mandatory)][string]$DataPath)

    [System.IO.File]::Exists([System.IO.Path]::Combine($DataPath, 'settings.json'))
}

# What Install-SmtpRelay wrote down: serviceHost, dataPath, node, entry, version, installTime.
function ReadRelayInstall {
    param([Parameter(Mandatory)][string]$DataPath)

    ReadJsonFile -Path ([System.IO.Path]::Combine($DataPath, 'install.json'))
}

# relay.state.json, when the process that wrote it still lives; nothing otherwise.
function ReadRelayState {
    param([Parameter(Mandatory)][string]$DataPath)

    $state = ReadJsonFile -Path ([System.IO.Path]::Combine($DataPath, 'relay.state.json'))
    if ($state -and (TestProcessAlive -Id $state['processId'])) {
        $state
    }
}

function TestProcessAlive {
    param([object]$Id)

    if (-not $Id) {
        return $false
    }
    try {
        $process = [System.Diagnostics.Process]::GetProcessById([int]$Id)
        -not $process.HasExited
    } catch [System.ArgumentException] {
        $false
    } catch {
        # It lives, but this account may not ask it anything.
        $true
    }
}

# The data folder of a relay from the pipeline, or the one of this computer.
function SelectDataPath {
    param([AllowNull()][psobject]$InputObject)

    if ($InputObject -and $InputObject.DataPath) {
        return $InputObject.DataPath
    }
    GetDataPath
}

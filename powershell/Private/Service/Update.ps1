# Puts another version in the place of this one. The relay stands still only between stop and start; when the
# new version does not come up as healthy as the old one was, the old one is back in its place and runs.

function UpdateRelay {
    param(
        [Parameter(Mandatory)][string]$DataPath,
        # An unpacked package.
        [Parameter(Mandatory)][string]$Package,
        [Parameter(Mandatory)][timespan]$Timeout
    )

    $version = GetPackageVersion -Folder $Package
    $old = $script:ModuleRoot
    $place = GetUpdatePlace -ModuleRoot $old -Version $version
    $aside = "$place.before-update"
    $before = GetServiceObject -DataPath $DataPath
    $wasRunning = $before.Status -eq 'Running'
    StopRelayHost -DataPath $DataPath -Timeout $Timeout
    try {
        if ([System.IO.Directory]::Exists($aside)) {
            Remove-Item -LiteralPath $aside -Recurse -Force -ErrorAction Stop
        }
        if ([System.IO.Directory]::Exists($place)) {
            MoveFolder -From $place -To $aside
        }
        MoveFolder -From $Package -To $place
        $script:ModuleRoot = $place
        RefreshRelayHost -DataPath $DataPath -Version $version
        if ($wasRunning) {
            StartRelayHost -DataPath $DataPath -Timeout ([timespan]::FromSeconds(120))
            AssertHealthy -DataPath $DataPath -Version $version -Before $before
        }
    } catch {
        $failure = GetThrownRecord -Thrown $_
        UndoUpdate -DataPath $DataPath -Place $place -Aside $aside -Old $old -Version $before.Version -Start $wasRunning
        $text = "The update to $version failed, and version $($before.Version) is back in its place. $($failure.Exception.Message)"
        throw (NewRelayError -Id 'UpdateFailed' -Category InvalidResult -Target $version -Message $text -Action 'The folder logs of the data folder says more; the old version goes on meanwhile.')
    }
    if ([System.IO.Directory]::Exists($aside)) {
        # A virus scanner may still read in it; what stays does no harm.
        Remove-Item -LiteralPath $aside -Recurse -Force -ErrorAction SilentlyContinue
    }
}

function UndoUpdate {
    param([string]$DataPath, [string]$Place, [string]$Aside, [string]$Old, [string]$Version, [bool]$Start)

    try {
        StopRelayHost -DataPath $DataPath
        $script:ModuleRoot = $Old
        if ([System.IO.Directory]::Exists($Aside)) {
            if ([System.IO.Directory]::Exists($Place)) {
                Remove-Item -LiteralPath $Place -Recurse -Force -ErrorAction Stop
            }
            MoveFolder -From $Aside -To $Place
        } elseif ($Place -ne $Old -and [System.IO.Directory]::Exists($Place)) {
            Remove-Item -LiteralPath $Place -Recurse -Force -ErrorAction Stop
        }
        RefreshRelayHost -DataPath $DataPath -Version $Version
        if ($Start) {
            StartRelayHost -DataPath $DataPath -Timeout ([timespan]::FromSeconds(120))
        }
    } catch {
        Write-Warning "The old version could not be put back: $($_.Exception.Message) It lies in '$Aside' or '$Old'."
    }
}

# A module of the gallery lies in a folder with its version as name; the new one lies beside it.
function GetUpdatePlace {
    param([Parameter(Mandatory)][string]$ModuleRoot, [Parameter(Mandatory)][string]$Version)

    if ($ModuleRoot -match '[\\/][0-9]+(\.[0-9]+)+$') {
        return [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($ModuleRoot), $Version)
    }
    $ModuleRoot
}

# A virus scanner or a backup may hold a file for a moment.
function MoveFolder {
    param([Parameter(Mandatory)][string]$From, [Parameter(Mandatory)][string]$To)

    for ($try = 1; ; $try++) {
        try {
            [System.IO.Directory]::Move($From, $To)
            return
        } catch {
            if ($try -ge 20) {
                throw
            }
            Start-Sleep -Milliseconds 500
        }
    }
}

# The host is told of the new place and of how this version wants to be started.
function RefreshRelayHost {
    param([string]$DataPath, [string]$Version)

    $kind = GetRelayHost -DataPath $DataPath
    $node = GetRelayNode
    $entry = GetRelayEntry
    if ($kind -eq 'Systemd') {
        RegisterSystemdUnit -Node $node -Entry $entry -DataPath $DataPath
    } elseif ($kind -eq 'WindowsService') {
        InvokeSystemTool -Path 'sc.exe' -Argument 'config', $script:ServiceName, 'binPath=', (GetServiceCommandLine -Program (GetServiceProgram) -Node $node -DataPath $DataPath)
    }
    $path = [System.IO.Path]::Combine($DataPath, 'install.json')
    $install = ReadJsonFile -Path $path
    if ($install) {
        $install['node'] = $node
        $install['entry'] = $entry
        $install['version'] = $Version
        WriteJsonFile -Path $path -Value $install
    }
}

function AssertHealthy {
    param([string]$DataPath, [string]$Version, [psobject]$Before)

    $now = GetServiceObject -DataPath $DataPath
    if ($now.Version -ne $Version) {
        throw (NewRelayError -Id 'WrongVersion' -Category InvalidResult -Target $Version -Message "Version $($now.Version) runs instead.")
    }
    if ($now.Health -eq 'Red' -and $Before.Health -ne 'Red') {
        throw (NewRelayError -Id 'Unhealthy' -Category InvalidResult -Target $Version -Message ($now.Warnings -join ' '))
    }
}

# The unpacked package: the folder itself, or a .zip or .tar.gz unpacked beside the module, on the same disk.
function ExpandPackage {
    param([Parameter(Mandatory)][string]$Path)

    $beside = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($script:ModuleRoot), ".SmtpRelay-$([guid]::NewGuid().ToString('n').Substring(0, 8))")
    $null = [System.IO.Directory]::CreateDirectory($beside)
    if ([System.IO.Directory]::Exists($Path)) {
        Copy-Item -LiteralPath $Path -Destination "$beside/SmtpRelay" -Recurse -ErrorAction Stop
    } elseif ($Path -like '*.zip') {
        Expand-Archive -LiteralPath $Path -DestinationPath $beside -ErrorAction Stop
    } else {
        InvokeSystemTool -Path 'tar' -Argument '-xzf', $Path, '-C', $beside
    }
    $beside
}

function AssertPackage {
    param([Parameter(Mandatory)][string]$Folder, [Parameter(Mandatory)][string]$Path)

    $list = [System.IO.Path]::Combine($Folder, 'files.sha256')
    $wrong = ''
    if (-not [System.IO.File]::Exists($list)) {
        $wrong = 'it has no files.sha256'
    } else {
        $sha256 = [System.Security.Cryptography.SHA256]::Create()
        foreach ($line in [System.IO.File]::ReadAllLines($list)) {
            $file = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($Folder, $line.Substring(66)))
            if (-not [System.IO.File]::Exists($file)) {
                $wrong = "$($line.Substring(66)) is missing"
            } else {
                $sum = [System.BitConverter]::ToString($sha256.ComputeHash([System.IO.File]::ReadAllBytes($file))).Replace('-', '')
                if ($sum -ne $line.Substring(0, 64)) {
                    $wrong = "$($line.Substring(66)) is damaged or was changed"
                }
            }
            if ($wrong) {
                break
            }
        }
        $sha256.Dispose()
    }
    if ($wrong) {
        throw (NewRelayError -Id 'PackageRefused' -Category InvalidData -Target $Path -Message "'$Path' is no whole package of SmtpRelay: $wrong." -Action 'Get the package again; nothing was changed.')
    }
}

function GetPackageVersion {
    param([Parameter(Mandatory)][string]$Folder)

    [string](Import-PowerShellDataFile -Path ([System.IO.Path]::Combine($Folder, 'SmtpRelay.psd1'))).ModuleVersion
}

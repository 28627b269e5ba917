# Puts another version in the place of this one. The relay stands still only between stop and start; when the
# new version does not come up as healthy as the old one was, the old one is back in its place and runs.
# Until the new version serves nothing is deleted: folders are only renamed, and undoing renames them back.

function UpdateRelay {
    param(
        [Parameter(Mandatory)][string]$DataPath,
        # An unpacked package.
        [Parameter(Mandatory)][string]$Package,
        [Parameter(Mandatory)][timespan]$Timeout
    )

    $version = GetPackageVersion -Folder $Package
    $before = GetServiceObject -DataPath $DataPath
    $change = @{
        DataPath = $DataPath
        Package  = $Package
        Place    = GetUpdatePlace -ModuleRoot $script:ModuleRoot -Version $version
        Aside    = ''
        # What has been done, and has to be undone.
        Moved    = $false
        Placed   = $false
        Old      = $script:ModuleRoot
        Version  = $before.Version
        Start    = $before.Status -eq 'Running'
    }
    $failure = $null
    $remarks = @()
    $done = $false
    try {
        StopRelayHost -DataPath $DataPath -Timeout $Timeout
        if ([System.IO.Directory]::Exists($change.Place)) {
            $change.Aside = GetAsidePlace -Place $change.Place
            MoveFolder -From $change.Place -To $change.Aside
            $change.Moved = $true
        }
        MoveFolder -From $Package -To $change.Place
        $change.Placed = $true
        $script:ModuleRoot = $change.Place
        RefreshRelayHost -DataPath $DataPath -Version $version
        if ($change.Start) {
            StartRelayHost -DataPath $DataPath -Timeout ([timespan]::FromSeconds(120))
            AssertHealthy -DataPath $DataPath -Version $version -Before $before
        }
        $done = $true
    } catch {
        $failure = GetThrownRecord -Thrown $_
    } finally {
        # Here, because Ctrl+C is an end too.
        if (-not $done) {
            $remarks = @(UndoUpdate -Change $change)
        }
    }
    if (-not $done) {
        throw (NewUpdateError -Failure $failure -Version $version -Old $before.Version -Remark $remarks)
    }
    if ($change.Moved) {
        # A virus scanner may still read in it; what stays does no harm.
        Remove-Item -LiteralPath $change.Aside -Recurse -Force -ErrorAction SilentlyContinue
    }
}

# Goes back by the steps that were done, each tried whatever became of the one before. Emits a sentence for
# each that failed. The version that failed goes back to where it was unpacked, and is removed from there.
function UndoUpdate {
    param([Parameter(Mandatory)][hashtable]$Change)

    if ($Change.Placed) {
        TryUndo { StopRelayHost -DataPath $Change.DataPath }
        TryUndo { MoveFolder -From $Change.Place -To $Change.Package; $Change.Placed = $false }
    }
    if ($Change.Moved -and -not $Change.Placed) {
        TryUndo { MoveFolder -From $Change.Aside -To $Change.Place; $Change.Moved = $false }
    }
    $script:ModuleRoot = $Change.Old
    if ($Change.Moved -and $Change.Old -eq $Change.Place) {
        # Its place is held by what can't be moved. Mail goes on from where the old version lies now.
        $script:ModuleRoot = $Change.Aside
    }
    TryUndo { RefreshRelayHost -DataPath $Change.DataPath -Version $Change.Version }
    if ($Change.Start) {
        TryUndo { StartRelayHost -DataPath $Change.DataPath -Timeout ([timespan]::FromSeconds(120)) }
    }
    if ($Change.Moved) {
        "'$($Change.Place)' could not be put back as it was: it lies in '$($Change.Aside)'. Rename that folder, and run Install-SmtpRelay from it."
    } elseif ($Change.Placed) {
        "The version that failed still lies in '$($Change.Place)'; remove that folder."
    }
}

function TryUndo {
    param([Parameter(Mandatory)][scriptblock]$Step)

    try {
        $null = . $Step
    } catch {
        (GetThrownRecord -Thrown $_).Exception.Message
    }
}

function NewUpdateError {
    param(
        [AllowNull()][System.Management.Automation.ErrorRecord]$Failure,
        [string]$Version,
        [string]$Old,
        [AllowEmptyCollection()][string[]]$Remark
    )

    $problem = @{ Id = 'UpdateFailed'; Category = 'InvalidResult'; Target = $Version }
    $reason = ''
    if ($Failure) {
        $reason = $Failure.Exception.Message
    }
    if ($Remark.Count -gt 0) {
        $problem.Message = "The update to $Version failed, and going back to version $Old did not wholly succeed. $reason $($Remark -join ' ')"
        $problem.Action = 'See Get-SmtpRelay, mend what the message names, and run Install-SmtpRelay and Start-SmtpRelay.'
    } else {
        $problem.Message = "The update to $Version failed, and version $Old is back in its place. $reason"
        $problem.Action = 'The folder logs of the data folder says more; the old version goes on meanwhile.'
    }
    NewRelayError @problem
}

# A name that nothing has: what lies under one may be what is left of an update that ended in the middle.
function GetAsidePlace {
    param([Parameter(Mandatory)][string]$Place)

    $name = "$Place.before-update"
    for ($number = 2; [System.IO.Directory]::Exists($name) -or [System.IO.File]::Exists($name); $number++) {
        $name = "$Place.before-update-$number"
    }
    $name
}

# A module of the gallery lies in a folder with its version as name; the new one lies beside it.
function GetUpdatePlace {
    param([Parameter(Mandatory)][string]$ModuleRoot, [Parameter(Mandatory)][string]$Version)

    if ($ModuleRoot -match '[\\/][0-9]+(\.[0-9]+)+$') {
        return [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($ModuleRoot), $Version)
    }
    $ModuleRoot
}

# On Windows a virus scanner or a backup may hold a file for a moment.
function MoveFolder {
    param([Parameter(Mandatory)][string]$From, [Parameter(Mandatory)][string]$To)

    for ($try = 1; ; $try++) {
        try {
            [System.IO.Directory]::Move($From, $To)
            return
        } catch {
            if (-not $script:OnWindows -or $try -ge 20 -or -not [System.IO.Directory]::Exists($From) -or [System.IO.Directory]::Exists($To)) {
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
        RegisterWindowsService -Node $node -DataPath $DataPath
    }
    $path = [System.IO.Path]::Combine($DataPath, 'install.json')
    $install = ReadJsonFile -Path $path
    if ($install) {
        $install['node'] = $node
        $install['entry'] = $entry
        $install['version'] = $Version
        WriteJsonFile -Path $path -Value $install
        if ($install['firewall'] -and $script:OnWindows) {
            OpenFirewall -DataPath $DataPath -Node $node
        }
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

# Nothing missing, nothing changed, and nothing more than the package was made of.
function AssertPackage {
    param([Parameter(Mandatory)][string]$Folder, [Parameter(Mandatory)][string]$Path)

    $wrong = FindPackageFault -Folder ([System.IO.Path]::GetFullPath($Folder))
    if ($wrong) {
        throw (NewRelayError -Id 'PackageRefused' -Category InvalidData -Target $Path -Message "'$Path' is no whole package of SmtpRelay: $wrong." -Action 'Get the package again; nothing was changed.')
    }
}

# A sentence about the first thing that is wrong; nothing when all is well.
function FindPackageFault {
    param([Parameter(Mandatory)][string]$Folder)

    $list = [System.IO.Path]::Combine($Folder, 'files.sha256')
    if (-not [System.IO.File]::Exists($list)) {
        return 'it has no files.sha256'
    }
    $known = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::Ordinal)
    $null = $known.Add($list)
    $sha256 = [System.Security.Cryptography.SHA256]::Create()
    try {
        foreach ($line in (ReadTextFile -Path $list).Split("`n")) {
            if (-not $line.Trim()) {
                continue
            }
            if ($line -notmatch '^(?<sum>[0-9a-f]{64})  (?<name>[^/\\:].*?)\r?$') {
                return "files.sha256 has a line that is none: $line"
            }
            $name, $sum = $Matches['name'], $Matches['sum']
            $file = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($Folder, $name))
            if (-not $file.StartsWith($Folder.TrimEnd('/', '\') + [System.IO.Path]::DirectorySeparatorChar, [System.StringComparison]::Ordinal)) {
                return "$name lies outside of it"
            }
            if (-not [System.IO.File]::Exists($file)) {
                return "$name is missing"
            }
            $stream = [System.IO.File]::OpenRead($file)
            try {
                $found = [System.BitConverter]::ToString($sha256.ComputeHash($stream)).Replace('-', '')
            } finally {
                $stream.Dispose()
            }
            if ($found -ne $sum) {
                return "$name is damaged or was changed"
            }
            $null = $known.Add($file)
        }
    } finally {
        $sha256.Dispose()
    }
    foreach ($needed in 'SmtpRelay.psd1', 'package.json', 'dist/main.js') {
        if (-not $known.Contains([System.IO.Path]::GetFullPath([System.IO.Path]::Combine($Folder, $needed)))) {
            return "$needed is not part of it"
        }
    }
    if ($known.Contains([System.IO.Path]::Combine($Folder, 'SmtpRelay.exe')) -ne $script:OnWindows) {
        return 'it is for another operating system'
    }
    foreach ($file in [System.IO.Directory]::GetFiles($Folder, '*', [System.IO.SearchOption]::AllDirectories)) {
        if (-not $known.Contains($file)) {
            return "$($file.Substring($Folder.Length + 1)) does not belong to it"
        }
    }
}

function GetPackageVersion {
    param([Parameter(Mandatory)][string]$Folder)

    [string](Import-PowerShellDataFile -Path ([System.IO.Path]::Combine($Folder, 'SmtpRelay.psd1'))).ModuleVersion
}

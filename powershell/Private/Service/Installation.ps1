# Installs and uninstalls. Each step of an installation leaves behind how to undo it; a failure undoes
# the steps from the last to the first, so that afterwards all is as it was.

function InstallRelay {
    param(
        [Parameter(Mandatory)][string]$DataPath,
        [Parameter(Mandatory)][string]$ServiceHost,
        [Parameter(Mandatory)][string]$Node,
        [Parameter(Mandatory)][string]$Entry,
        [AllowEmptyCollection()][string[]]$Init = @(),
        [AllowEmptyString()][string]$ServiceAccount = '',
        [AllowNull()][pscredential]$Credential,
        [switch]$OpenFirewall,
        [switch]$Start
    )

    $undo = [System.Collections.Generic.Stack[object]]::new()
    $activity = 'Installing the relay'
    $windows = $ServiceHost -eq 'WindowsService'
    $wasOpen = $false
    $account = @{}
    $failure = $null
    $done = $false
    try {
        Write-Progress -Activity $activity -Status 'Data folder and configuration' -PercentComplete 10
        InitializeDataFolder -DataPath $DataPath -Node $Node -Entry $Entry -Init $Init -Undo $undo
        $rights = @{ Path = $DataPath }
        if ($windows) {
            $account = @{ ServiceAccount = $ServiceAccount; Credential = $Credential; Existing = ReadServiceRegistration }
            $rights.Sid = GetAccountSid -Account (GetWantedAccount @account)
        }
        SetFolderRights @rights
        $wasOpen = WriteInstallFile -DataPath $DataPath -ServiceHost $ServiceHost -Node $Node -Entry $Entry -Undo $undo
        WriteLocationFile -DataPath $DataPath -Undo $undo

        Write-Progress -Activity $activity -Status "Service ($ServiceHost)" -PercentComplete 50
        RegisterRelayHost -ServiceHost $ServiceHost -Node $Node -Entry $Entry -DataPath $DataPath -Account $account -Undo $undo
        if (($OpenFirewall -or $wasOpen) -and $script:OnWindows) {
            OpenFirewall -DataPath $DataPath -Node $Node -Undo $undo
        }
        if ($Start) {
            Write-Progress -Activity $activity -Status 'Start' -PercentComplete 80
            # Started here, it is stopped here when the rest fails; a relay that ran before goes on.
            if (-not (ReadRelayState -DataPath $DataPath)) {
                AddUndo -Undo $undo -Step ${function:StopRelayHost} -With $DataPath
            }
            StartRelayHost -DataPath $DataPath -Timeout ([timespan]::FromSeconds(120))
            AssertListening -DataPath $DataPath
        }
        $done = $true
    } catch {
        $failure = GetThrownRecord -Thrown $_
    } finally {
        # Here, because Ctrl+C is an end too.
        $remarks = @()
        if (-not $done) {
            $remarks = @(InvokeUndo -Undo $undo)
        }
        Write-Progress -Activity $activity -Completed
    }
    if (-not $done) {
        throw (NewInstallError -Failure $failure -Remark $remarks)
    }
    if ($windows) {
        WriteWindowsAdvice -Account (GetWantedAccount @account)
    }
}

# How a step is taken back: a script with its argument. (A closure would keep the argument, but not the module.)
function AddUndo {
    param(
        [Parameter(Mandatory)][System.Collections.Generic.Stack[object]]$Undo,
        [Parameter(Mandatory)][scriptblock]$Step,
        [AllowNull()][object]$With
    )

    $Undo.Push(@{ Step = $Step; With = $With })
}

# Takes the steps back from the last to the first, each whatever became of the others. Emits a sentence for each that failed.
function InvokeUndo {
    param([Parameter(Mandatory)][AllowEmptyCollection()][System.Collections.Generic.Stack[object]]$Undo)

    while ($Undo.Count -gt 0) {
        $item = $Undo.Pop()
        try {
            $null = & $item.Step $item.With
        } catch {
            "A step could not be undone: $((GetThrownRecord -Thrown $_).Exception.Message)"
        }
    }
}

function NewInstallError {
    param(
        [Parameter(Mandatory)][AllowNull()][System.Management.Automation.ErrorRecord]$Failure,
        [AllowEmptyCollection()][string[]]$Remark = @()
    )

    $record = @{
        Id       = $Failure.FullyQualifiedErrorId -replace '^SmtpRelay\.'
        Category = $Failure.CategoryInfo.Category
        Message  = "The relay was not installed, and everything is as before. $($Failure.Exception.Message)"
        Target   = $Failure.TargetObject
    }
    if ($Remark.Count -gt 0) {
        $record.Message = "The relay was not installed. $($Failure.Exception.Message) $($Remark -join ' ')"
    }
    if ($Failure.ErrorDetails) {
        $record.Action = $Failure.ErrorDetails.RecommendedAction
    }
    NewRelayError @record
}

# A folder gets back to what lay in it before.
function RestoreFolder {
    param([Parameter(Mandatory)][hashtable]$Before)

    if ($Before.Existed) {
        Get-ChildItem -LiteralPath $Before.Path -Force | Where-Object { $Before.Files -notcontains $_.FullName } | Remove-Item -Recurse -Force -ErrorAction Stop
    } elseif ([System.IO.Directory]::Exists($Before.Path)) {
        [System.IO.Directory]::Delete($Before.Path, $true)
    }
}

# The engine makes the folder and its first configuration; one that exists is left as it is.
function InitializeDataFolder {
    param(
        [string]$DataPath,
        [string]$Node,
        [string]$Entry,
        [AllowEmptyCollection()][string[]]$Init,
        [System.Collections.Generic.Stack[object]]$Undo
    )

    $files = @()
    $folderExisted = [System.IO.Directory]::Exists($DataPath)
    if ($folderExisted) {
        $files = @([System.IO.Directory]::GetFileSystemEntries($DataPath))
    }
    if (-not (TestRelayInstalled -DataPath $DataPath)) {
        $before = @{ Path = $DataPath; Existed = $folderExisted; Files = $files }
        AddUndo -Undo $Undo -Step ${function:RestoreFolder} -With $before
    }
    $argument = @($Entry, '--data', $DataPath) + $Init + '--init'
    $run = InvokeProgram -Path $Node -Argument $argument -Timeout 60
    if ($run.ExitCode -ne 0) {
        $problem = @{
            Id       = 'InitFailed'
            Category = 'InvalidArgument'
            Message  = "The data folder '$DataPath' could not be set up: $($run.Failure -replace '^SmtpRelay: ')"
            Target   = $DataPath
        }
        throw (NewRelayError @problem)
    }
    if ($run.Output -match '\bexists\b' -and $Init.Count -gt 0) {
        Write-Warning ("'$DataPath' has a configuration already, which is kept: $($Init -join ' ') was ignored. " +
            'Use Set-SmtpConnector, Set-RelayRestriction and Set-SmtpRelayConfiguration to change it.')
    }
}

# Emits whether a firewall rule belongs to the installation.
function WriteInstallFile {
    param(
        [string]$DataPath,
        [string]$ServiceHost,
        [string]$Node,
        [string]$Entry,
        [System.Collections.Generic.Stack[object]]$Undo
    )

    $install = [ordered]@{
        serviceHost = $ServiceHost
        dataPath    = $DataPath
        node        = $Node
        entry       = $Entry
        version     = GetModuleVersion
        installTime = ConvertToMethodValue -Value ([datetime]::UtcNow)
    }
    $path = [System.IO.Path]::Combine($DataPath, 'install.json')
    $before = ReadJsonFile -Path $path
    if ($before -and $before['firewall']) {
        $install['firewall'] = $before['firewall']
    }
    AddFileUndo -Undo $Undo -Path $path
    WriteJsonFile -Path $path -Value $install
    [bool]$install['firewall']
}

# location.json in the default folder tells the commands of other sessions where another folder is.
function WriteLocationFile {
    param([string]$DataPath, [System.Collections.Generic.Stack[object]]$Undo)

    if ($env:SMTP_RELAY_DATA) {
        if ([System.IO.Path]::GetFullPath($env:SMTP_RELAY_DATA) -eq $DataPath) {
            return
        }
        Write-Warning "The environment variable SMTP_RELAY_DATA names '$env:SMTP_RELAY_DATA'; while it is set, the commands use that folder and not '$DataPath'."
    }
    $default = GetDefaultDataPath
    $path = [System.IO.Path]::Combine($default, 'location.json')
    if ($DataPath -eq $default) {
        if ([System.IO.File]::Exists($path)) {
            AddFileUndo -Undo $Undo -Path $path
            [System.IO.File]::Delete($path)
        }
        return
    }
    if ($DataPath -eq [System.IO.Path]::Combine($script:ModuleRoot, 'data') -and -not [System.IO.File]::Exists($path)) {
        return
    }
    if (-not [System.IO.Directory]::Exists($default)) {
        AddUndo -Undo $Undo -Step { param($folder) [System.IO.Directory]::Delete($folder) } -With $default
        $null = [System.IO.Directory]::CreateDirectory($default)
        SetFolderRights -Path $default
    }
    AddFileUndo -Undo $Undo -Path $path
    WriteJsonFile -Path $path -Value @{ dataPath = $DataPath }
}

# How a file gets back to what it is now.
function AddFileUndo {
    param(
        [Parameter(Mandatory)][System.Collections.Generic.Stack[object]]$Undo,
        [Parameter(Mandatory)][string]$Path
    )

    $before = @{ Path = $Path; Bytes = $null }
    if ([System.IO.File]::Exists($Path)) {
        $before.Bytes = [System.IO.File]::ReadAllBytes($Path)
    }
    AddUndo -Undo $Undo -With $before -Step {
        param($before)

        if ($null -ne $before.Bytes) {
            [System.IO.File]::WriteAllBytes($before.Path, $before.Bytes)
        } elseif ([System.IO.File]::Exists($before.Path)) {
            [System.IO.File]::Delete($before.Path)
        }
    }
}

# A service starts although a port is taken and tries again; who installs it wants to know at once.
function AssertListening {
    param([Parameter(Mandatory)][string]$DataPath)

    $service = GetServiceObject -DataPath $DataPath
    $failed = @($service.Endpoints | Where-Object { $_.State -eq 'Failed' })
    if ($failed.Count -gt 0) {
        $old = GetOldServiceAdvice -Service (GetWindowsService -Name SMTPSVC)
        throw (NewRelayError -Id 'AddressInUse' -Category ResourceBusy -Target $failed[0].Port -Message $failed[0].Error -Action (
                "Free the port, or install with another one (-Port). $old".Trim()))
    }
}

function RegisterRelayHost {
    param(
        [string]$ServiceHost,
        [string]$Node,
        [string]$Entry,
        [string]$DataPath,
        # On Windows: ServiceAccount, Credential and Existing.
        [hashtable]$Account = @{},
        [System.Collections.Generic.Stack[object]]$Undo
    )

    $program = @{ Node = $Node; Entry = $Entry; DataPath = $DataPath }
    if ($ServiceHost -eq 'Systemd') {
        if (-not [System.IO.File]::Exists([System.IO.Path]::Combine($script:SystemdFolder, $script:SystemdUnit))) {
            AddUndo -Undo $Undo -Step ${function:UnregisterSystemdUnit}
        }
        RegisterSystemdUnit @program
    } elseif ($ServiceHost -eq 'WindowsService') {
        if ($Account.Existing) {
            AddUndo -Undo $Undo -Step ${function:RestoreWindowsService} -With $Account.Existing
        } else {
            AddUndo -Undo $Undo -Step ${function:UnregisterWindowsService}
        }
        RegisterWindowsService -Node $Node -DataPath $DataPath @Account
    }
}

function UninstallRelay {
    param(
        [Parameter(Mandatory)][string]$DataPath,
        [switch]$RemoveData
    )

    # Many programs have a settings.json; only a relay has both.
    if ($RemoveData -and -not [System.IO.File]::Exists([System.IO.Path]::Combine($DataPath, 'control.token'))) {
        throw (NewRelayError -Id 'NoDataFolder' -Category InvalidOperation -Target $DataPath -Message (
                "'$DataPath' does not look like the data folder of a relay (it has no control.token); nothing was removed."))
    }
    $serviceHost = GetRelayHost -DataPath $DataPath
    $install = ReadRelayInstall -DataPath $DataPath
    StopRelayHost -DataPath $DataPath
    if ($serviceHost -eq 'Systemd') {
        UnregisterSystemdUnit
    } elseif ($serviceHost -eq 'WindowsService') {
        UnregisterWindowsService
    }
    if ($install -and $install['firewall'] -and $script:OnWindows) {
        SetFirewallRule
    }
    [System.IO.File]::Delete([System.IO.Path]::Combine($DataPath, 'install.json'))
    if ($RemoveData) {
        Remove-Item -LiteralPath $DataPath -Recurse -Force -ErrorAction Stop
        $location = [System.IO.Path]::Combine((GetDefaultDataPath), 'location.json')
        $content = ReadJsonFile -Path $location
        if ($content -and $content['dataPath'] -eq $DataPath) {
            [System.IO.File]::Delete($location)
        }
    }
}

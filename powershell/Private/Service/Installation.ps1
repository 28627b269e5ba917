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

    $undo = [System.Collections.Generic.Stack[scriptblock]]::new()
    $activity = 'Installing the relay'
    try {
        Write-Progress -Activity $activity -Status 'Data folder and configuration' -PercentComplete 10
        InitializeDataFolder -DataPath $DataPath -Node $Node -Entry $Entry -Init $Init -Undo $undo
        $rights = @{ Path = $DataPath }
        $account = @{}
        if ($ServiceHost -eq 'WindowsService') {
            if ($Credential) {
                $ServiceAccount = $Credential.UserName
            }
            $rights.Sid = GetAccountSid -Account (ResolveServiceAccount -Account $ServiceAccount).Name
            $account = @{ ServiceAccount = $ServiceAccount; Credential = $Credential }
        }
        SetFolderRights @rights
        WriteInstallFile -DataPath $DataPath -ServiceHost $ServiceHost -Node $Node -Entry $Entry -Undo $undo
        WriteLocationFile -DataPath $DataPath -Undo $undo

        Write-Progress -Activity $activity -Status "Service ($ServiceHost)" -PercentComplete 50
        RegisterRelayHost -ServiceHost $ServiceHost -Node $Node -Entry $Entry -DataPath $DataPath -Account $account -Undo $undo
        if ($OpenFirewall -and $script:OnWindows) {
            OpenFirewall -DataPath $DataPath -Node $Node -Undo $undo
        }
        if ($Start) {
            Write-Progress -Activity $activity -Status 'Start' -PercentComplete 80
            StartRelayHost -DataPath $DataPath -Timeout ([timespan]::FromSeconds(120))
            AssertListening -DataPath $DataPath
        }
        if ($ServiceHost -eq 'WindowsService') {
            WriteWindowsAdvice -Account (ResolveServiceAccount -Account $ServiceAccount).Name
        }
    } catch {
        $failure = GetThrownRecord -Thrown $_
        while ($undo.Count -gt 0) {
            try {
                $null = & $undo.Pop()
            } catch {
                Write-Warning "A step of the installation could not be undone: $($_.Exception.Message)"
            }
        }
        $record = @{
            Id       = $failure.FullyQualifiedErrorId -replace '^SmtpRelay\.'
            Category = $failure.CategoryInfo.Category
            Message  = "The relay was not installed, and everything is as before. $($failure.Exception.Message)"
            Target   = $failure.TargetObject
        }
        if ($failure.ErrorDetails) {
            $record.Action = $failure.ErrorDetails.RecommendedAction
        }
        throw (NewRelayError @record)
    } finally {
        Write-Progress -Activity $activity -Completed
    }
}

# The engine makes the folder and its first configuration; one that exists is left as it is.
function InitializeDataFolder {
    param(
        [string]$DataPath,
        [string]$Node,
        [string]$Entry,
        [AllowEmptyCollection()][string[]]$Init,
        [System.Collections.Generic.Stack[scriptblock]]$Undo
    )

    $files = @()
    $folderExisted = [System.IO.Directory]::Exists($DataPath)
    if ($folderExisted) {
        $files = @([System.IO.Directory]::GetFileSystemEntries($DataPath))
    }
    if (-not (TestRelayInstalled -DataPath $DataPath)) {
        $undoFolder = {
            if ($folderExisted) {
                Get-ChildItem -LiteralPath $DataPath -Force | Where-Object { $files -notcontains $_.FullName } | Remove-Item -Recurse -Force
            } elseif ([System.IO.Directory]::Exists($DataPath)) {
                [System.IO.Directory]::Delete($DataPath, $true)
            }
        }
        # A closure keeps the values but not the module: it may call no function of ours.
        $Undo.Push($undoFolder.GetNewClosure())
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

function WriteInstallFile {
    param(
        [string]$DataPath,
        [string]$ServiceHost,
        [string]$Node,
        [string]$Entry,
        [System.Collections.Generic.Stack[scriptblock]]$Undo
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
    $Undo.Push((NewFileUndo -Path $path))
    WriteJsonFile -Path $path -Value $install
}

# location.json in the default folder tells the commands of other sessions where another folder is.
function WriteLocationFile {
    param([string]$DataPath, [System.Collections.Generic.Stack[scriptblock]]$Undo)

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
            $Undo.Push((NewFileUndo -Path $path))
            [System.IO.File]::Delete($path)
        }
        return
    }
    if ($DataPath -eq [System.IO.Path]::Combine($script:ModuleRoot, 'data') -and -not [System.IO.File]::Exists($path)) {
        return
    }
    if (-not [System.IO.Directory]::Exists($default)) {
        $Undo.Push({ [System.IO.Directory]::Delete($default) }.GetNewClosure())
        $null = [System.IO.Directory]::CreateDirectory($default)
        SetFolderRights -Path $default
    }
    $Undo.Push((NewFileUndo -Path $path))
    WriteJsonFile -Path $path -Value @{ dataPath = $DataPath }
}

# How a file gets back to what it is now.
function NewFileUndo {
    param([Parameter(Mandatory)][string]$Path)

    $before = $null
    if ([System.IO.File]::Exists($Path)) {
        $before = [System.IO.File]::ReadAllBytes($Path)
    }
    {
        if ($null -ne $before) {
            [System.IO.File]::WriteAllBytes($Path, $before)
        } elseif ([System.IO.File]::Exists($Path)) {
            [System.IO.File]::Delete($Path)
        }
    }.GetNewClosure()
}

# A service starts although a port is taken and tries again; who installs it wants to know at once.
function AssertListening {
    param([Parameter(Mandatory)][string]$DataPath)

    $service = GetServiceObject -DataPath $DataPath
    $failed = @($service.Endpoints | Where-Object { $_.State -eq 'Failed' })
    if ($failed.Count -gt 0) {
        $old = GetOldServiceAdvice -Service (Get-Service -Name SMTPSVC -ErrorAction Ignore)
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
        # On Windows: ServiceAccount and Credential.
        [hashtable]$Account = @{},
        [System.Collections.Generic.Stack[scriptblock]]$Undo
    )

    $program = @{ Node = $Node; Entry = $Entry; DataPath = $DataPath }
    if ($ServiceHost -eq 'Systemd') {
        if (-not [System.IO.File]::Exists([System.IO.Path]::Combine($script:SystemdFolder, $script:SystemdUnit))) {
            $Undo.Push({ UnregisterSystemdUnit })
        }
        RegisterSystemdUnit @program
    } elseif ($ServiceHost -eq 'WindowsService') {
        $before = GetServiceImagePath
        if ($before) {
            $Undo.Push({ InvokeSystemTool -Path 'sc.exe' -Argument 'config', $script:ServiceName, 'binPath=', $before })
        } else {
            $Undo.Push({ UnregisterWindowsService })
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
    StopRelayHost -DataPath $DataPath
    if ($serviceHost -eq 'Systemd') {
        UnregisterSystemdUnit
    } elseif ($serviceHost -eq 'WindowsService') {
        UnregisterWindowsService
        CloseFirewall
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

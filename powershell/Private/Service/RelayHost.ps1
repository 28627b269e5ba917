# Starts and stops the relay by the host it was installed with: Process (a supervised process in the
# background), Systemd or WindowsService. Failures are thrown as ErrorRecords.

function GetRelayHost {
    param([Parameter(Mandatory)][string]$DataPath)

    $install = ReadRelayInstall -DataPath $DataPath
    if ($install -and $install['serviceHost']) {
        return [string]$install['serviceHost']
    }
    'Process'
}

# Auto takes the best host of this computer.
function ResolveServiceHost {
    param([Parameter(Mandatory)][string]$ServiceHost)

    if ($ServiceHost -eq 'Auto') {
        if ($script:OnWindows) {
            if (TestWindowsServiceHost) {
                return 'WindowsService'
            }
            Write-Warning 'The Windows service host is not part of this build; the relay runs as a background process and does not start with Windows.'
            return 'Process'
        }
        if ((TestSystemd) -and (TestAdministrator)) {
            return 'Systemd'
        }
        return 'Process'
    }
    $missing = ''
    if ($ServiceHost -eq 'Systemd' -and -not (TestSystemd)) {
        $missing = 'systemd does not run on this computer.'
    } elseif ($ServiceHost -eq 'WindowsService' -and -not (TestWindowsServiceHost)) {
        $missing = 'the Windows service host is not part of this build, or this is not Windows.'
    }
    if ($missing) {
        throw (NewRelayError -Id 'ServiceHostMissing' -Category NotImplemented -Target $ServiceHost -Message (
                "The relay cannot be installed with -ServiceHost ${ServiceHost}: $missing") -Action 'Use -ServiceHost Process.')
    }
    $ServiceHost
}

# Returns when the relay serves. A relay that runs already is left alone.
function StartRelayHost {
    param(
        [Parameter(Mandatory)][string]$DataPath,
        [timespan]$Timeout = [timespan]::FromSeconds(30)
    )

    if (ReadRelayState -DataPath $DataPath) {
        return
    }
    if (-not (TestRelayInstalled -DataPath $DataPath)) {
        throw (NewStoppedError -DataPath $DataPath)
    }
    $kind = GetRelayHost -DataPath $DataPath
    $activity = 'Starting the relay'
    $show = { Write-Progress -Activity $activity -Status "Waiting until it serves ($kind)" }
    & $show
    try {
        $seconds = $Timeout.TotalSeconds
        if ($kind -eq 'Systemd') {
            $run = InvokeProgram -Path 'systemctl' -Argument 'start', $script:SystemdUnit -Timeout $seconds -WhileWaiting $show
            $hint = "journalctl -u $script:SystemdUnit"
        } elseif ($kind -eq 'WindowsService') {
            $run = InvokeProgram -Path 'sc.exe' -Argument 'start', $script:ServiceName -Timeout $seconds -WhileWaiting $show
            $hint = "the event log (source SmtpRelay) and the folder logs of '$DataPath'"
        } else {
            $argument = @((GetRelayEntry), '--data', $DataPath, '--background')
            $run = InvokeProgram -Path (GetRelayNode) -Argument $argument -Timeout $seconds -WhileWaiting $show
            $hint = "the folder logs of '$DataPath'"
        }
        if ($run.ExitCode -ne 0) {
            throw (NewStartError -DataPath $DataPath -Reason $run.Failure -Hint $hint)
        }
        if (-not (WaitRelay -Condition { ReadRelayState -DataPath $DataPath } -Timeout $Timeout -WhileWaiting $show)) {
            throw (NewStartError -DataPath $DataPath -Reason "it did not serve within $seconds seconds" -Hint $hint)
        }
    } finally {
        Write-Progress -Activity $activity -Completed
    }
}

function NewStartError {
    param([string]$DataPath, [string]$Reason, [string]$Hint)

    $problem = @{
        Id       = 'StartFailed'
        Category = 'OpenError'
        Message  = "The relay with the data folder '$DataPath' did not start: $($Reason -replace '^SmtpRelay: ')"
        Target   = $DataPath
        Action   = "Correct the cause and run Start-SmtpRelay again; more is in $Hint."
    }
    NewRelayError @problem
}

# Returns when the relay has ended. Deliveries in flight have the time-out to end; what then still runs
# is ended by force, and the mail it held is safe in the queue.
function StopRelayHost {
    param(
        [Parameter(Mandatory)][string]$DataPath,
        [timespan]$Timeout = [timespan]::FromSeconds(30)
    )

    $state = ReadRelayState -DataPath $DataPath
    $kind = GetRelayHost -DataPath $DataPath
    $activity = 'Stopping the relay'
    $show = { Write-Progress -Activity $activity -Status 'Waiting for deliveries in flight' }
    & $show
    try {
        $grace = $Timeout + [timespan]::FromSeconds(10)
        $ids = @()
        $ended = $true
        if ($state) {
            # The one that restarts it, in Process mode; both have to end.
            $ids = @(@($state['processId'], $state['supervisorId']) + @(ReadSupervisorId -DataPath $DataPath) | Where-Object { $_ } | Select-Object -Unique)
            # Asked by us, whatever runs it: hosts have time-outs of their own.
            AskToStop -DataPath $DataPath -Timeout $Timeout
            $ended = WaitRelay -Condition { TestAllEnded -Id $ids } -Timeout $grace -WhileWaiting $show
        }
        if ($kind -eq 'Systemd') {
            # Ends what did not end, and knows afterwards that it is to stay so.
            InvokeSystemTool -Path 'systemctl' -Argument 'stop', $script:SystemdUnit -Timeout 120
        } elseif ($kind -eq 'WindowsService') {
            $rest = $grace
            if ($state) {
                $rest = [timespan]::FromSeconds(15)
            }
            StopWindowsService -NodeId ($ids | Select-Object -First 1) -Grace $rest -WhileWaiting $show
        } elseif (-not $ended) {
            Write-Warning "The relay did not end within $($grace.TotalSeconds) seconds; its process is ended by force. No accepted mail is lost."
            StopProcessByForce -Id $ids[-1..-($ids.Count)] -DataPath $DataPath
        }
    } finally {
        Write-Progress -Activity $activity -Completed
    }
}

# A relay that does not answer is not asked twice; one that may not be asked by this account is an error.
function AskToStop {
    param([Parameter(Mandatory)][string]$DataPath, [Parameter(Mandatory)][timespan]$Timeout)

    $parameter = @{ timeout = [int][math]::Min(600, [math]::Ceiling($Timeout.TotalSeconds)) }
    $answer = InvokeRelayMethod -Method relay.stop -Parameter $parameter -DataPath $DataPath -Timeout 20
    $denied = @($answer.Problem | Where-Object { $_.CategoryInfo.Category -in 'PermissionDenied', 'AuthenticationError', 'InvalidArgument' })
    if ($denied.Count -gt 0) {
        throw $denied[0]
    }
}

function ReadSupervisorId {
    param([Parameter(Mandatory)][string]$DataPath)

    $path = [System.IO.Path]::Combine($DataPath, 'relay.pid')
    if ([System.IO.File]::Exists($path)) {
        $text = ReadTextFile -Path $path
        if ($text -match '[0-9]+' -and (TestProcessAlive -Id $Matches[0])) {
            [int]$Matches[0]
        }
    }
}

function TestAllEnded {
    param([object[]]$Id)

    foreach ($one in $Id) {
        if (TestProcessAlive -Id $one) {
            return $false
        }
    }
    $true
}

function StopProcessByForce {
    param([object[]]$Id, [string]$DataPath)

    foreach ($one in $Id) {
        StopNodeProcess -Id $one
    }
    if (-not (WaitRelay -Condition { TestAllEnded -Id $Id } -Timeout ([timespan]::FromSeconds(10)))) {
        throw (NewStopFailed -Target $DataPath -Id $Id)
    }
}

# A number can have been given to another program meanwhile: only Node and its host are ended.
function StopNodeProcess {
    param([Parameter(Mandatory)][int]$Id)

    $process = Get-Process -Id $Id -ErrorAction Ignore
    if (-not $process) {
        return
    }
    # On Linux Node calls its process after its main thread; what it is tells the file.
    $name = $process.ProcessName
    if ($process.Path) {
        $name = [System.IO.Path]::GetFileNameWithoutExtension($process.Path)
    }
    if ($name -match '^(node|SmtpRelay)$') {
        Stop-Process -Id $Id -Force -ErrorAction SilentlyContinue
    }
}

function NewStopFailed {
    param([string]$Target, [object[]]$Id)

    NewRelayError -Id 'StopFailed' -Category CloseError -Target $Target -Message (
        "The relay '$Target' could not be stopped (process $($Id -join ', ')).") -Action (
        'Run PowerShell as an administrator (Linux: as root) and try again.')
}

# Asks the condition until it holds or the time is over.
function WaitRelay {
    param(
        [Parameter(Mandatory)][scriptblock]$Condition,
        [Parameter(Mandatory)][timespan]$Timeout,
        [scriptblock]$WhileWaiting
    )

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed -gt $Timeout) {
            return $false
        }
        if ($WhileWaiting) {
            & $WhileWaiting
        }
        Start-Sleep -Milliseconds 50
    }
    $true
}

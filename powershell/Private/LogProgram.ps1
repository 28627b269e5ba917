# Reads log files with src/read-log.ts, a program of its own: gigabytes neither pass through the relay nor
# fill the memory of this session, the files are opened with the rights of whoever asks, and no relay is needed.

# Asks the program and emits its answers as objects of the contract's definition, as they come.
function WriteLogAnswer {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][System.Collections.IDictionary]$Question,
        [Parameter(Mandatory)][string]$Definition
    )

    . ReadServiceCode
    try {
        $node = GetRelayNode
    } catch {
        $Cmdlet.WriteError((GetThrownRecord -Thrown $_))
        return
    }
    $plan = GetDefinitionPlan -File control -Definition $Definition
    $program = [System.IO.Path]::Combine($script:ModuleRoot, 'dist/read-log.js')
    if (-not [System.IO.File]::Exists($program)) {
        $program = [System.IO.Path]::Combine($script:ModuleRoot, 'src/read-log.ts')
    }
    $start = [System.Diagnostics.ProcessStartInfo]::new($node, '--disable-warning=ExperimentalWarning "' + $program + '"')
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = [System.Text.UTF8Encoding]::new($false)
    $process = [System.Diagnostics.Process]::Start($start)
    $errorText = $process.StandardError.ReadToEndAsync()
    $progress = $null
    try {
        $bytes = [System.Text.Encoding]::UTF8.GetBytes((ConvertToRelayJson -Value $Question) + "`n")
        $process.StandardInput.BaseStream.Write($bytes, 0, $bytes.Length)
        $process.StandardInput.BaseStream.Flush()
        while ($true) {
            $next = $process.StandardOutput.ReadLineAsync()
            # In pieces, so that Ctrl+C is heard while nothing comes.
            while (-not $next.Wait(200)) {
                continue
            }
            if ($null -eq $next.Result) {
                break
            }
            $answer = ConvertFromRelayJson -Text $next.Result
            if ($answer.Contains('value')) {
                ConvertFromRelayResult -Value $answer['value'] -Plan $plan
            } elseif ($answer.Contains('problem')) {
                $Cmdlet.WriteError((NewLogUnreadable -Question $Question -Reason $answer['problem']))
            } else {
                $progress = [System.Management.Automation.ProgressRecord]::new(1, 'Reading logs', ('{0:N0} of {1:N0} MB' -f ($answer['read'] / 1MB), ($answer['total'] / 1MB)))
                if ($answer['total'] -gt 0) {
                    $progress.PercentComplete = [math]::Min(100, [int](100 * $answer['read'] / $answer['total']))
                }
                $Cmdlet.WriteProgress($progress)
            }
        }
        # A program that broke must not look like an empty log.
        if (-not $process.WaitForExit(10000) -or $process.ExitCode -ne 0) {
            $reason = 'the program that reads it did not end'
            if ($process.HasExited) {
                $reason = "the program that reads it ended with code $($process.ExitCode). $($errorText.Result.Trim())"
            }
            $Cmdlet.WriteError((NewLogUnreadable -Question $Question -Reason $reason))
        }
    } finally {
        # Its input ends, and with it the program, also when the pipeline was stopped.
        $process.StandardInput.Close()
        if (-not $process.WaitForExit(2000)) {
            $process.Kill()
        }
        $process.Dispose()
    }
    if ($progress) {
        $progress.RecordType = 'Completed'
        $Cmdlet.WriteProgress($progress)
    }
}

function NewLogUnreadable {
    param([Parameter(Mandatory)][System.Collections.IDictionary]$Question, [string]$Reason)

    $problem = @{
        Id       = 'LogUnreadable'
        Category = 'ReadError'
        Message  = "The log could not be read: $Reason"
        Target   = $Question['paths']
        Action   = 'See whether this account may read the files.'
    }
    NewRelayError @problem
}

# What Get-SmtpLog does with files: lines or conversations, once or as they come.
function WriteLogFile {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        # Where to look: @{ paths = ... } or @{ folder = ... }.
        [Parameter(Mandatory)][hashtable]$Place,
        [Parameter(Mandatory)][hashtable]$Parameter,
        [switch]$Wait,
        [switch]$AsSession
    )

    if ($Wait -and $AsSession) {
        $problem = @{
            Id       = 'InvalidParameter'
            Category = 'InvalidArgument'
            Message  = 'Wait shows lines as they are written; a conversation can only be shown when it is over.'
            Action   = 'Use Wait or AsSession.'
        }
        $Cmdlet.WriteError((NewRelayError @problem))
        return
    }
    $query = @{}
    foreach ($name in $Parameter.Keys) {
        if ($name -notin 'path', 'wait', 'asSession') {
            $query[$name] = $Parameter[$name]
        }
    }
    $limited = -not $query.ContainsKey('resultSize') -and -not $query.ContainsKey('tail') -and -not $Wait
    if ($limited) {
        $query['resultSize'] = 1000
    }
    $kind = @{ $true = 'sessions'; $false = 'lines' }[[bool]$AsSession]
    $definition = @{ $true = 'LogSession'; $false = 'LogEntry' }[[bool]$AsSession]
    $question = @{ kind = $kind; query = $query; wait = [bool]$Wait } + $Place
    $count = 0
    WriteLogAnswer -Cmdlet $Cmdlet -Question $question -Definition $definition | ForEach-Object {
        $count += 1
        $_
    }
    if ($limited -and $count -eq 1000) {
        $Cmdlet.WriteWarning('There may be more: the first 1000 are shown. Use -ResultSize Unlimited for all.')
    }
}

# The folder of one of the relay's own logs; an error when there is none or this account may not look into it.
function GetLogFolder {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][ValidateSet('protocol', 'tracking')][string]$Log
    )

    $data = GetDataPath
    $folder = [System.IO.Path]::Combine($data, 'logs', $Log)
    $settings = ReadJsonFile -Path ([System.IO.Path]::Combine($data, 'settings.json'))
    $name = @{ protocol = 'protocolLogPath'; tracking = 'messageTrackingLogPath' }[$Log]
    if ($settings -and $settings['logging'] -and $settings['logging'][$name]) {
        $folder = [string]$settings['logging'][$name]
    }
    if ((TestFolderUnreadable -Path $data) -or (TestFolderUnreadable -Path $folder) -or -not (TestRelayInstalled -DataPath $data)) {
        $Cmdlet.WriteError((NewStoppedError -DataPath $data))
    } else {
        $folder
    }
}

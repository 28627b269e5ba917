# Work on many things: how many are done, of how many, and how long it still takes.

# Longest wait for an answer that a walk over a large folder or queue precedes, in seconds.
$script:LongScan = 600

function NewWorkProgress {
    param([Parameter(Mandatory)][string]$Activity)

    @{
        Activity = $Activity
        Done     = 0
        # 0 while nobody knows.
        Total    = 0
        Clock    = [System.Diagnostics.Stopwatch]::StartNew()
        Shown    = -1000
    }
}

# Shown a few times a second at most, and not at all for what is over at once.
function StepWorkProgress {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][hashtable]$Progress,
        [int]$Count = 1
    )

    $Progress.Done += $Count
    $elapsed = $Progress.Clock.ElapsedMilliseconds
    if ($elapsed -lt 500 -or $elapsed - $Progress.Shown -lt 200) {
        return
    }
    $Progress.Shown = $elapsed
    $status = "$($Progress.Done) done"
    if ($Progress.Total -gt 0) {
        $status = "$($Progress.Done) of $($Progress.Total)"
    }
    $record = [System.Management.Automation.ProgressRecord]::new(1, $Progress.Activity, $status)
    if ($Progress.Total -gt 0 -and $Progress.Done -gt 0) {
        $record.PercentComplete = [math]::Min(100, [int](100 * $Progress.Done / $Progress.Total))
        $left = [math]::Max(0, $Progress.Total - $Progress.Done) * $elapsed / $Progress.Done / 1000
        $record.SecondsRemaining = [int][math]::Min([int]::MaxValue, $left)
    }
    $Cmdlet.WriteProgress($record)
}

function StopWorkProgress {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][hashtable]$Progress
    )

    if ($Progress.Shown -lt 0) {
        return
    }
    $record = [System.Management.Automation.ProgressRecord]::new(1, $Progress.Activity, 'Done')
    $record.RecordType = 'Completed'
    $Cmdlet.WriteProgress($record)
}

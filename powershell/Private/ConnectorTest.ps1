# A test that goes on in the relay: its steps are asked for as they come, and it ends when nobody asks.

function WriteConnectorTest {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][hashtable]$Parameter
    )

    $activity = 'Testing connector'
    if ($Parameter['name']) {
        $activity = "Testing connector $($Parameter['name'])"
    }
    $target = [string]$Parameter['name'] + [string]$Parameter['recipient']
    $run = WriteRelayResult -Cmdlet $Cmdlet -Method connector.test -Parameter $Parameter -Target $target
    $count = 0
    try {
        while ($run) {
            foreach ($step in $run.Steps) {
                $count++
                $step
                $record = [System.Management.Automation.ProgressRecord]::new(2, $activity, "$($step.Step): $($step.Status)")
                $Cmdlet.WriteProgress($record)
            }
            if ($run.Done) {
                break
            }
            $more = @{ test = $run.Test; after = $count }
            $run = WriteRelayResult -Cmdlet $Cmdlet -Method connector.test -Parameter $more -Target $target
        }
    } finally {
        # Also after Ctrl+C, and when the pipeline wants no more.
        if ($run -and -not $run.Done) {
            $null = InvokeRelayMethod -Method connector.test -Parameter @{ test = $run.Test; cancel = $true } -Timeout 2
        }
    }
    $record = [System.Management.Automation.ProgressRecord]::new(2, $activity, 'Done')
    $record.RecordType = 'Completed'
    $Cmdlet.WriteProgress($record)
}

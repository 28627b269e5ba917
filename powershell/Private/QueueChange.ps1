# What Suspend-, Resume-, Restart-, Move- and Remove- do to queues and messages.

# One page of messages after the other, so that the relay serves others meanwhile, progress is shown, and
# Ctrl+C ends it between two pages. Emits the messages with -PassThru.
function ChangeMessage {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Method,
        [Parameter(Mandatory)][hashtable]$Which,
        # For sentences: Removing, removed.
        [Parameter(Mandatory)][string]$Activity,
        [Parameter(Mandatory)][string]$Done,
        [switch]$PassThru
    )

    $progress = NewWorkProgress -Activity $Activity
    $parameter = @{ show = $PassThru.IsPresent } + $Which.Parameter
    $busy = 0
    $ended = $false
    try {
        do {
            $page = WriteRelayResult -Cmdlet $Cmdlet -Method $Method -Parameter $parameter -Target $Which.Target -Timeout $script:LongScan
            if (-not $page) {
                break
            }
            if ($null -ne $page.Matched) {
                $progress.Total = $progress.Done + $page.Matched
            }
            StepWorkProgress -Cmdlet $Cmdlet -Progress $progress -Count ($page.Done + $page.Pending)
            $busy += $page.Busy
            $page.Messages
            # Counted once, when there is more than one page.
            $parameter.count = -not $parameter.ContainsKey('after')
            $parameter.after = $page.Next
        } while ($null -ne $page.Next)
        $ended = $true
    } finally {
        # Nothing can be written to the pipeline any more after Ctrl+C.
        if (-not $ended -and $progress.Done -gt 0) {
            $Cmdlet.Host.UI.WriteWarningLine("Stopped: $($progress.Done) message(s) were $Done, the others were not touched.")
        }
    }
    StopWorkProgress -Cmdlet $Cmdlet -Progress $progress
    if ($busy -gt 0) {
        $problem = @{
            Id       = 'Busy'
            Category = 'ResourceBusy'
            Message  = "$busy message(s) are being delivered and were not $Done. $($progress.Done) other(s) were."
            Target   = $Which.Target
            Action   = 'Try again in a moment, when the deliveries have ended; everything else was done.'
        }
        $Cmdlet.WriteError((NewRelayError @problem))
    }
}

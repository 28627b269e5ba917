# What Send-SmtpTestMessage waits for.

# The relay's own name: the configured one, else the one it greets with.
function GetGreetingName {
    param([Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet)

    foreach ($configuration in WriteRelayResult -Cmdlet $Cmdlet -Method settings.get) {
        if ($configuration.Fqdn) {
            return $configuration.Fqdn
        }
        (WriteRelayResult -Cmdlet $Cmdlet -Method relay.get).Name
    }
}

# Asks until every recipient has a final result or the time is over; emits the last state. Each call is
# short, so that Ctrl+C is heard.
function WaitDelivery {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][psobject]$Delivery,
        [Parameter(Mandatory)][timespan]$Timeout
    )

    $activity = 'Waiting for the delivery of the test message'
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        while (-not $Delivery.Finished) {
            $left = $Timeout - $clock.Elapsed
            if ($left -le [timespan]::Zero) {
                $text = 'The delivery is not finished after {0} seconds; the relay goes on trying. See Get-SmtpQueue.'
                $Cmdlet.WriteWarning(($text -f [math]::Round($Timeout.TotalSeconds)))
                break
            }
            $progress = @{
                Activity        = $activity
                Status          = GetDeliveryStatus -Delivery $Delivery
                PercentComplete = [math]::Min(100, [int](100 * $clock.Elapsed.TotalSeconds / $Timeout.TotalSeconds))
            }
            Write-Progress @progress
            $before = $clock.Elapsed
            $parameter = @{
                internalMessageId = $Delivery.InternalMessageId
                wait              = [int][math]::Min(2, [math]::Ceiling($left.TotalSeconds))
            }
            $answer = InvokeRelayMethod -Method message.result -Parameter $parameter -Target $Delivery.InternalMessageId -Timeout 20
            if (@($answer.Problem).Count -gt 0) {
                foreach ($problem in $answer.Problem) {
                    $Cmdlet.WriteError($problem)
                }
                break
            }
            $Delivery = $answer.Value[0]
            if (-not $Delivery.Finished -and ($clock.Elapsed - $before).TotalMilliseconds -lt 100) {
                Start-Sleep -Milliseconds 100
            }
        }
    } finally {
        Write-Progress -Activity $activity -Completed
    }
    $Delivery
}

function GetDeliveryStatus {
    param([Parameter(Mandatory)][psobject]$Delivery)

    $open = @($Delivery.Recipients | Where-Object { $_.Result -notin 'Delivered', 'Failed' })
    $reply = @($open | Where-Object { $_.Reply } | ForEach-Object { $_.Reply })
    $text = '{0} of {1} recipients still open' -f $open.Count, @($Delivery.Recipients).Count
    if ($reply.Count -gt 0) {
        $text += ': ' + $reply[0]
    }
    $text
}

function ConvertToTestResult {
    param([Parameter(Mandatory)][psobject]$Recipient, [Parameter(Mandatory)][psobject]$Delivery)

    [pscustomobject]@{
        PSTypeName        = 'SmtpRelay.TestResult'
        Recipient         = $Recipient.Recipient
        Result            = $Recipient.Result
        Connector         = $Recipient.Connector
        Remote            = $Recipient.Remote
        Reply             = $Recipient.Reply
        Elapsed           = $Recipient.Elapsed
        NextRetryTime     = $Recipient.NextRetryTime
        InternalMessageId = $Delivery.InternalMessageId
    }
}

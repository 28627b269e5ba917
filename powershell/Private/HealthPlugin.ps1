# The checks of Test-SmtpRelay in the forms that monitoring systems read.

# The one check of a relay that does not answer.
function NewStoppedCheck {
    param(
        [Parameter(Mandatory)][System.Management.Automation.ErrorRecord]$Problem,
        [ValidateSet('Failed', 'Unknown')][string]$Status = 'Failed'
    )

    $action = ''
    if ($Problem.ErrorDetails) {
        $action = $Problem.ErrorDetails.RecommendedAction
    }
    $check = [pscustomobject][ordered]@{
        Name   = 'Service'
        Target = $null
        Status = $Status
        Detail = $Problem.Exception.Message
        Action = $action
    }
    $check.PSObject.TypeNames.Insert(0, 'SmtpRelay.HealthCheck')
    $check
}

# { Text; ExitCode }: 0 well, 1 warning, 2 broken, 3 not known.
function FormatPlugin {
    param(
        [Parameter(Mandatory)][object[]]$Check,
        [Parameter(Mandatory)][ValidateSet('Nagios', 'Checkmk', 'PRTG')][string]$As
    )

    $code = 0
    if (@($Check | Where-Object { $_.Status -eq 'Warning' }).Count -gt 0) { $code = 1 }
    if (@($Check | Where-Object { $_.Status -eq 'Unknown' }).Count -gt 0) { $code = 3 }
    if (@($Check | Where-Object { $_.Status -eq 'Failed' }).Count -gt 0) { $code = 2 }
    $count = @{}
    foreach ($status in 'Passed', 'Warning', 'Failed', 'Skipped') {
        $count[$status] = @($Check | Where-Object { $_.Status -eq $status }).Count
    }
    $bad = @($Check | Where-Object { $_.Status -in 'Failed', 'Unknown' }) + @($Check | Where-Object { $_.Status -eq 'Warning' })
    $lines = @(foreach ($item in $bad) {
            $sentence = (@($item.Name, $item.Target) | Where-Object { $_ }) -join ' '
            # These characters part the fields of a plug-in's text.
            ("$sentence`: $($item.Detail) $($item.Action)" -replace '\|', '/' -replace '[\r\n]+', ' ').Trim()
        })
    if ($lines.Count -eq 0) {
        $lines = @("$($count.Passed) checks passed")
    }
    $word = @('OK', 'WARNING', 'CRITICAL', 'UNKNOWN')[$code]
    $figures = 'passed={0} warnings={1} failed={2}' -f $count.Passed, $count.Warning, $count.Failed
    if ($As -eq 'Nagios') {
        $rest = ''
        if ($lines.Count -gt 1) {
            $rest = "`n" + ($lines[1..($lines.Count - 1)] -join "`n")
        }
        $text = "SMTPRELAY $word - $($lines[0]) | $figures$rest"
    } elseif ($As -eq 'Checkmk') {
        $text = "$code SmtpRelay $($figures -replace ' ', '|') $($lines -join '\n')"
    } else {
        $channels = @(foreach ($status in 'Failed', 'Warning', 'Passed') {
                @{ channel = $status; value = $count[$status] }
            })
        $answer = @{ prtg = @{ result = $channels; text = "$word`: $($lines -join ' ')" } }
        if ($code -ge 2) {
            $answer.prtg.error = 1
        }
        $text = ConvertToRelayJson -Value $answer
    }
    [pscustomobject]@{ Text = $text; ExitCode = $code }
}

# The exit code of several: what is broken tells more than what is not known.
function SelectPluginCode {
    param([Parameter(Mandatory)][AllowEmptyCollection()][int[]]$Code)

    foreach ($worst in 2, 3, 1, 0) {
        if ($Code -contains $worst) {
            return $worst
        }
    }
    3
}

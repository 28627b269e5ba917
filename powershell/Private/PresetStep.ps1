# What is to be done on the side of a service, as information: shown, and in -InformationVariable.

function WritePresetStep {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Connector
    )

    $preset = (InvokeRelayMethod -Method preset.list -Parameter @{ connector = $Connector }).Value
    if (-not $preset) {
        return
    }
    # Shown unless somebody said otherwise: without these steps no mail would go out.
    $action = 'Continue'
    if ($Cmdlet.MyInvocation.BoundParameters.ContainsKey('InformationAction')) {
        $action = $Cmdlet.MyInvocation.BoundParameters['InformationAction']
    }
    $number = 0
    $lines = @("To do for $($preset.Name):")
    foreach ($step in $preset.Steps) {
        $number++
        $lines += "  $number. $step"
    }
    $lines += 'Limits: ' + ($preset.Limits -join '; ') + '.'
    $lines += $preset.Link
    foreach ($line in $lines) {
        Write-Information -MessageData $line -Tags SmtpRelay -InformationAction $action
    }
}

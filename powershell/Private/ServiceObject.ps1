# What Get-SmtpRelay shows: the answer of a running relay, or what the data folder says about one that
# does not run, in the same shape.

function GetServiceObject {
    param([Parameter(Mandatory)][string]$DataPath)

    $install = ReadRelayInstall -DataPath $DataPath
    $serviceHost = $null
    if ($install) {
        $serviceHost = [string]$install['serviceHost']
    }
    $answer = InvokeRelayMethod -Method relay.get -DataPath $DataPath -Timeout 20
    $problem = @($answer.Problem)
    if ($problem.Count -eq 0) {
        $service = $answer.Value[0]
    } elseif ($problem[0].FullyQualifiedErrorId -in 'SmtpRelay.RelayNotRunning', 'SmtpRelay.RelayNotInstalled') {
        $service = NewStoppedService -DataPath $DataPath -Install $install
    } else {
        throw $problem[0]
    }
    $service.PSObject.Properties.Add([System.Management.Automation.PSNoteProperty]::new('ServiceHost', $serviceHost))
    $service
}

function NewStoppedService {
    param([Parameter(Mandatory)][string]$DataPath, [System.Collections.IDictionary]$Install)

    $bag = [ordered]@{}
    $plan = GetResultPlan -Method relay.get
    foreach ($member in $plan.Members) {
        $bag[$member.Title] = $null
        if ($member.Plan.Kind -eq 'Array') {
            $bag[$member.Title] = @()
        }
    }
    $bag['Status'] = 'NotInstalled'
    $bag['DataPath'] = $DataPath
    $bag['Version'] = GetModuleVersion
    if (TestRelayInstalled -DataPath $DataPath) {
        $bag['Status'] = 'Stopped'
        $settings = ReadJsonFile -Path ([System.IO.Path]::Combine($DataPath, 'settings.json'))
        if ($settings -and $settings['general'] -is [System.Collections.IDictionary]) {
            $bag['Name'] = $settings['general']['fqdn']
            $bag['ControlPort'] = $settings['general']['controlPort']
        }
    }
    if (-not $bag['Name']) {
        $bag['Name'] = [System.Net.Dns]::GetHostName()
    }
    $service = [pscustomobject]$bag
    $service.PSObject.TypeNames.Insert(0, $plan.Type)
    $service
}

function GetModuleVersion {
    [string]$ExecutionContext.SessionState.Module.Version
}

# Start-, Stop- and Restart-SmtpRelay: asks, does it, and shows the state with -PassThru. The code of
# Private/Service must have been read.
function ChangeRelayService {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        # The bound parameters of the command.
        [Parameter(Mandatory)][System.Collections.IDictionary]$Bound,
        [Parameter(Mandatory)][ValidateSet('Start', 'Stop', 'Restart')][string]$Action,
        [Parameter(Mandatory)][timespan]$Timeout
    )

    try {
        $dataPath = SelectDataPath -InputObject $Bound['InputObject']
        if (-not $Cmdlet.ShouldProcess("SMTP relay in '$dataPath'", $Action)) {
            return
        }
        $limit = [timespan]::FromSeconds((ConvertToSecond -Value $Timeout))
        if ($Action -ne 'Start') {
            StopRelayHost -DataPath $dataPath -Timeout $limit
        }
        if ($Action -ne 'Stop') {
            StartRelayHost -DataPath $dataPath -Timeout $limit
        }
        if ($Bound['PassThru']) {
            GetServiceObject -DataPath $dataPath
        }
    } catch {
        $Cmdlet.WriteError((GetThrownRecord -Thrown $_))
    }
}

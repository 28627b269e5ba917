# The relay as a Windows service. The service host is part of builds that bring dotnet/SmtpRelay.Bridge.dll.

$script:ServiceName = 'SmtpRelay'

function TestWindowsServiceHost {
    $script:OnWindows -and [System.IO.File]::Exists([System.IO.Path]::Combine($script:ModuleRoot, 'dotnet/SmtpRelay.Bridge.dll'))
}

function GetServiceCommandLine {
    param(
        [Parameter(Mandatory)][string]$Node,
        [Parameter(Mandatory)][string]$Entry,
        [Parameter(Mandatory)][string]$DataPath
    )

    # Quoted even without spaces: an unquoted service path is a known way into a system.
    '"{0}" {1} "{2}" --data "{3}" --service' -f $Node, ((GetNodeOption).Flag -join ' '), $Entry, $DataPath.TrimEnd('\')
}

# The calls of sc.exe after the service was made: start after the others, three restarts, dependencies.
function GetServiceTuningArgument {
    , @('config', $script:ServiceName, 'start=', 'delayed-auto')
    , @('config', $script:ServiceName, 'depend=', 'Tcpip/Dnscache')
    , @('failure', $script:ServiceName, 'reset=', '86400', 'actions=', 'restart/5000/restart/30000/restart/60000')
}

function RegisterWindowsService {
    param(
        [Parameter(Mandatory)][string]$Node,
        [Parameter(Mandatory)][string]$Entry,
        [Parameter(Mandatory)][string]$DataPath
    )

    $line = GetServiceCommandLine -Node $Node -Entry $Entry -DataPath $DataPath
    if (Get-Service -Name $script:ServiceName -ErrorAction Ignore) {
        InvokeSystemTool -Path 'sc.exe' -Argument 'config', $script:ServiceName, 'binPath=', $line
    } else {
        $service = @{
            Name           = $script:ServiceName
            DisplayName    = 'SMTP relay (SmtpRelay)'
            Description    = 'Accepts mail from this network and hands it to the mail servers it is for.'
            BinaryPathName = $line
            StartupType    = 'Automatic'
        }
        $null = New-Service @service
    }
    foreach ($argument in GetServiceTuningArgument) {
        InvokeSystemTool -Path 'sc.exe' -Argument $argument
    }
}

function UnregisterWindowsService {
    if (Get-Service -Name $script:ServiceName -ErrorAction Ignore) {
        Stop-Service -Name $script:ServiceName -Force
        InvokeSystemTool -Path 'sc.exe' -Argument 'delete', $script:ServiceName
    }
}

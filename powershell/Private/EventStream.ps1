# Reads what happens as it happens: the server-sent events of the control port. Waits in short steps, so
# that Ctrl+C ends it at once.

function ReadRelayEvent {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][hashtable]$Filter,
        [Parameter(Mandatory)][timespan]$Duration
    )

    $dataPath = GetDataPath
    $door = GetControlDoor -DataPath $dataPath
    if ($door.Problem) {
        $Cmdlet.WriteError($door.Problem)
        return
    }
    $query = @(foreach ($name in $Filter.Keys) { $name + '=' + [uri]::EscapeDataString([string]$Filter[$name]) }) -join '&'
    $request = NewControlRequest -HttpMethod GET -Port $door.Port -Token $door.Token -Path "events?$query"
    $stop = [System.Threading.CancellationTokenSource]::new()
    $response = $null
    $reader = $null
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        $sending = (GetControlClient).SendAsync($request, [System.Net.Http.HttpCompletionOption]::ResponseHeadersRead, $stop.Token)
        if (-not (WaitForTask -Task $sending -Clock $clock -Duration $Duration)) {
            return
        }
        if ([string]$sending.Status -ne 'RanToCompletion') {
            $Cmdlet.WriteError((NewStoppedError -DataPath $dataPath -Reason $sending.Exception.GetBaseException().Message))
            return
        }
        $response = $sending.Result
        if ([int]$response.StatusCode -ne 200) {
            $failure = @{ Status = [int]$response.StatusCode; Failure = "HTTP $([int]$response.StatusCode)" }
            $Cmdlet.WriteError((NewConnectionError -Response $failure -DataPath $dataPath -Port $door.Port))
            return
        }
        $reader = [System.IO.StreamReader]::new($response.Content.ReadAsStreamAsync().GetAwaiter().GetResult(), [System.Text.Encoding]::UTF8)
        $kind = ''
        while ($true) {
            $reading = $reader.ReadLineAsync()
            # The relay ended, or the time is over.
            if (-not (WaitForTask -Task $reading -Clock $clock -Duration $Duration) -or [string]$reading.Status -ne 'RanToCompletion' -or $null -eq $reading.Result) {
                return
            }
            $line = $reading.Result
            if ($line.StartsWith('event: ')) {
                $kind = $line.Substring(7)
            } elseif ($line.StartsWith('data: ')) {
                NewTraceLine -Kind $kind -Data (ConvertFromRelayJson -Text $line.Substring(6))
            }
        }
    } finally {
        $stop.Cancel()
        if ($reader) { $reader.Dispose() }
        if ($response) { $response.Dispose() }
        $request.Dispose()
        $stop.Dispose()
    }
}

# Whether it ended in time. WaitAny does not throw what the task did.
function WaitForTask {
    param([System.Threading.Tasks.Task]$Task, [System.Diagnostics.Stopwatch]$Clock, [timespan]$Duration)

    while ([System.Threading.Tasks.Task]::WaitAny(@($Task), 100) -lt 0) {
        if ($Clock.Elapsed -gt $Duration) {
            return $false
        }
    }
    $true
}

# An event as an object: inbound a line has the command with its reply, outbound the one or the other.
function NewTraceLine {
    param([string]$Kind, [System.Collections.IDictionary]$Data)

    $arrow = ''
    if ($Kind -eq 'protocol') {
        $command = @(@($Data['verb'], $Data['argument']) | Where-Object { $_ }) -join ' '
        if ($Data['part'] -eq 'exchange') {
            $arrow = '<->'
            $line = "$command  =>  $($Data['reply'])"
        } elseif ($Data['part'] -eq 'command') {
            $arrow = '-->'
            $line = $command
        } else {
            $arrow = '<--'
            $line = [string]$Data['argument']
        }
    } elseif ($Kind -eq 'lost') {
        $line = "($($Data['count']) events were left out: they came faster than they were read)"
    } else {
        $line = [string]$Data['message']
    }
    $time = [datetime]::Now
    if ($Data['time']) {
        $time = ConvertFromRelayScalar -Value $Data['time'] -Kind DateTime
    }
    $name = $Data['listener']
    if ($Data['connector']) {
        $name = $Data['connector']
    }
    $address = $Data['peerAddress']
    if (-not $address) {
        $address = $Data['clientIp']
    }
    $object = [pscustomobject][ordered]@{
        Time      = $time
        Kind      = $Kind
        Direction = $Data['direction']
        SessionId = $Data['sessionId']
        MessageId = $Data['messageId']
        Name      = $name
        IPAddress = $address
        Arrow     = $arrow
        # What a stranger sent must not steer a terminal.
        Line      = $line -replace '[\x00-\x1f\x7f-\x9f]', '?'
    }
    $object.PSObject.TypeNames.Insert(0, 'SmtpRelay.TraceLine')
    $object
}

# The only file that speaks to the control port: JSON-RPC 2.0 over HTTP on 127.0.0.1, with the token
# from the data folder, past any proxy. An expected failure is returned, not thrown.

$script:HttpClient = $null

# Calls one method. Returns { Value; Problem }: Value is the converted answer (a list even for one),
# Problem the ErrorRecords; one of them is empty.
function InvokeRelayMethod {
    param(
        [Parameter(Mandatory)][string]$Method,
        [System.Collections.IDictionary]$Parameter = @{},
        # The object that an error is about.
        [object]$Target,
        [string]$DataPath,
        # Longest wait for the answer, in seconds.
        [double]$Timeout = 100
    )

    if (-not $DataPath) {
        $DataPath = GetDataPath
    }
    $door = GetControlDoor -DataPath $DataPath
    if ($door.Problem) {
        return [pscustomobject]@{ Value = @(); Problem = @($door.Problem) }
    }
    $request = [ordered]@{ jsonrpc = '2.0'; id = 1; method = $Method; params = $Parameter }
    $call = @{
        Port    = $door.Port
        Token   = $door.Token
        Body    = ConvertToRelayJson -Value $request
        Timeout = $Timeout
    }
    $response = SendControlRequest @call
    if ($response.Failure) {
        return [pscustomobject]@{ Value = @(); Problem = @(NewConnectionError -Response $response -DataPath $DataPath -Port $door.Port) }
    }
    $answer = $response.Answer
    if ($answer['error']) {
        return [pscustomobject]@{ Value = @(); Problem = @(ConvertFromRelayProblem -Problem $answer['error'] -Target $Target) }
    }
    $value = @(ConvertFromRelayResult -Value $answer['result'] -Plan (GetResultPlan -Method $Method))
    [pscustomobject]@{ Value = $value; Problem = @() }
}

# Where to knock, and with what token: { Port; Token; Problem }.
function GetControlDoor {
    param([Parameter(Mandatory)][string]$DataPath)

    $state = ReadRelayState -DataPath $DataPath
    if ($state) {
        $port = [int]$state['controlPort']
    } else {
        $port = GetListeningControlPort -DataPath $DataPath
    }
    if (-not $port) {
        return @{ Port = 0; Token = ''; Problem = NewStoppedError -DataPath $DataPath }
    }
    $path = [System.IO.Path]::Combine($DataPath, 'control.token')
    $token = ''
    try {
        if ([System.IO.File]::Exists($path)) {
            $token = (ReadTextFile -Path $path).Trim()
        }
    } catch {
        $token = ''
    }
    if (-not $token) {
        $problem = @{
            Id       = 'TokenUnreadable'
            Category = 'PermissionDenied'
            Message  = "The relay is administered with the token in '$path', which is missing or not readable for this account."
            Target   = $path
            Action   = 'Run PowerShell as an administrator (Linux: as root or as the account of the relay).'
        }
        return @{ Port = 0; Token = ''; Problem = NewRelayError @problem }
    }
    @{ Port = $port; Token = $token; Problem = $null }
}

# The control port of the settings, for a relay that left no state file; 0 when nobody listens there.
# A short probe, because Windows takes two seconds to find out that a port is closed.
function GetListeningControlPort {
    param([Parameter(Mandatory)][string]$DataPath)

    $settings = ReadJsonFile -Path ([System.IO.Path]::Combine($DataPath, 'settings.json'))
    if (-not $settings -or $settings['general'] -isnot [System.Collections.IDictionary] -or -not $settings['general']['controlPort']) {
        return 0
    }
    $port = [int]$settings['general']['controlPort']
    $client = [System.Net.Sockets.TcpClient]::new()
    try {
        $connect = $client.ConnectAsync('127.0.0.1', $port)
        # WaitAny does not throw when the port is closed, so no error is left behind in $Error.
        $null = [System.Threading.Tasks.Task]::WaitAny(@($connect), 250)
        if ([string]$connect.Status -eq 'RanToCompletion') {
            return $port
        }
    } finally {
        $client.Close()
    }
    0
}

# One HTTP exchange: { Answer } or { Failure; Status }.
function SendControlRequest {
    param([int]$Port, [string]$Token, [string]$Body, [double]$Timeout)

    $request = NewControlRequest -HttpMethod POST -Port $Port -Token $Token -Path rpc
    $request.Content = [System.Net.Http.StringContent]::new($Body, [System.Text.Encoding]::UTF8, 'application/json')
    $limit = [System.Threading.CancellationTokenSource]::new([timespan]::FromSeconds($Timeout))
    try {
        $response = (GetControlClient).SendAsync($request, $limit.Token).GetAwaiter().GetResult()
        $status = [int]$response.StatusCode
        if ($status -ne 200) {
            return @{ Failure = "HTTP $status"; Status = $status; Answer = $null }
        }
        $text = $response.Content.ReadAsStringAsync().GetAwaiter().GetResult()
        @{ Failure = ''; Status = 200; Answer = ConvertFromRelayJson -Text $text }
    } catch {
        $exception = $_.Exception
        while ($exception.InnerException) {
            $exception = $exception.InnerException
        }
        $status = 0
        if ($limit.IsCancellationRequested) {
            $status = 408
        }
        @{ Failure = $exception.Message; Status = $status; Answer = $null }
    } finally {
        $limit.Dispose()
        $request.Dispose()
    }
}

# A request to the control port, before its content.
function NewControlRequest {
    param(
        [Parameter(Mandatory)][ValidateSet('GET', 'POST')][string]$HttpMethod,
        [Parameter(Mandatory)][int]$Port,
        [Parameter(Mandatory)][string]$Token,
        [Parameter(Mandatory)][string]$Path
    )

    # First, because Windows PowerShell knows the types only when the client has loaded them.
    $null = GetControlClient
    $request = [System.Net.Http.HttpRequestMessage]::new([System.Net.Http.HttpMethod]::new($HttpMethod), "http://127.0.0.1:$Port/$Path")
    $request.Headers.Authorization = [System.Net.Http.Headers.AuthenticationHeaderValue]::new('Bearer', $Token)
    $request
}

function GetControlClient {
    if ($null -eq $script:HttpClient) {
        $script:HttpClient = NewControlClient
    }
    $script:HttpClient
}

function NewControlClient {
    if ($PSVersionTable.PSVersion.Major -lt 6) {
        Add-Type -AssemblyName System.Net.Http
    }
    $handler = [System.Net.Http.HttpClientHandler]::new()
    $handler.UseProxy = $false
    $handler.UseCookies = $false
    $handler.AllowAutoRedirect = $false
    $client = [System.Net.Http.HttpClient]::new($handler)
    $client.Timeout = [System.Threading.Timeout]::InfiniteTimeSpan
    # A kept connection would be dead after the relay restarted, and a call must not be sent twice.
    $client.DefaultRequestHeaders.ConnectionClose = $true
    $client.DefaultRequestHeaders.ExpectContinue = $false
    $client
}

function NewConnectionError {
    param([hashtable]$Response, [string]$DataPath, [int]$Port)

    if ($Response.Status -eq 401 -or $Response.Status -eq 403) {
        $problem = @{
            Id       = 'WrongToken'
            Category = 'AuthenticationError'
            Message  = "The relay at 127.0.0.1:$Port refused the token of the data folder '$DataPath' ($($Response.Failure))."
            Action   = 'Another relay may hold this port: compare the controlPort of the two, or run Restart-SmtpRelay.'
        }
    } elseif ($Response.Status -eq 408) {
        $problem = @{
            Id       = 'NoAnswer'
            Category = 'OperationTimeout'
            Message  = "The relay at 127.0.0.1:$Port (data folder '$DataPath') did not answer in time."
            Action   = 'Try again; if it stays so, look into the activity log and run Restart-SmtpRelay.'
        }
    } elseif ($Response.Status -ne 0) {
        $problem = @{
            Id       = 'UnexpectedAnswer'
            Category = 'ProtocolError'
            Message  = "127.0.0.1:$Port answered $($Response.Failure), which is not the control port of a relay (data folder '$DataPath')."
            Action   = 'See which program holds the port, and set another controlPort.'
        }
    } else {
        return NewStoppedError -DataPath $DataPath -Reason $Response.Failure
    }
    NewRelayError @problem -Target $DataPath
}

function NewStoppedError {
    param([Parameter(Mandatory)][string]$DataPath, [string]$Reason)

    if (TestFolderUnreadable -Path $DataPath) {
        $problem = @{
            Id       = 'DataFolderUnreadable'
            Category = 'PermissionDenied'
            Message  = "This account cannot read the data folder '$DataPath', so the relay cannot be reached."
            Action   = 'Run PowerShell as an administrator (Linux: as root or as the account of the relay).'
        }
    } elseif (-not (TestRelayInstalled -DataPath $DataPath)) {
        $problem = @{
            Id       = 'RelayNotInstalled'
            Category = 'NotInstalled'
            Message  = "No relay is installed in the data folder '$DataPath'."
            Action   = 'Install-SmtpRelay'
        }
    } else {
        $problem = @{
            Id       = 'RelayNotRunning'
            Category = 'ConnectionError'
            Message  = "The relay with the data folder '$DataPath' is not running."
            Action   = 'Start-SmtpRelay'
        }
        if ($Reason) {
            $problem.Message = "The relay with the data folder '$DataPath' cannot be reached: $Reason"
        }
    }
    NewRelayError @problem -Target $DataPath
}

# What nearly every command does: calls, writes the errors in the name of the command, emits the answer.
function WriteRelayResult {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Method,
        [System.Collections.IDictionary]$Parameter = @{},
        [object]$Target,
        [double]$Timeout = 100
    )

    $answer = InvokeRelayMethod -Method $Method -Parameter $Parameter -Target $Target -Timeout $Timeout
    foreach ($problem in $answer.Problem) {
        $Cmdlet.WriteError($problem)
    }
    $answer.Value
}

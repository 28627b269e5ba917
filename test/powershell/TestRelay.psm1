# A real relay for tests: its own data folder and free ports, and a next hop that takes every message.

Set-StrictMode -Version Latest
$root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
Import-Module "$root/SmtpRelay.psd1" -Global

function Get-FreePort {
    param([int]$Count = 1)

    $listeners = @(foreach ($number in 1..$Count) {
            $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
            $listener.Start()
            $listener
        })
    foreach ($listener in $listeners) {
        $listener.LocalEndpoint.Port
        $listener.Stop()
    }
}

# Installs and starts a relay; the commands of this session then speak to it.
function Start-TestRelay {
    param(
        [string]$SmartHost,
        [switch]$NoStart
    )

    $port, $controlPort = Get-FreePort -Count 2
    $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), 'smtp-relay-test-' + [guid]::NewGuid().ToString('n').Substring(0, 12))
    $relay = [pscustomobject]@{
        DataPath    = $folder
        Port        = $port
        ControlPort = $controlPort
        Before      = $env:SMTP_RELAY_DATA
    }
    $env:SMTP_RELAY_DATA = $folder
    $install = @{
        DataPath    = $folder
        Port        = $port
        ControlPort = $controlPort
        ServiceHost = 'Process'
        Start       = -not $NoStart
        ErrorAction = 'Stop'
    }
    if ($SmartHost) {
        $install.SmartHost = $SmartHost
    }
    Install-SmtpRelay @install
    $relay
}

# Stops the relay, removes its folder, and gives the session back its own.
function Stop-TestRelay {
    param([AllowNull()][psobject]$Relay)

    if (-not $Relay) {
        return
    }
    $env:SMTP_RELAY_DATA = $Relay.DataPath
    if ((Get-SmtpRelay -ErrorAction SilentlyContinue).Status -ne 'NotInstalled') {
        Uninstall-SmtpRelay -RemoveData -Force -ErrorAction Continue
    }
    if (Test-Path -LiteralPath $Relay.DataPath) {
        Remove-Item -LiteralPath $Relay.DataPath -Recurse -Force
    }
    $env:SMTP_RELAY_DATA = $Relay.Before
}

# A next hop on a free port of its own thread: takes everything, or answers RCPT with the reply given.
function Start-TestNextHop {
    param([string]$RecipientReply = '250 2.1.5 Ok')

    $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $messages = [System.Collections.Concurrent.ConcurrentQueue[string]]::new()
    $state = [hashtable]::Synchronized(@{ RecipientReply = $RecipientReply })
    $shell = [powershell]::Create()
    $null = $shell.AddScript({
            param($Listener, $Messages, $State)

            function Receive-Session {
                param($Client)
                $stream = $Client.GetStream()
                $stream.ReadTimeout = 15000
                $reader = [System.IO.StreamReader]::new($stream, [System.Text.Encoding]::Latin1)
                $writer = [System.IO.StreamWriter]::new($stream, [System.Text.Encoding]::ASCII)
                $writer.NewLine = "`r`n"
                $writer.AutoFlush = $true
                $writer.WriteLine('220 next-hop.test ESMTP')
                while ($null -ne ($line = $reader.ReadLine())) {
                    switch -Regex ($line) {
                        '^EHLO' { $writer.WriteLine("250-next-hop.test`r`n250-8BITMIME`r`n250 ENHANCEDSTATUSCODES"); break }
                        '^RCPT' { $writer.WriteLine($State.RecipientReply); break }
                        '^DATA' {
                            $writer.WriteLine('354 Go on')
                            $text = [System.Text.StringBuilder]::new()
                            while (($line = $reader.ReadLine()) -cne '.') {
                                $null = $text.AppendLine($line)
                            }
                            $Messages.Enqueue($text.ToString())
                            $writer.WriteLine('250 2.0.0 Taken')
                            break
                        }
                        '^QUIT' { $writer.WriteLine('221 Bye'); return }
                        default { $writer.WriteLine('250 Ok') }
                    }
                }
            }

            while ($true) {
                $client = $null
                try {
                    $client = $Listener.AcceptTcpClient()
                    Receive-Session -Client $client
                } catch {
                    if (-not $Listener.Server.IsBound) {
                        return
                    }
                } finally {
                    if ($client) {
                        $client.Close()
                    }
                }
            }
        }).AddArgument($listener).AddArgument($messages).AddArgument($state)
    $null = $shell.BeginInvoke()
    [pscustomobject]@{
        Port     = $listener.LocalEndpoint.Port
        Messages = $messages
        State    = $state
        Listener = $listener
        Shell    = $shell
    }
}

function Stop-TestNextHop {
    param([AllowNull()][psobject]$NextHop)

    if ($NextHop) {
        $NextHop.Listener.Stop()
        $null = $NextHop.Shell.BeginStop($null, $null)
    }
}

# Asks until the condition holds.
function Wait-Until {
    param(
        [Parameter(Mandatory)][scriptblock]$Condition,
        [int]$Seconds = 15
    )

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt $Seconds) {
            throw "It did not happen within $Seconds seconds: $Condition"
        }
        Start-Sleep -Milliseconds 100
    }
}

# The errors of a command that must fail.
function Get-Refusal {
    param([Parameter(Mandatory)][scriptblock]$Script)

    $before = $global:ErrorActionPreference
    $global:ErrorActionPreference = 'Continue'
    try {
        $records = @(& $Script 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
    } finally {
        $global:ErrorActionPreference = $before
    }
    if ($records.Count -eq 0) {
        throw "It did not fail: $Script"
    }
    $records
}

# A control port that answers what it is told, for what the real relay does only in trouble. Requests
# holds the authorization and the body of each call.
function Start-FakeControlPort {
    param([string]$Body = '', [int]$Status = 200)

    $port = Get-FreePort
    $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), 'smtp-relay-fake-' + [guid]::NewGuid().ToString('n').Substring(0, 12))
    $null = New-Item -Path $folder -ItemType Directory
    Set-Content -Path "$folder/settings.json" -Value '{}'
    Set-Content -Path "$folder/control.token" -Value 'secret-token'
    @{ processId = $PID; controlPort = $port; version = '0.1.0' } | ConvertTo-Json | Set-Content -Path "$folder/relay.state.json"
    $listener = [System.Net.HttpListener]::new()
    $listener.Prefixes.Add("http://127.0.0.1:$port/")
    $listener.Start()
    $requests = [System.Collections.Concurrent.ConcurrentQueue[string]]::new()
    $shell = [powershell]::Create()
    $null = $shell.AddScript({
            param($Listener, $Requests, $Status, $Body)
            while ($Listener.IsListening) {
                $context = $Listener.GetContext()
                $reader = [System.IO.StreamReader]::new($context.Request.InputStream)
                $Requests.Enqueue($context.Request.Headers['Authorization'] + ' ' + $reader.ReadToEnd())
                $bytes = [System.Text.Encoding]::UTF8.GetBytes($Body)
                $context.Response.StatusCode = $Status
                $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
                $context.Response.Close()
            }
        }).AddArgument($listener).AddArgument($requests).AddArgument($Status).AddArgument($Body)
    $null = $shell.BeginInvoke()
    $fake = [pscustomobject]@{ DataPath = $folder; Requests = $requests; Listener = $listener; Shell = $shell; Before = $env:SMTP_RELAY_DATA }
    $env:SMTP_RELAY_DATA = $folder
    $fake
}

function Stop-FakeControlPort {
    param([AllowNull()][psobject]$Fake)

    if ($Fake) {
        $Fake.Listener.Stop()
        $null = $Fake.Shell.BeginStop($null, $null)
        Remove-Item -LiteralPath $Fake.DataPath -Recurse -Force
        $env:SMTP_RELAY_DATA = $Fake.Before
    }
}

Export-ModuleMember -Function Get-FreePort, Start-TestRelay, Stop-TestRelay, Start-TestNextHop, Stop-TestNextHop, Wait-Until, Get-Refusal, Start-FakeControlPort, Stop-FakeControlPort

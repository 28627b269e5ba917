# The package as an administrator of Windows installs it. Run by scripts/wine/test.mjs below Wine, or on a
# real Windows with: pwsh run.ps1 -Module FOLDER -Result FILE. One relay goes through all of it, in this order.

BeforeAll {
    Set-StrictMode -Version Latest
    $module = $env:SMTP_RELAY_TEST_MODULE
    $node = "$module\node.exe"
    $data = 'C:\SmtpRelayTest\data'
    $env:SMTP_RELAY_DATA = $null
    Remove-Item -LiteralPath $data -Recurse -Force -ErrorAction Ignore
    $work = 'C:\SmtpRelayTest'
    $null = New-Item -ItemType Directory -Path $work -Force
    # Wine shares the network of the machine: any port may be taken there.
    $ports = 1..3 | ForEach-Object { [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0) }
    $ports | ForEach-Object { $_.Start() }
    $port, $controlPort, $sinkPort = $ports | ForEach-Object { $_.LocalEndpoint.Port }
    $ports | ForEach-Object { $_.Stop() }
    $taken = "$work\taken.txt"
    Import-Module "$module\SmtpRelay.psd1"

    function Wait-Until([scriptblock]$Condition, [int]$Seconds = 120) {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while (-not (& $Condition)) {
            if ($clock.Elapsed.TotalSeconds -gt $Seconds) {
                throw "It did not happen within $Seconds seconds: $Condition"
            }
            Start-Sleep -Milliseconds 300
        }
    }

    # Output goes to a file: a pipe of Linux is none of Windows.
    function Start-Node([string]$Name, [string[]]$Argument) {
        $quoted = $Argument | ForEach-Object { '"{0}"' -f $_ }
        Start-Process -FilePath $node -ArgumentList $quoted -PassThru -NoNewWindow -RedirectStandardOutput "$work\$Name.out" -RedirectStandardError "$work\$Name.err"
    }

    function Start-Sink {
        Start-Node -Name sink -Argument "$PSScriptRoot\sink.mjs", $module, $sinkPort, $taken
    }

    function Send-Mail([string]$Name, [int]$Count) {
        $sender = Start-Node -Name $Name -Argument "$PSScriptRoot\send.mjs", $module, $port, $Name, $Count
        $sender.WaitForExit()
        Get-Content -Path "$work\$Name.out" -Raw
    }

    function Get-Taken([string]$Name) {
        if (Test-Path $taken) {
            Get-Content $taken | Where-Object { $_ -like "$Name-*" }
        }
    }
}

AfterAll {
    if ($sink) {
        Stop-Process -InputObject $sink -Force -ErrorAction Ignore
    }
}

Describe 'SmtpRelay.exe' {
    It 'encrypts for this computer, and decrypts only with the same entropy' {
        $entropy, $other = [Convert]::ToBase64String([byte[]](1..32)), [Convert]::ToBase64String([byte[]](2..33))
        $secret = [Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes('geheim'))
        $stored = "$secret`n$entropy`n" | & "$module\SmtpRelay.exe" --protect
        $LASTEXITCODE | Should -Be 0
        $stored | Should -Not -BeNullOrEmpty
        $stored | Should -Not -Be $secret
        "$stored`n$entropy`n" | & "$module\SmtpRelay.exe" --unprotect | Should -Be $secret
        $null = "$stored`n$other`n" | & "$module\SmtpRelay.exe" --unprotect 2>&1
        $LASTEXITCODE | Should -Not -Be 0
    }

    It 'says who runs it when nobody does' {
        $text = & "$module\SmtpRelay.exe" --data $data 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 1
        $text | Should -Match '1063'
    }
}

Describe 'Install-SmtpRelay' {
    It 'undoes everything when the port is taken' {
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, $port)
        $listener.Start()
        try {
            Install-SmtpRelay -DataPath $data -Port $port -ControlPort $controlPort -Start -ErrorVariable problem -ErrorAction SilentlyContinue
        } finally {
            $listener.Stop()
        }
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.AddressInUse*'
        Get-Service -Name SmtpRelay -ErrorAction Ignore | Should -BeNullOrEmpty
        Test-Path $data | Should -BeFalse
    }

    It 'makes the service, starts it, and serves' {
        Install-SmtpRelay -DataPath $data -Port $port -ControlPort $controlPort -SmartHost "127.0.0.1:$sinkPort" -Start -ErrorAction Stop
        (Get-Service -Name SmtpRelay).Status | Should -Be 'Running'
        $relay = Get-SmtpRelay
        $relay.Status | Should -Be 'Running'
        $relay.ServiceHost | Should -Be 'WindowsService'
        $key = Get-ItemProperty -Path HKLM:\SYSTEM\CurrentControlSet\Services\SmtpRelay
        $key.ImagePath | Should -BeLike '"*\SmtpRelay.exe" --data "C:\SmtpRelayTest\data" --node "*\node.exe"'
        $key.Start | Should -Be 2
        Test-Path HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\SmtpRelay | Should -BeTrue
    }

    It 'run again leaves it as it is' {
        Install-SmtpRelay -DataPath $data -Start -ErrorAction Stop
        (Get-SmtpRelay).Status | Should -Be 'Running'
    }
}

Describe 'The service' {
    It 'takes mail over STARTTLS and delivers it' {
        $script:sink = Start-Sink
        Send-Mail -Name first -Count 20 | Should -Match 'taken: 20'
        Wait-Until { @(Get-Taken first).Count -eq 20 }
    }

    It 'keeps secrets encrypted' {
        $connector = 'SmartHost'
        Set-SmtpConnector -Identity $connector -AuthenticationMethod Automatic -AuthenticationUserName u -AllowClearTextAuthentication $true -ErrorAction Stop
        Set-SmtpConnectorCredential -Identity $connector -Credential ([pscredential]::new('u', (ConvertTo-SecureString 'in-the-clear' -AsPlainText -Force))) -ErrorAction Stop
        $files = @(Get-ChildItem -Path "$data\credentials" -File)
        $files.Count | Should -BeGreaterThan 0
        foreach ($file in $files) {
            [System.Text.Encoding]::Latin1.GetString([System.IO.File]::ReadAllBytes($file.FullName)) | Should -Not -Match 'in-the-clear'
        }
        Set-SmtpConnector -Identity $connector -AuthenticationMethod None -AuthenticationUserName '' -ErrorAction Stop
    }

    It 'stopped while a message is on its way ends it, and loses nothing' {
        Stop-Process -InputObject $script:sink -Force
        Send-Mail -Name waiting -Count 5 | Should -Match 'taken: 5'
        $sender = Start-Node -Name flight -Argument "$PSScriptRoot\send.mjs", $module, $port, 'flight', 1, "$work\gate"
        Wait-Until { Test-Path "$work\gate.begun" }
        $null = sc.exe stop SmtpRelay
        Start-Sleep -Seconds 1
        Set-Content -Path "$work\gate" -Value go
        $sender.WaitForExit()
        Wait-Until { (Get-Service -Name SmtpRelay).Status -eq 'Stopped' }
        (Get-SmtpRelay).Status | Should -Be 'Stopped'
        $said = Get-Content "$work\flight.out" -Raw
        $said | Should -Match 'taken: 1'
        Start-SmtpRelay -Timeout 00:02:00 -ErrorAction Stop
        @(Get-SmtpMessage).Count | Should -Be 6
        $script:sink = Start-Sink
        Restart-SmtpQueue -Identity *
        Wait-Until { @(Get-Taken waiting).Count -eq 5 -and @(Get-Taken flight).Count -eq 1 }
    }

    It 'whose Node is killed reports a failure, says so after the next start, and loses nothing' {
        Stop-Process -InputObject $script:sink -Force
        Send-Mail -Name killed -Count 10 | Should -Match 'taken: 10'
        Stop-Process -Id (Get-SmtpRelay).ProcessId -Force
        Wait-Until { (Get-Service -Name SmtpRelay).Status -eq 'Stopped' }
        Start-SmtpRelay -Timeout 00:02:00 -ErrorAction Stop
        (Get-SmtpRelay).Warnings -join ' ' | Should -Match 'ended unexpectedly'
        $script:sink = Start-Sink
        Restart-SmtpQueue -Identity *
        Wait-Until { @(Get-Taken killed | Sort-Object -Unique).Count -eq 10 }
    }

    It 'stops and starts with Stop-, Restart- and Start-SmtpRelay' {
        Stop-SmtpRelay -ErrorAction Stop
        (Get-Service -Name SmtpRelay).Status | Should -Be 'Stopped'
        Start-SmtpRelay -Timeout 00:02:00 -ErrorAction Stop
        Restart-SmtpRelay -Timeout 00:02:00 -ErrorAction Stop
        (Get-SmtpRelay).Status | Should -Be 'Running'
    }
}

Describe 'Uninstall-SmtpRelay' {
    It 'removes the service and keeps the data' {
        Uninstall-SmtpRelay -Force -ErrorAction Stop
        Get-Service -Name SmtpRelay -ErrorAction Ignore | Should -BeNullOrEmpty
        Test-Path "$data\settings.json" | Should -BeTrue
        Test-Path HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\SmtpRelay | Should -BeFalse
    }
}

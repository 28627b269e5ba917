# Sessions as they are, what is said in them, and statistics, with the cmdlets and a real relay.

Describe 'Live' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
        $hop = Start-TestNextHop
        $relay = Start-TestRelay -SmartHost "127.0.0.1:$($hop.Port)"

        function Open-Session {
            $client = [System.Net.Sockets.TcpClient]::new('127.0.0.1', $relay.Port)
            $client.ReceiveTimeout = 10000
            $reader = [System.IO.StreamReader]::new($client.GetStream())
            $null = $reader.ReadLine()
            [pscustomobject]@{ Client = $client; Reader = $reader }
        }
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Stop-TestNextHop -NextHop $hop
    }

    It 'shows sessions and ends them' {
        $session = Open-Session
        $found = @(Get-SmtpSession -Direction Inbound)
        $found.Count | Should -Be 1
        $found[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Session'
        $found[0].IPAddress | Should -Be '127.0.0.1'
        $found[0].Age | Should -BeOfType [timespan]
        ($found | Format-Table | Out-String -Width 160) | Should -Match 'Identity +Direction +Name'
        Get-SmtpSession -IPAddress 192.0.2.* | Should -BeNullOrEmpty
        $found | Stop-SmtpSession -WhatIf
        @(Get-SmtpSession).Count | Should -Be 1
        $found | Stop-SmtpSession -Confirm:$false
        $session.Reader.ReadLine() | Should -Match '^421 4\.3\.2 '
        Wait-Until { @(Get-SmtpSession -Direction Inbound).Count -eq 0 }
        $refusal = (Get-Refusal { Stop-SmtpSession -Identity $found[0].Identity -Confirm:$false })[0]
        $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $session.Client.Close()
    }

    It 'traces what is said, and ends in time' {
        $sender = [powershell]::Create()
        $null = $sender.AddScript({
                param($Port)
                Start-Sleep -Seconds 2
                $client = [System.Net.Mail.SmtpClient]::new('127.0.0.1', $Port)
                $client.Send('app@example.com', 'someone@example.net', 'Traced', 'some text')
                $client.Dispose()
            }).AddArgument($relay.Port)
        $sending = $sender.BeginInvoke()
        $lines = @(Get-SmtpSession -Trace -Duration '00:00:06')
        $null = $sender.EndInvoke($sending)
        $lines[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.TraceLine'
        @($lines | Where-Object { $_.Direction -eq 'Inbound' -and $_.Line -match '^RCPT .*250 ' }).Count | Should -Be 1
        @($lines | Where-Object { $_.Direction -eq 'Outbound' -and $_.Line -match '^250 2\.0\.0 Taken' }).Count | Should -Be 1
        ($lines | Format-Table | Out-String -Width 160) | Should -Match 'Time +Session +Peer'
    }

    It 'lets a trace go when it is interrupted' {
        $shell = [powershell]::Create()
        $null = $shell.AddScript({
                param($Module)
                Import-Module $Module
                Get-SmtpSession -Trace
            }).AddArgument([System.IO.Path]::GetFullPath("$PSScriptRoot/../../SmtpRelay.psd1"))
        $null = $shell.BeginInvoke()
        Start-Sleep -Seconds 3
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        [string]$shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Dispose()
    }

    It 'counts' {
        $rows = @(Get-SmtpStatistic)
        $rows.Scope | Should -Be 'Relay', 'Listener', 'Connector'
        $rows[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Statistic'
        $rows[2].Delivered | Should -Be 1
        $rows[2].LastSuccess | Should -BeOfType [datetime]
        ($rows | Format-Table | Out-String -Width 160) | Should -Match 'Scope +Name +Received'
    }
}

Describe 'Health' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
        $hop = Start-TestNextHop
        $relay = Start-TestRelay -SmartHost "127.0.0.1:$($hop.Port)"
        # Nobody answers there, so no test waits for the Internet.
        $silent = @{ TimeServer = '127.0.0.1:1' }
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Stop-TestNextHop -NextHop $hop
    }

    It 'is told as objects' {
        $checks = @(Test-SmtpRelay @silent)
        $checks[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.HealthCheck'
        $checks.Name | Should -Contain 'OpenRelay'
        @($checks | Where-Object { $_.Name -eq 'Listener' }).Status | Should -Be 'Passed'
        @($checks | Where-Object { $_.Name -eq 'Connector' }).Status | Should -BeIn 'Passed', 'Warning'
        ($checks | Format-Table | Out-String -Width 160) | Should -Match 'Name +Target +Status'
        (Get-Refusal { Test-SmtpRelay -Deliverability })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter*'
        (Test-SmtpReverseDns -IPAddress 192.0.2.1).PSObject.TypeNames[0] | Should -Be 'SmtpRelay.ReverseDns'
    }

    It 'is told to monitoring systems, with an exit code' {
        $code = 'Import-Module ./SmtpRelay.psd1; Test-SmtpRelay -TimeServer 127.0.0.1:1 -As Nagios; exit $LASTEXITCODE'
        Push-Location "$PSScriptRoot/../.."
        try {
            $text = dotnet pwsh -NoProfile -NonInteractive -Command $code
            $state = $LASTEXITCODE
        } finally {
            Pop-Location
        }
        @($text)[0] | Should -Match '^SMTPRELAY (OK|WARNING|CRITICAL) - .* \| passed=\d+ warnings=\d+ failed=\d+$'
        $state | Should -Be ([array]::IndexOf(@('OK', 'WARNING', 'CRITICAL'), @($text)[0].Split(' ')[1]))
        Test-SmtpRelay @silent -As Checkmk | Should -Match '^[0-2] SmtpRelay passed=\d+\|warnings=\d+\|failed=\d+ '
        (Test-SmtpRelay @silent -As PRTG | ConvertFrom-Json).prtg.result.channel | Should -Be 'Failed', 'Warning', 'Passed'
    }

    It 'is written as a report' {
        $path = Join-Path $relay.DataPath 'report.html'
        Export-SmtpRelayReport -Path $path -WhatIf
        Test-Path $path | Should -BeFalse
        (Export-SmtpRelayReport -Path $path -Days 2).FullName | Should -Be $path
        Get-Content -LiteralPath $path -Raw | Should -Match '(?s)<h1>.*Mail report'
        (Get-Refusal { Export-SmtpRelayReport -Path $path })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.FileExists*'
        { Export-SmtpRelayReport -Path $path -Force -ErrorAction Stop } | Should -Not -Throw
    }

    It 'is broken when the relay does not run' {
        Stop-SmtpRelay
        (Test-SmtpRelay).Status | Should -Be 'Failed'
        (Test-SmtpRelay).Action | Should -Be 'Start-SmtpRelay'
        Test-SmtpRelay -As Nagios | Should -Match '^SMTPRELAY CRITICAL - Service: .*not running.*Start-SmtpRelay'
        $global:LASTEXITCODE | Should -Be 2
    }
}

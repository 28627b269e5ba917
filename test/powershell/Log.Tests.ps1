# Reading logs: of the relay, and of an old server without one.

BeforeAll {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    Import-Module "$root/SmtpRelay.psd1" -Force
    Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
    $old = Join-Path -Path $TestDrive -ChildPath 'SMTPSVC1'
    $null = New-Item -Path $old -ItemType Directory
    foreach ($vector in Get-Content -Path "$root/test/log/old-logs.json" -Raw | ConvertFrom-Json) {
        [System.IO.File]::WriteAllText((Join-Path -Path $old -ChildPath "ex240304-$($vector.id).log"), ($vector.lines -join "`r`n") + "`r`n")
    }
}

Describe 'Get-SmtpLog with files, without a relay' {
    BeforeAll {
        $before = $env:SMTP_RELAY_DATA
        $env:SMTP_RELAY_DATA = Join-Path -Path $TestDrive -ChildPath 'nothing'
    }

    AfterAll {
        $env:SMTP_RELAY_DATA = $before
    }

    It 'reads a folder, a pattern and files from the pipeline alike' {
        $all = @(Get-SmtpLog -Path $old)
        $all.Count | Should -Be 26
        $all[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.LogEntry'
        @(Get-SmtpLog -Path (Join-Path -Path $old -ChildPath '*.log')).Count | Should -Be 26
        @(Get-ChildItem -Path $old | Get-SmtpLog).Count | Should -Be 26
    }

    It 'filters' {
        $file = Join-Path -Path $old -ChildPath 'ex240304-full-21-fields.log'
        @(Get-SmtpLog -Path $file -ClientIP 192.0.2.10).Count | Should -Be 5
        @(Get-SmtpLog -Path $file -Direction Outbound).Count | Should -Be 6
        (Get-SmtpLog -Path $file -Code 421).Reply | Should -Be '4.7.0 try again later - see https://example.net/help'
        (Get-SmtpLog -Path $file -Recipient user@example.net).Command | Should -Be 'RCPT'
        @(Get-SmtpLog -Path $file -Tail 2).Command | Should -Be @('Reply', 'QUIT')
        @(Get-SmtpLog -Path $file -ResultSize 3).Count | Should -Be 3
        @(Get-SmtpLog -Path $file -Start ([datetime]'2024-03-04T05:00:18Z')).Count | Should -Be 2
    }

    It 'groups lines into conversations' {
        $session = Get-SmtpLog -Path (Join-Path -Path $old -ChildPath 'ex240304-full-21-fields.log') -AsSession -Sender app@example.com -Direction Inbound
        $session.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.LogSession'
        $session.Duration | Should -Be ([timespan]::FromMilliseconds(1015))
        $session.Recipients | Should -Be 'user@example.net'
        $session.Entries.Count | Should -Be 5
        ($session | Out-String) | Should -Match '00:00:01.015'
    }

    It 'ends when the pipeline has enough' {
        (Get-SmtpLog -Path $old | Select-Object -First 1).Command | Should -Not -BeNullOrEmpty
    }

    It 'says what is not there' {
        Get-SmtpLog -Path (Join-Path -Path $TestDrive -ChildPath 'no.log') -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound*'
        Get-SmtpLog -AsSession -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.RelayNotInstalled*'
        Get-SmtpLog -Path $old -AsSession -Wait -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter*'
    }

    It 'reports the clients of the old server' {
        $clients = @(Get-SmtpClientReport -Path $old)
        $clients[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.ClientSummary'
        $clients[0].ClientIP | Should -Be '192.0.2.10'
        $clients[0].RecipientDomains | Should -Contain 'example.net'
        (Get-SmtpClientReport -Path $old -ClientIP 203.0.113.9).Refusals | Should -Be 2
        ($clients | Out-String) | Should -Match 'APPSRV01'
    }
}

Describe 'The logs of a relay' {
    BeforeAll {
        $relay = Start-TestRelay
        $null = Send-SmtpTestMessage -From me@example.com -To jo@example.net
        $client = [System.Net.Mail.SmtpClient]::new('127.0.0.1', $relay.Port)
        $client.Send('app@example.com', 'anna@contoso.example', 'Hello', 'Text')
        $client.Dispose()
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
    }

    It 'have conversations' {
        $session = @(Get-SmtpLog -AsSession -Sender app@example.com)
        $session.Count | Should -Be 1
        $session[0].Messages | Should -Be 1
        $session[0].Listener | Should -Not -BeNullOrEmpty
        @(Get-SmtpLog -SessionId $session[0].Session).Count | Should -Be $session[0].Lines
    }

    It 'can be watched' {
        $seen = Get-SmtpLog -Wait -Tail 5 -ClientIP 127.0.0.1 | Select-Object -First 2
        $seen.Count | Should -Be 2
    }

    It 'tell the story of a message' {
        $trace = Get-SmtpMessageTrace -Recipient anna@contoso.example
        $trace.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.MessageTrace'
        $trace.Sender | Should -Be 'app@example.com'
        $trace.Events[0].EventId | Should -Be 'RECEIVE'
        $trace.Summary | Should -Match "Get-SmtpMessage -Identity $($trace.InternalMessageId)|Not delivered"
        (Get-SmtpMessageTrace -InternalMessageId $trace.InternalMessageId).MessageId | Should -Be $trace.MessageId
        @(Get-SmtpMessageTrace -Sender nobody@example.com).Count | Should -Be 0
        ($trace | Out-String) | Should -Match 'Summary'
    }

    It 'tell who uses the relay' {
        $client = Get-SmtpClientReport -ClientIP 127.0.0.1
        $client.Messages | Should -Be 1
        $client.Senders | Should -Be 'app@example.com'
        $client.RecipientDomains | Should -Be 'contoso.example'
        $client.TlsVersions | Should -Be 'None'
        $client.Bytes | Should -BeGreaterThan 0
    }
}

Describe 'SmtpLogging' {
    BeforeAll {
        $relay = Start-TestRelay
        $iisLogs = Join-Path -Path $TestDrive -ChildPath 'LogFiles/SMTPSVC1'
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
    }

    It 'are shown with their folders' {
        $logging = Get-SmtpLogging
        $logging.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Logging'
        $logging.ProtocolLogMaxAge | Should -Be ([timespan]'30.00:00:00')
        $logging.ProtocolLogDirectory | Should -BeLike '*protocol'
        $text = $logging | Out-String
        $text | Should -Match 'ProtocolLogFields +: \(all\)'
        $text | Should -Match 'ActivityLogMaxDirectorySize +: 1.0 GB'
    }

    It 'are changed as given, and read back in the format of IIS from where they are' {
        $change = @{
            ProtocolLogFormat                       = 'Compatible'
            ProtocolLogPath                         = $iisLogs
            ProtocolLogField                        = 'sc-status', 'time', 'c-ip', 'cs-username', 'cs-method', 'cs-uri-query', 'date'
            ProtocolLogPeriod                       = 'Month'
            ProtocolLogMaxFileSize                  = 1MB
            MessageTrackingLogMaxAge                = '10.00:00:00'
            MessageTrackingLogSubjectLoggingEnabled = $false
        }
        Set-SmtpLogging @change -WhatIf
        (Get-SmtpLogging).ProtocolLogFormat | Should -Be 'W3C'
        Set-SmtpLogging @change | Should -BeNullOrEmpty
        $after = Get-SmtpLogging
        $after.ProtocolLogFields | Should -Contain 'sc-status'
        $after.ProtocolLogDirectory | Should -Be $iisLogs
        $after.ProtocolLogMaxFileSize | Should -Be 1MB
        $after.MessageTrackingLogMaxAge | Should -Be ([timespan]'10.00:00:00')

        $client = [System.Net.Sockets.TcpClient]::new('127.0.0.1', $relay.Port)
        $writer = [System.IO.StreamWriter]::new($client.GetStream())
        $writer.Write("EHLO printer.example`r`nQUIT`r`n")
        $writer.Flush()
        $null = [System.IO.StreamReader]::new($client.GetStream()).ReadToEnd()
        $client.Dispose()

        $quit = Get-SmtpLog -Code 240
        $quit.Command | Should -Be 'QUIT'
        $quit.Argument | Should -Be 'printer.example'
        @(Get-SmtpLog -AsSession -ClientIP 127.0.0.1).Count | Should -BeGreaterOrEqual 1
        $file = Get-ChildItem -Path $iisLogs -Filter 'ex*.log'
        $file.Name | Should -Be ('ex{0:yyMM}.log' -f [datetime]::UtcNow)
        $lines = [System.IO.File]::ReadAllText($file.FullName) -split "`r`n"
        $lines[0] | Should -Be '#Software: Microsoft Internet Information Services 10.0'
        $lines[3] | Should -Be '#Fields: date time c-ip cs-username cs-method cs-uri-query sc-status '
    }

    It 'offer the names of fields at the Tab key' {
        $offered = (TabExpansion2 -inputScript 'Set-SmtpLogging -ProtocolLogField cs-u').CompletionMatches.CompletionText
        $offered | Should -Be @('cs-username', 'cs-uri-stem', 'cs-uri-query')
        (TabExpansion2 -inputScript "Set-SmtpLogging -ProtocolLogField 'cs(U").CompletionMatches.CompletionText | Should -Be "'cs(User-Agent)'"
    }

    It 'go back to what they were with empty values' {
        $after = Set-SmtpLogging -ProtocolLogPath '' -ProtocolLogField @() -ProtocolLogMaxFileSize $null -ProtocolLogFormat W3C -PassThru
        $after.ProtocolLogPath | Should -BeNullOrEmpty
        $after.ProtocolLogMaxFileSize | Should -BeNullOrEmpty
        $after.ProtocolLogFields.Count | Should -Be 0
        $after.ProtocolLogDirectory | Should -BeLike '*protocol'
    }

    It 'are refused with what is wrong' {
        Set-SmtpLogging -ProtocolLogField date, x-rule -ProtocolLogFormat Compatible -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem.Count | Should -Be 2
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter*'
        $blocked = Join-Path -Path $TestDrive -ChildPath 'file'
        Set-Content -LiteralPath $blocked -Value 'not a folder'
        Set-SmtpLogging -ActivityLogPath $blocked -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].Exception.Message | Should -BeLike "*can't be used by the account of the relay*"
        (Get-SmtpLogging).ActivityLogPath | Should -BeNullOrEmpty
    }
}

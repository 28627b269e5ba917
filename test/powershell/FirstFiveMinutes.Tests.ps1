# The first five minutes of an administrator, all real: the cmdlets, the engine, a Postfix as next hop,
# and the clients that send mail through relays like this one.

BeforeDiscovery {
    $missing = @('postfix', 'swaks', 'curl' | Where-Object { -not (Get-Command $_ -ErrorAction SilentlyContinue) -and -not (Test-Path "/usr/sbin/$_") })
    # Postfix drops its own rights and so must be started by root.
    $script:leaveOut = $missing.Count -gt 0 -or $env:OS -eq 'Windows_NT' -or [Environment]::UserName -ne 'root'
}

BeforeAll {
    Import-Module "$PSScriptRoot/TestRelay.psm1"
    $script:root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")

    function Invoke-Postfix {
        param([string]$Action)

        $env:PF_DIR = $script:postfix.Folder
        $env:PF_PORT = $script:postfix.Port
        & "$script:root/test/support/postfix.sh" $Action
        if ($LASTEXITCODE -ne 0) {
            throw "postfix.sh $Action ended with code $LASTEXITCODE"
        }
        if ($Action -eq 'start') {
            Wait-Until { Test-TcpPort $script:postfix.Port }
        }
    }

    function Test-TcpPort {
        param([int]$Port)

        $client = [System.Net.Sockets.TcpClient]::new()
        try {
            $client.Connect('127.0.0.1', $Port)
            $true
        } catch {
            $false
        } finally {
            $client.Dispose()
        }
    }

    # The messages that Postfix has put into the box for a recipient, as bytes read one to one into text.
    function Get-Delivered {
        param([string]$Recipient)

        $folder = "$($script:postfix.Folder)/mail/box/new"
        if (Test-Path $folder) {
            Get-ChildItem $folder | ForEach-Object {
                $text = [System.IO.File]::ReadAllText($_.FullName, [System.Text.Encoding]::Latin1)
                if ($text -match "(?m)^Delivered-To: $([regex]::Escape($Recipient))`$") {
                    $text
                }
            }
        }
    }

    # Without the trace header that each server on the way puts in front; line ends of the mailbox.
    function Remove-TraceHeader {
        param([string]$Text)

        $lines = [System.Collections.Generic.List[string]]($Text.Replace("`r`n", "`n") -split "`n")
        while ($lines[0] -match '^(x-sender|x-receiver|Return-Path|X-Original-To|Delivered-To|Received):') {
            $lines.RemoveAt(0)
            while ($lines[0] -match '^[ \t]') {
                $lines.RemoveAt(0)
            }
        }
        $lines -join "`n"
    }

    # What the relay holds of the waiting message for a recipient.
    function Get-Queued {
        param([string]$Recipient)

        Get-ChildItem "$($script:relay.DataPath)/Queue" -Filter *.eml | ForEach-Object {
            $text = [System.IO.File]::ReadAllText($_.FullName, [System.Text.Encoding]::Latin1)
            if ($text -match "(?m)^x-receiver: <$([regex]::Escape($Recipient))>") {
                $text
            }
        }
    }

    function Get-StoryOf {
        param([string]$Recipient)

        (Get-SmtpTrackingLog -Recipients $Recipient).EventId
    }

    # A message as a file with CRLF: UTF-8 subject, 8-bit text, dots at line starts, binary attachment.
    function New-MessageFile {
        param([string]$Recipient)

        $path = [System.IO.Path]::GetTempFileName()
        $attachment = [Convert]::ToBase64String($script:attachment, 'InsertLineBreaks')
        $text = @(
            'From: app@example.com', "To: $Recipient", "Subject: =?utf-8?B?$([Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes($script:subject)))?="
            'Date: Wed, 25 Nov 2026 08:00:00 +0100', "Message-ID: <$([guid]::NewGuid())@example.com>", 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="b1"', ''
            '--b1', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit', '', $script:body, '.', '..', '.leading dot', '--b1'
            'Content-Type: application/octet-stream; name="data.bin"', 'Content-Transfer-Encoding: base64', 'Content-Disposition: attachment; filename="data.bin"', '', $attachment, '--b1--', ''
        ) -join "`r`n"
        [System.IO.File]::WriteAllText($path, $text, [System.Text.UTF8Encoding]::new($false))
        $path
    }

    $script:subject = 'Gr' + [char]0xFC + [char]0xDF + 'e aus K' + [char]0xF6 + 'ln ' + [char]0x20AC
    $script:body = 'Sm' + [char]0xF8 + 'rrebr' + [char]0xF8 + 'd ' + [char]0x4E2D + [char]0x6587
    $script:attachment = [byte[]]@(0..255) * 8
    $script:attachmentFile = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), "smtp-relay-$PID.bin")
    [System.IO.File]::WriteAllBytes($script:attachmentFile, $script:attachment)
}

Describe 'The first five minutes' -Skip:$script:leaveOut {
    BeforeAll {
        $script:postfix = [pscustomobject]@{ Folder = "/tmp/smtp-relay-postfix-$PID"; Port = Get-FreePort }
        Invoke-Postfix create
        Invoke-Postfix start
        $script:relay = Start-TestRelay
        $null = New-SmtpConnector -Name Postfix -Type SmartHost -AddressSpace example.test -SmartHost "127.0.0.1:$($script:postfix.Port)"
    }

    AfterAll {
        Stop-TestRelay $script:relay
        Invoke-Postfix destroy
        Remove-Item $script:attachmentFile -ErrorAction SilentlyContinue
    }

    It 'has a relay that serves and says so' {
        $state = Get-SmtpRelay
        $state.Status | Should -Be 'Running'
        $state.Health | Should -Be 'Green'
    }

    It 'delivers what curl sends, byte for byte' {
        $file = New-MessageFile curl@example.test
        curl --silent --show-error --url "smtp://127.0.0.1:$($relay.Port)/client.example" --mail-from app@example.com --mail-rcpt curl@example.test --upload-file $file
        $LASTEXITCODE | Should -Be 0
        Wait-Until { Get-Delivered curl@example.test }
        $sent = [System.IO.File]::ReadAllText($file, [System.Text.Encoding]::Latin1).Replace("`r`n", "`n")
        Remove-TraceHeader (Get-Delivered curl@example.test) | Should -BeExactly $sent
        Get-StoryOf curl@example.test | Should -Be 'RECEIVE', 'SEND'
    }

    It 'delivers what swaks sends, byte for byte' {
        $file = New-MessageFile swaks@example.test
        $null = swaks --server "127.0.0.1:$($relay.Port)" --from app@example.com --to swaks@example.test --data "@$file" --suppress-data
        $LASTEXITCODE | Should -Be 0
        Wait-Until { Get-Delivered swaks@example.test }
        $sent = [System.IO.File]::ReadAllText($file, [System.Text.Encoding]::Latin1).Replace("`r`n", "`n")
        # swaks ends its data with a line end of its own.
        (Remove-TraceHeader (Get-Delivered swaks@example.test)).TrimEnd("`n") | Should -BeExactly $sent.TrimEnd("`n")
        Get-StoryOf swaks@example.test | Should -Be 'RECEIVE', 'SEND'
    }

    Context 'while the mail server is down' {
        BeforeAll {
            Invoke-Postfix stop
            $client = [System.Net.Mail.SmtpClient]::new('127.0.0.1', $relay.Port)
            $message = [System.Net.Mail.MailMessage]::new('app@example.com', 'dotnet@example.test', $script:subject, $script:body)
            $message.SubjectEncoding = $message.BodyEncoding = [System.Text.Encoding]::UTF8
            $message.BodyTransferEncoding = 'EightBit'
            $message.Attachments.Add([System.Net.Mail.Attachment]::new($script:attachmentFile))
            $client.Send($message)
            $message.Dispose()
            $client.Dispose()
            $send = @{
                SmtpServer    = '127.0.0.1'
                Port          = $relay.Port
                From          = 'app@example.com'
                To            = 'sendmailmessage@example.test'
                Subject       = $script:subject
                Body          = $script:body
                Encoding      = 'utf8'
                Attachments   = $script:attachmentFile
                WarningAction = 'SilentlyContinue'
            }
            Send-MailMessage @send
            Wait-Until { (Get-SmtpQueue | Where-Object NextHopConnector -EQ 'Postfix').Status -eq 'Retry' }
            # What stays becomes a readable file after some seconds.
            Wait-Until { (Get-Queued dotnet@example.test) -and (Get-Queued sendmailmessage@example.test) } -Seconds 30
            $script:queued = @{
                dotnet          = Get-Queued dotnet@example.test
                sendmailmessage = Get-Queued sendmailmessage@example.test
            }
        }

        It 'shows the queue in Retry, with the last error and the next time' {
            $queue = Get-SmtpQueue | Where-Object NextHopConnector -EQ 'Postfix'
            $queue.Status | Should -Be 'Retry'
            $queue.MessageCount | Should -Be 2
            $queue.LastError | Should -Match 'connection refused'
            $queue.NextRetryTime | Should -BeGreaterThan (Get-Date)
            $queue.NextHopDomain | Should -Be "127.0.0.1:$($postfix.Port)"
        }

        It 'shows the waiting messages with sender, recipient and reason' {
            $messages = @(Get-SmtpQueue | Where-Object NextHopConnector -EQ 'Postfix' | Get-SmtpMessage)
            $messages.Count | Should -Be 2
            $messages.FromAddress | Should -Be 'app@example.com', 'app@example.com'
            $messages.Recipients.EmailAddress | Sort-Object | Should -Be 'dotnet@example.test', 'sendmailmessage@example.test'
            $messages[0].Subject | Should -Be $script:subject
            $messages[0].LastError | Should -Match 'connection refused'
        }

        It 'keeps each message as a readable file that holds the whole of it' {
            foreach ($text in $script:queued.Values) {
                $text | Should -Match '^x-sender: <app@example.com>'
                $text | Should -Match ([regex]::Escape([Convert]::ToBase64String($script:attachment).Substring(0, 60)))
            }
        }

        It 'asks to start the relay when it is stopped, in one sentence' {
            Stop-SmtpRelay -Confirm:$false
            $failure = { Get-SmtpQueue -ErrorAction Stop } | Should -Throw -PassThru
            $failure.FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.RelayNotRunning*'
            $failure.ErrorDetails.RecommendedAction | Should -Match 'Start-SmtpRelay'
            Start-SmtpRelay
            (Get-SmtpRelay).Queued | Should -Be 2
        }
    }

    Context 'when the mail server is back' {
        BeforeAll {
            Invoke-Postfix start
            Restart-SmtpQueue -Identity *
        }

        It 'delivers what <_> sent, as it was accepted, byte for byte' -ForEach 'dotnet', 'sendmailmessage' {
            $recipient = "$_@example.test"
            Wait-Until { Get-Delivered $recipient }
            Remove-TraceHeader (Get-Delivered $recipient) | Should -BeExactly (Remove-TraceHeader $script:queued[$_])
        }

        It 'tells the whole story of <_> in the tracking log' -ForEach 'dotnet', 'sendmailmessage' {
            $story = @(Get-StoryOf "$_@example.test")
            $story[0] | Should -Be 'RECEIVE'
            $story[-1] | Should -Be 'SEND'
        }

        It 'has the deferral of the first message in the tracking log, with its reason' {
            $deferred = @(Get-SmtpTrackingLog -EventId DEFER)
            $deferred.Count | Should -BeGreaterThan 0
            $deferred[0].RecipientStatus[0] | Should -Match 'connection refused'
        }

        It 'leaves nothing in the queue' {
            Wait-Until { (Get-SmtpRelay).Queued -eq 0 }
            Get-ChildItem "$($relay.DataPath)/Queue" | Should -BeNullOrEmpty
        }
    }

    It 'returns mail for an unknown mailbox with the words of the server' {
        $null = swaks --server "127.0.0.1:$($relay.Port)" --from boss@example.test --to unknown@example.test --suppress-data
        Wait-Until { Get-Delivered boss@example.test }
        $report = Get-Delivered boss@example.test
        $report | Should -Match 'Your message could not be delivered to:'
        $report | Should -Match 'Diagnostic-Code: smtp; 550 5\.1\.1 <unknown@example\.test>: Recipient address rejected'
        (Get-SmtpTrackingLog -Recipients unknown@example.test).EventId | Should -Be 'RECEIVE', 'FAIL', 'DSN'
    }

    It 'waits for the result of a test message' {
        $result = Send-SmtpTestMessage -From app@example.com -To test@example.test -Wait
        $result.Result | Should -Be 'Delivered'
        $result.Connector | Should -Be 'Postfix'
        $result.Reply | Should -Match '^250 2\.0\.0'
    }

    It 'leaves its data when it is uninstalled, unless told otherwise' {
        Uninstall-SmtpRelay -Confirm:$false
        Test-TcpPort $relay.Port | Should -BeFalse
        Test-Path "$($relay.DataPath)/settings.json" | Should -BeTrue
        Install-SmtpRelay -DataPath $relay.DataPath -ServiceHost Process
        (Get-SmtpRelay).Status | Should -Be 'Stopped'
        Uninstall-SmtpRelay -RemoveData -Confirm:$false
        Test-Path $relay.DataPath | Should -BeFalse
    }
}

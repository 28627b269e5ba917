# Mail of domains that stay here: from a .NET program into the folder, and from the folder out again.

Describe 'Drop folders' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force

        function Send-BySmtp {
            param([string]$To, [string]$Subject)
            $mail = [System.Net.Mail.MailMessage]::new('app@example.com', $To, $Subject, 'some text')
            $client = [System.Net.Mail.SmtpClient]::new('127.0.0.1', $relay.Port)
            try {
                $client.Send($mail)
            } finally {
                $client.Dispose()
                $mail.Dispose()
            }
        }

        function Get-Dropped {
            param([string]$Path)
            @(Get-ChildItem -LiteralPath $Path -Filter '*.eml' -ErrorAction SilentlyContinue)
        }

        $hop = Start-TestNextHop
        $relay = Start-TestRelay -SmartHost "127.0.0.1:$($hop.Port)"
        $folder = Join-Path ([System.IO.Path]::GetTempPath()) "smtp-relay-drop-$([guid]::NewGuid().ToString('n'))"
        $null = New-Item -ItemType Directory -Path $folder
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Stop-TestNextHop -NextHop $hop
        Remove-Item -LiteralPath $folder, "$folder.away" -Recurse -Force -ErrorAction SilentlyContinue
    }

    It 'take what .NET sends by SMTP, and tell of it in the tracking log' {
        $domain = New-SmtpDomain -Name local.example -DropDirectory $folder
        $domain.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Domain'
        $domain.DropDirectory | Should -Be $folder
        (Get-SmtpDomain -Identity local.example | Format-Table | Out-String -Width 160) | Should -Match 'AllowRelay +DropDirectory'
        Send-BySmtp -To 'one@local.example,two@local.example' -Subject 'Dropped'
        Wait-Until { @(Get-Dropped $folder).Count -eq 1 }
        $text = Get-Content -LiteralPath (Get-Dropped $folder)[0].FullName -Raw
        $text | Should -Match '\Ax-sender: app@example.com\r\nx-receiver: one@local.example\r\nx-receiver: two@local.example\r\nReturn-Path: <app@example.com>\r\nReceived: '
        $text | Should -Match '(?m)^Subject: Dropped\r$'
        Wait-Until { @(Get-SmtpTrackingLog -EventId DELIVER).Count -eq 1 }
        $entry = Get-SmtpTrackingLog -EventId DELIVER -Source GATEWAY
        $entry.SourceContext | Should -Be (Get-Dropped $folder)[0].FullName
        $entry.Recipients | Should -Be 'one@local.example', 'two@local.example'
        (Test-RelayRestriction -IPAddress 203.0.113.9 -Recipient one@local.example).Rule | Should -Be 'AcceptedDomain:local.example'
        (Test-RelayRestriction -IPAddress 203.0.113.9 -Recipient one@other.example).Allowed | Should -BeFalse
    }

    It 'wait when the folder is away, and the queue says what to do' {
        Rename-Item -LiteralPath $folder -NewName "$folder.away"
        Send-BySmtp -To 'one@local.example' -Subject 'Later'
        Wait-Until { (Get-SmtpQueue).Status -eq 'Retry' }
        $queue = Get-SmtpQueue
        $queue.DeliveryType | Should -Be 'DropDelivery'
        $queue.NextHopDomain | Should -Be 'local.example'
        $queue.LastError | Should -BeLike '451 4.3.5 The drop folder * does not exist; make it, or name another one with Set-SmtpDomain -DropDirectory'
        Rename-Item -LiteralPath "$folder.away" -NewName $folder
        Restart-SmtpQueue -Identity *
        Wait-Until { @(Get-Dropped $folder).Count -eq 2 }
    }

    It 'are a source for the Pickup folder' {
        $null = Set-SmtpDomain -Identity local.example -DropDirectory ''
        (Get-SmtpDomain -Identity local.example).DropDirectory | Should -BeNullOrEmpty
        $file = Get-Dropped $folder | Where-Object { (Get-Content -LiteralPath $_.FullName -Raw) -match 'Subject: Dropped' }
        Move-Item -LiteralPath $file.FullName -Destination (Join-Path $relay.DataPath 'Pickup')
        Wait-Until { -not $hop.Messages.IsEmpty }
        $text = ''
        $null = $hop.Messages.TryDequeue([ref]$text)
        $text | Should -Match '(?m)^Subject: Dropped\r?$'
        $text | Should -Not -Match '(?im)^(x-sender|x-receiver|return-path):'
        Wait-Until { @(Get-SmtpTrackingLog -EventId SEND).Count -eq 1 }
        (Get-SmtpTrackingLog -EventId RECEIVE -Source PICKUP).Recipients | Should -Be 'one@local.example', 'two@local.example'
    }

    It 'have a place in the data folder by the name of Default' {
        $domain = Set-SmtpDomain -Identity local.example -DropDirectory Default -PassThru
        $domain.DropDirectory | Should -Be (Join-Path $relay.DataPath 'Drop')
        Send-BySmtp -To 'one@local.example' -Subject 'Third'
        Wait-Until { @(Get-Dropped $domain.DropDirectory).Count -eq 1 }
    }

    It 'are refused where the relay keeps its own files, and -WhatIf changes nothing' {
        foreach ($bad in 'Queue', 'BadMail', 'Pickup', 'logs') {
            { Set-SmtpDomain -Identity local.example -DropDirectory (Join-Path $relay.DataPath $bad) -ErrorAction Stop } |
                Should -Throw 'dropDirectory *'
        }
        { New-SmtpDomain -Name b.example -DropDirectory relative -ErrorAction Stop } | Should -Throw '*full path*'
        New-SmtpDomain -Name b.example -DropDirectory $folder -WhatIf
        @(Get-SmtpDomain).Count | Should -Be 1
    }
}

# Files that .NET programs put into the Pickup folder, from the program to the next hop.

Describe 'The Pickup folder' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force

        function Send-ByFile {
            param([string]$Folder, [System.Net.Mail.MailMessage]$Mail)
            $client = [System.Net.Mail.SmtpClient]::new()
            $client.DeliveryMethod = [System.Net.Mail.SmtpDeliveryMethod]::SpecifiedPickupDirectory
            $client.PickupDirectoryLocation = $Folder
            $client.Send($Mail)
            $client.Dispose()
        }

        function Receive-Next {
            Wait-Until { -not $hop.Messages.IsEmpty }
            $text = ''
            $null = $hop.Messages.TryDequeue([ref]$text)
            $text
        }

        $hop = Start-TestNextHop
        $relay = Start-TestRelay -SmartHost "127.0.0.1:$($hop.Port)"
        $pickup = Join-Path $relay.DataPath 'Pickup'
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Stop-TestNextHop -NextHop $hop
    }

    It 'is in the data folder at first' {
        (Get-SmtpRelayConfiguration).PickupEnabled | Should -BeTrue
        (Get-SmtpRelayConfiguration).PickupDirectory | Should -BeNullOrEmpty
        Test-Path -LiteralPath $pickup -PathType Container | Should -BeTrue
    }

    It 'sends what System.Net.Mail writes, blind copies too' {
        $mail = [System.Net.Mail.MailMessage]::new('app@example.com', 'one@example.net', 'Report', "first`r`n.dot`r`n")
        $mail.BodyTransferEncoding = [System.Net.Mime.TransferEncoding]::SevenBit
        $mail.CC.Add('"Two, the second" <two@example.net>')
        $mail.Bcc.Add('hidden@example.net')
        Send-ByFile -Folder $pickup -Mail $mail
        $text = Receive-Next
        $text | Should -Match '^Received: from pickup\r?\n'
        $text | Should -Match '(?m)^To: one@example.net\r?$'
        $text | Should -Not -Match 'hidden@example.net'
        $text | Should -Not -Match '(?im)^x-(sender|receiver):'
        # The next hop undoes nothing, so it shows the dot that SMTP adds.
        $text | Should -Match '(?m)^\.\.dot\r?$'
        @(Get-ChildItem -LiteralPath $pickup).Count | Should -Be 0
        Wait-Until { @(Get-SmtpTrackingLog -Sender app@example.com -EventId SEND).Count -gt 0 }
        $received = @(Get-SmtpTrackingLog -Sender app@example.com -EventId RECEIVE)
        $received.Count | Should -Be 1
        $received[0].Source | Should -Be 'PICKUP'
        $received[0].Recipients | Should -Be 'one@example.net', 'two@example.net', 'hidden@example.net'
    }

    It 'puts a file without sender into BadMail, with the reason' {
        Set-Content -LiteralPath (Join-Path $pickup 'wrong.txt') -Value 'To: one@example.net', '', 'text'
        $badMail = Join-Path $relay.DataPath 'BadMail'
        Wait-Until { @(Get-ChildItem -Path "$badMail/wrong.txt.*.BDR").Count -eq 1 }
        Get-Content -Path "$badMail/wrong.txt.*.BDR" -Raw | Should -Match 'No sender was found'
        Get-Content -Path "$badMail/wrong.txt.*.BAD" -Raw | Should -Match '^To: one@example.net'
    }

    It 'moves to another folder at once, stops and starts' {
        $other = Join-Path $relay.DataPath 'Elsewhere'
        Set-SmtpRelayConfiguration -PickupDirectory $other -PickupDotHandling Unstuff
        Wait-Until { Test-Path -LiteralPath $other }
        Send-ByFile -Folder $other -Mail ([System.Net.Mail.MailMessage]::new('b@example.com', 'one@example.net', 'Second', 'x'))
        Receive-Next | Should -Match 'Subject: Second'

        Set-SmtpRelayConfiguration -PickupEnabled $false
        Send-ByFile -Folder $other -Mail ([System.Net.Mail.MailMessage]::new('b@example.com', 'one@example.net', 'Third', 'x'))
        Start-Sleep -Seconds 3
        @(Get-ChildItem -LiteralPath $other).Count | Should -Be 1

        Set-SmtpRelayConfiguration -PickupEnabled $true
        Receive-Next | Should -Match 'Subject: Third'
        Set-SmtpRelayConfiguration -PickupDirectory '' -PassThru | ForEach-Object PickupDirectory | Should -BeNullOrEmpty
    }

    It 'refuses a folder that is no full path' {
        { Set-SmtpRelayConfiguration -PickupDirectory 'Pickup' -ErrorAction Stop } | Should -Throw '*full path of a folder*'
    }
}

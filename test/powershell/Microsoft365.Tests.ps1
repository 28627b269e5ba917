# From New-SmtpConnector -Preset Microsoft365Smtp to mail that has arrived, against a double of Microsoft 365
# (test/support/microsoft365.ts); the client is a program that knows plain SMTP only.

Describe 'Microsoft 365' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
        $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
        $start = [System.Diagnostics.ProcessStartInfo]::new('node')
        foreach ($argument in '--disable-warning=ExperimentalWarning', "$root/test/support/microsoft365.ts") {
            $start.ArgumentList.Add($argument)
        }
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $double = [System.Diagnostics.Process]::Start($start)
        $service = $double.StandardOutput.ReadLine() | ConvertFrom-Json
        # The relay trusts the certificate of the double, so that the preset's TlsMode Verify holds.
        $trusted = $env:NODE_EXTRA_CA_CERTS
        $env:NODE_EXTRA_CA_CERTS = $service.ca
        $relay = Start-TestRelay
        $secret = ConvertTo-SecureString 'good-secret' -AsPlainText -Force

        # Changes the double, and gets what it has seen.
        function Set-Double {
            param([hashtable]$Change = @{})
            Invoke-RestMethod -Method Post -Uri "http://127.0.0.1:$($service.httpPort)/double" -Body (ConvertTo-Json $Change)
        }

        # As a printer does it.
        function Send-Plain {
            param([string]$Subject)
            $client = [System.Net.Mail.SmtpClient]::new('127.0.0.1', $relay.Port)
            $client.Send('printer@contoso.example', 'boss@example.com', $Subject, 'Page 1')
            $client.Dispose()
        }
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        $env:NODE_EXTRA_CA_CERTS = $trusted
        if ($double) {
            $double.StandardInput.Close()
            if (-not $double.WaitForExit(5000)) {
                $double.Kill()
            }
        }
    }

    It 'gets a connector from the preset, which tells what is to be done there' {
        $connector = New-SmtpConnector -Name M365 -Preset Microsoft365Smtp -SmartHost "localhost:$($service.smtpPort)" `
            -AuthenticationUserName printer@contoso.example -TenantId contoso.onmicrosoft.com `
            -ClientId 11111111-2222-3333-4444-555555555555 -TokenEndpoint $service.tokenEndpoint `
            -InformationVariable steps -InformationAction SilentlyContinue
        $connector.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Connector'
        $connector.TlsMode, $connector.AuthenticationMethod, $connector.Preset | Should -Be 'Verify', 'XOAUTH2', 'Microsoft365Smtp'
        $connector.MaxMessagesPerMinute | Should -Be 30
        "$steps" | Should -BeLike '*SMTP.SendAsApp*New-ServicePrincipal -AppId 11111111-2222-3333-4444-555555555555*Add-MailboxPermission -Identity printer@contoso.example*'
        (Get-SmtpConnectorPreset -Connector M365).Steps[-1] | Should -Be 'Test-SmtpConnector -Identity M365'
        @(Get-SmtpConnectorPreset).Count | Should -Be 8
        Set-SmtpConnector -Identity Internet -Enabled $false
        Set-SmtpRelayConfiguration -RetryInterval '00:00:01'
    }

    It 'has mail wait without a secret, says why, and what to do' {
        Send-Plain -Subject first
        Wait-Until { (Get-SmtpRelay).Health -eq 'Red' }
        $queue = Get-SmtpQueue
        $queue.Status | Should -BeIn 'Retry', 'Connecting'
        $queue.LastError | Should -BeLike '454 4.7.0 No client secret*'
        $queue.LastErrorAction | Should -BeLike '*Set-SmtpConnectorCredential*'
        ($queue | Format-Table | Out-String -Width 300) | Should -Match 'what it needs for that was not given'
        (Get-SmtpMessage | Resolve-SmtpStatus).About | Should -Be 'SmtpRelay'
        $failed = @(Test-SmtpConnector -Identity M365 | Where-Object -Property Status -EQ -Value Failed)
        $failed.Step | Should -Be 'Credential'
        $failed[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.ConnectorTest'
    }

    It 'sends it when the secret is given' {
        $kept = Set-SmtpConnectorCredential -Identity M365 -ClientSecret $secret -PassThru
        $kept.Name, $kept.Kind, $kept.UserName | Should -Be 'M365', 'ClientSecret', 'printer@contoso.example'
        Wait-Until { (Set-Double).messages.Count -eq 1 }
        (Set-Double).messages[0].text | Should -BeLike '*Subject: first*'
        Wait-Until { (Get-SmtpRelay).Health -eq 'Green' }
        (Get-SmtpConnectorCredential -Identity M365 | Out-String) | Should -Not -Match 'good-secret'
        Get-ChildItem -LiteralPath $relay.DataPath -Recurse -File -Exclude *.credential |
            Where-Object { $_.Length -gt 0 -and $_.Extension -in '.json', '.log', '.csv', '' } |
            Select-String -SimpleMatch -Pattern 'good-secret' | Should -BeNullOrEmpty
    }

    It 'passes every step of the test, certificate and sender included' {
        $steps = @(Test-SmtpConnector -Recipient boss@example.com -Send)
        @($steps | Where-Object -Property Status -NE -Value Passed) | Should -BeNullOrEmpty
        $steps.Step | Should -Be 'Settings', 'Route', 'Credential', 'Token', 'Dns', 'Connect', 'Greeting', 'Ehlo', 'StartTls', 'Certificate', 'Ehlo', 'Authentication', 'MailFrom', 'RcptTo', 'Send'
        $steps[-1].Elapsed | Should -BeOfType [timespan]
        $steps[-1].Reply | Should -BeLike '250 2.0.0 OK*'
        ($steps | Format-Table | Out-String -Width 200) | Should -Match 'Connector +Target +Step +Status +Detail'
        Wait-Until { (Set-Double).messages.Count -eq 2 }
        @(Test-SmtpConnector -Identity M365 | Select-Object -First 2).Count | Should -Be 2
    }

    It 'goes on by itself when a secret that was taken back is replaced' {
        $null = Set-Double @{ secrets = @('new-secret'); revoke = $true }
        Start-Sleep -Seconds 6
        Send-Plain -Subject second
        Wait-Until { (Get-SmtpRelay).Health -eq 'Red' }
        (Get-SmtpQueue).LastErrorMeaning | Should -Match 'client secret of the application is wrong|log-on was refused'
        Set-SmtpConnectorCredential -Identity M365 -ClientSecret (ConvertTo-SecureString 'new-secret' -AsPlainText -Force)
        Wait-Until { (Set-Double).messages.Count -eq 3 }
        Wait-Until { (Get-SmtpRelay).Health -eq 'Green' }
        @(Get-SmtpTrackingLog | Where-Object -Property EventId -In -Value FAIL, DSN).Count | Should -Be 0
    }

    It 'logs on with a certificate of the relay' {
        $made = New-SmtpCertificate -Name Entra -KeyAlgorithm RSA -DnsName relay.example
        $null = Set-Double @{ certificate = $made.Pem; secrets = @(); revoke = $true }
        Set-SmtpConnectorCredential -Identity M365 -Certificate Entra
        (Get-SmtpConnectorCredential -Identity M365).Kind | Should -Be 'Certificate'
        Start-Sleep -Seconds 6
        Send-Plain -Subject third
        Wait-Until { (Set-Double).messages.Count -eq 4 }
    }

    It 'knows what replies mean' {
        (Resolve-SmtpStatus '550 5.7.64').Meaning | Should -BeLike '*inbound connector*'
        Resolve-SmtpStatus 'gibberish' -WarningVariable warning -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        "$warning" | Should -BeLike '*gibberish*'
    }

    It 'refuses what is no credential' {
        (Get-Refusal { Set-SmtpConnectorCredential -Identity Nobody -ClientSecret $secret })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        (Get-Refusal { Set-SmtpConnectorCredential -Identity M365 -ServiceAccountPath "$root/package.json" })[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        (Get-Refusal { Set-SmtpConnectorCredential -Identity M365 -ServiceAccountPath "$root/nothing.json" })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.FileFailed*'
        Set-SmtpConnectorCredential -Identity M365 -Remove -WhatIf
        (Get-SmtpConnectorCredential -Identity M365).Kind | Should -Be 'Certificate'
        Set-SmtpConnectorCredential -Identity M365 -Remove
        (Get-SmtpConnectorCredential -Identity M365).Kind | Should -Be 'None'
    }
}

# Every command against a real relay on this computer: what it does, what it refuses, what -WhatIf leaves
# alone, and what travels through the pipeline.

Describe 'The commands and a running relay' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force

        $hop = Start-TestNextHop
        $relay = Start-TestRelay -SmartHost "127.0.0.1:$($hop.Port)"
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Stop-TestNextHop -NextHop $hop
    }

    Context 'Get-SmtpRelay' {
        It 'shows a running relay with real types' {
            $service = Get-SmtpRelay
            $service.Status | Should -Be 'Running'
            $service.DataPath | Should -Be $relay.DataPath
            $service.ControlPort | Should -Be $relay.ControlPort
            $service.ServiceHost | Should -Be 'Process'
            $service.Uptime | Should -BeOfType [timespan]
            $service.StartTime | Should -BeOfType [datetime]
            $service.StartTime.Kind | Should -Be 'Local'
            ([datetime]::Now - $service.StartTime).TotalMinutes | Should -BeLessThan 5
            $service.Endpoints[0].Port | Should -Be $relay.Port
            $service.Endpoints[0].State | Should -Be 'Listening'
        }

        It 'fits on one line' {
            $text = Get-SmtpRelay | Format-Table | Out-String -Width 100
            $text | Should -Match 'Name +Status +Version +Uptime +Queued +Sessions +Health'
            @($text -split '\r?\n' | Where-Object { $_.Trim() }).Count | Should -Be 3
        }
    }

    Context 'Install-SmtpRelay' {
        It 'left what the other commands need' {
            $install = Get-Content -Path "$($relay.DataPath)/install.json" -Raw | ConvertFrom-Json
            $install.serviceHost | Should -Be 'Process'
            $install.dataPath | Should -Be $relay.DataPath
            $install.entry | Should -Match 'main\.(js|ts)$'
            $install.version | Should -Be '0.1.0'
        }

        It 'closed the data folder to others' -Skip:([System.IO.Path]::DirectorySeparatorChar -eq '\') {
            (Get-Item -LiteralPath $relay.DataPath).UnixMode | Should -Be 'drwx------'
            (Get-Item -LiteralPath "$($relay.DataPath)/control.token").UnixMode | Should -Be '-rw-------'
        }

        It 'runs again without changing the configuration, and says that options were ignored' {
            $before = Get-Content -Path "$($relay.DataPath)/settings.json" -Raw
            Install-SmtpRelay -DataPath $relay.DataPath -ServiceHost Process -Port 2599 -WarningVariable warning -WarningAction SilentlyContinue -ErrorAction Stop
            Get-Content -Path "$($relay.DataPath)/settings.json" -Raw | Should -Be $before
            $warning -join ' ' | Should -BeLike '*ignored*'
            (Get-SmtpRelay).Status | Should -Be 'Running'
        }

        It 'changes nothing with -WhatIf' {
            $path = "$TestDrive/whatif"
            Install-SmtpRelay -DataPath $path -ServiceHost Process -WhatIf
            Test-Path -LiteralPath $path | Should -BeFalse
        }

        It 'leaves nothing behind when it fails' {
            $path = "$TestDrive/refused"
            $refusal = Get-Refusal { Install-SmtpRelay -DataPath $path -ServiceHost Process -RelayNetwork 'not-a-network' -WarningAction SilentlyContinue }
            $refusal[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.*'
            $refusal[0].Exception.Message | Should -BeLike '*not-a-network*'
            Test-Path -LiteralPath $path | Should -BeFalse
        }

        It 'undoes the configuration when the relay cannot start' {
            $path = "$TestDrive/taken"
            $refusal = Get-Refusal { Install-SmtpRelay -DataPath $path -ServiceHost Process -Port $relay.Port -ControlPort (Get-FreePort) -Start -WarningAction SilentlyContinue }
            $refusal[0].Exception.Message | Should -BeLike "*$($relay.Port)*"
            Test-Path -LiteralPath $path | Should -BeFalse
            (Get-SmtpRelay).Status | Should -Be 'Running'
        }
    }

    Context 'Set-SmtpRelayConfiguration' {
        It 'changes what is given and nothing else' {
            $before = Get-SmtpRelayConfiguration
            $change = @{
                Fqdn                     = 'relay.example.com'
                MaxMessageSize           = 20MB
                RetryInterval            = '00:00:30', '00:05:00'
                MessageExpirationTimeout = '1.00:00:00'
                PickupEnabled            = $false
                DnsServer                = '192.0.2.53', '[2001:db8::53]:5353'
            }
            Set-SmtpRelayConfiguration @change | Should -BeNullOrEmpty
            $after = Get-SmtpRelayConfiguration
            $after.Fqdn | Should -Be 'relay.example.com'
            $after.MaxMessageSize | Should -Be 20MB
            $after.RetryInterval | Should -Be @([timespan]'00:00:30', [timespan]'00:05:00')
            $after.MessageExpirationTimeout | Should -Be ([timespan]'1.00:00:00')
            $after.PickupEnabled | Should -BeFalse
            $after.DnsServer | Should -Be @('192.0.2.53', '[2001:db8::53]:5353')
            $after.MaxHopCount | Should -Be $before.MaxHopCount
            $after.SettingsVersion | Should -BeGreaterThan $before.SettingsVersion
        }

        It 'takes a number as seconds, and an empty value as the default' {
            $after = Set-SmtpRelayConfiguration -ConnectionTimeout 45 -Fqdn '' -DnsServer @() -PickupEnabled $true -PassThru
            $after.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Configuration'
            $after.ConnectionTimeout | Should -Be ([timespan]'00:00:45')
            $after.Fqdn | Should -BeNullOrEmpty
            $after.DnsServer.Count | Should -Be 0
        }

        It 'refuses each wrong value with an error of its own, and changes nothing' {
            $before = Get-SmtpRelayConfiguration
            $refusal = Get-Refusal { Set-SmtpRelayConfiguration -MaxHopCount 1 -MaxMessageSize 5 -PickupEnabled $false }
            $refusal.Count | Should -Be 2
            $refusal[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter*'
            $refusal[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
            $refusal.TargetObject | Sort-Object | Should -Be @(1, 5)
            ($refusal.Exception.Message -join ' ') | Should -BeLike '*maxHopCount*3*100*'
            $after = Get-SmtpRelayConfiguration
            $after.SettingsVersion | Should -Be $before.SettingsVersion
            $after.PickupEnabled | Should -Be $before.PickupEnabled
        }

        It 'changes nothing with -WhatIf' {
            $before = Get-SmtpRelayConfiguration
            Set-SmtpRelayConfiguration -MaxHopCount 77 -WhatIf
            (Get-SmtpRelayConfiguration).SettingsVersion | Should -Be $before.SettingsVersion
        }

        It 'is shown as a list' {
            Get-SmtpRelayConfiguration | Out-String | Should -Match 'MaxMessageSize +: 20.0 MB'
        }
    }

    Context 'RelayRestriction' {
        BeforeEach {
            Set-RelayRestriction -Mode OnlyListed -IPAddress '127.0.0.0/8', '::1' -AllowAuthenticated $true -ErrorAction Stop
        }

        It 'is one object for each entry' {
            $list = @(Get-RelayRestriction)
            $list.Count | Should -Be 2
            $list[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.RelayRestriction'
            $list.Mode | Sort-Object -Unique | Should -Be 'OnlyListed'
            $list.IPAddress | Should -Be @('127.0.0.0/8', '::1')
        }

        It 'takes entries by position and by pipeline, with a comment' {
            Add-RelayRestriction 10.0.0.0/8, 192.0.2.1-192.0.2.9 -Comment 'servers'
            '198.51.100.7', '2001:db8::/32' | Add-RelayRestriction
            $list = Get-RelayRestriction
            @($list).Count | Should -Be 6
            ($list | Where-Object -Property Entry -EQ -Value '10.0.0.0/8').Comment | Should -Be 'servers'
        }

        It 'takes entries from objects with IPAddress and Comment' {
            $csv = 'IPAddress,Comment', '10.1.0.0/16,first', '10.2.0.0/16,second' | ConvertFrom-Csv
            $after = $csv | Add-RelayRestriction -PassThru
            ($after | Where-Object -Property Entry -EQ -Value '10.2.0.0/16').Comment | Should -Be 'second'
        }

        It 'gives entries away through the pipeline' {
            Add-RelayRestriction -IPAddress 10.0.0.0/8, 10.9.9.9 -Comment 'old'
            Get-RelayRestriction | Where-Object -Property Comment -EQ -Value 'old' | Remove-RelayRestriction
            @(Get-RelayRestriction).Entry | Should -Be @('127.0.0.0/8', '::1')
        }

        It 'can be empty, and then is one object without an entry' {
            Get-RelayRestriction | Remove-RelayRestriction
            $list = @(Get-RelayRestriction)
            $list.Count | Should -Be 1
            $list[0].Entry | Should -BeNullOrEmpty
            $list | Remove-RelayRestriction
            Set-RelayRestriction -IPAddress @()
            (Test-RelayRestriction -IPAddress 127.0.0.1 -Recipient a@example.com).Allowed | Should -BeFalse
        }

        It 'refuses what is no address, and adds nothing of the call' {
            $refusal = Get-Refusal { Add-RelayRestriction -IPAddress 10.0.0.0/8, 10.0.0.0/99 }
            $refusal[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
            $refusal[0].TargetObject | Should -Be '10.0.0.0/99'
            @(Get-RelayRestriction).Count | Should -Be 2
        }

        It 'refuses to remove what is not there' {
            $refusal = Get-Refusal { Remove-RelayRestriction -IPAddress 10.77.0.0/16 }
            $refusal[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound*'
            $refusal[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        }

        It 'changes nothing with -WhatIf' {
            Add-RelayRestriction -IPAddress 10.0.0.0/8 -WhatIf
            Set-RelayRestriction -Mode AllExceptListed -WhatIf
            Get-RelayRestriction | Remove-RelayRestriction -WhatIf
            @(Get-RelayRestriction).Entry | Should -Be @('127.0.0.0/8', '::1')
            (Get-RelayRestriction)[0].Mode | Should -Be 'OnlyListed'
        }

        It 'opens to everyone with -Force' {
            $list = Set-RelayRestriction -Mode AllExceptListed -Force -PassThru
            $list[0].Mode | Should -Be 'AllExceptListed'
            $list[0].OpenToEveryone | Should -BeTrue
        }

        It 'opens to everyone with -Confirm:$false' {
            Add-RelayRestriction -IPAddress 0.0.0.0/0 -Confirm:$false
            (Test-RelayRestriction -IPAddress 203.0.113.7 -Recipient a@example.com).Allowed | Should -BeTrue
        }

        It 'does not open where nobody can be asked' {
            $shell = [powershell]::Create()
            $null = $shell.AddScript("Import-Module '$PSScriptRoot/../../SmtpRelay.psd1'; Set-RelayRestriction -Mode AllExceptListed; Add-RelayRestriction -IPAddress 0.0.0.0/0")
            $null = $shell.Invoke()
            $problem = @($shell.Streams.Error)
            $shell.Dispose()
            $problem.Count | Should -BeGreaterOrEqual 2
            $problem[-1].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.OpenRelay*'
            $problem[-1].CategoryInfo.Category | Should -Be 'SecurityError'
            $problem[-1].Exception.Message | Should -BeLike '*Nothing was changed*'
            (Get-RelayRestriction)[0].Mode | Should -Be 'OnlyListed'
            @(Get-RelayRestriction).Count | Should -Be 2
        }
    }

    Context 'Test-RelayRestriction' {
        It 'says yes with the rule and the way' {
            $decision = Test-RelayRestriction -IPAddress 127.0.0.1 -Sender a@example.com -Recipient b@example.org
            $decision.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.RelayDecision'
            $decision.Allowed | Should -BeTrue
            $decision.Rule | Should -Not -BeNullOrEmpty
            $decision.Connector | Should -Be 'SmartHost'
            $decision.Reason | Should -Match '\.$'
        }

        It 'says no for a stranger, and answers for each of a pipeline' {
            $decisions = @('127.0.0.1', '203.0.113.9', '::1' | Test-RelayRestriction)
            $decisions.Allowed | Should -Be @($true, $false, $true)
        }

        It 'refuses what is no address' {
            $refusal = Get-Refusal { Test-RelayRestriction -IPAddress printer }
            $refusal[0].TargetObject | Should -Be 'printer'
            $refusal[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        }
    }

    Context 'The schedule of a connector' {
        AfterAll {
            Get-SmtpConnector | Where-Object -Property Name -Like -Value 'Patient*' | Remove-SmtpConnector -Force
        }

        It 'is set, shown, and taken back to the general one' {
            $new = @{
                Name                     = 'Patient'
                AddressSpace             = 'patient.example'
                SmartHost                = '127.0.0.1:1'
                RetryInterval            = '00:00:30', '01:00:00'
                MessageExpirationTimeout = '5.00:00:00'
                DelayNotificationTimeout = [timespan]::Zero
            }
            $connector = New-SmtpConnector @new
            $connector.RetryInterval | Should -Be ([timespan]'00:00:30', [timespan]'01:00:00')
            $connector.MessageExpirationTimeout | Should -Be ([timespan]'5.00:00:00')
            $connector.DelayNotificationTimeout | Should -Be ([timespan]::Zero)
            ($connector | Format-Table | Out-String -Width 140) | Should -Match 'Expires +Enabled[\s\S]+5\.00:00:00 +True'

            $id = Send-SmtpTestMessage -From me@contoso.example -To someone@patient.example
            $find = { Get-SmtpMessage | Where-Object { $_.InternalMessageId -eq $id.InternalMessageId -and $_.LastError } }
            Wait-Until { @(& $find).Count -eq 1 }
            $message = & $find
            ($message.ExpirationTime - $message.DateReceived) | Should -Be ([timespan]'5.00:00:00')
            $wait = (Get-SmtpQueue -Identity $message.Queue).NextRetryTime - [datetime]::Now
            $wait.TotalSeconds | Should -BeLessThan 35

            $setting = @{ RetryInterval = @(); MessageExpirationTimeout = $null; DelayNotificationTimeout = $null; PassThru = $true }
            $connector = Set-SmtpConnector -Identity Patient @setting
            $connector.RetryInterval.Count | Should -Be 0
            $connector.MessageExpirationTimeout | Should -BeNullOrEmpty
            $connector.DelayNotificationTimeout | Should -BeNullOrEmpty
            $message = Get-SmtpMessage -Identity $message.InternalMessageId
            ($message.ExpirationTime - $message.DateReceived) | Should -Be (Get-SmtpRelayConfiguration).MessageExpirationTimeout
            Remove-SmtpMessage -Identity $message.InternalMessageId -WithNDR $false -Force
        }

        It 'is refused when it makes no sense' {
            $refusal = Get-Refusal { New-SmtpConnector -Name PatientB -SmartHost a.example -MessageExpirationTimeout '00:00:01' }
            $refusal[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter*'
            $refusal[0].TargetObject | Should -Be 1
        }
    }

    Context 'SmtpConnector' {
        AfterEach {
            Get-SmtpConnector | Where-Object -Property Name -Like -Value 'Test*' | Remove-SmtpConnector -Force
        }

        It 'is made with all that is given' {
            $new = @{
                Name         = 'Test Partner'
                AddressSpace = 'partner.example', '*.partner.example'
                SmartHost    = 'mail.partner.example:587', '[2001:db8::1]:26', '192.0.2.1'
                TlsMode      = 'Verify'
                Cost         = 10
                Comment      = 'a comment'
            }
            $connector = New-SmtpConnector @new
            $connector.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Connector'
            $connector.Type | Should -Be 'SmartHost'
            $connector.SmartHosts | Should -Be @('mail.partner.example:587', '[2001:db8::1]:26', '192.0.2.1:25')
            $connector.AddressSpaces | Should -Be @('partner.example', '*.partner.example')
            $connector.TlsMode | Should -Be 'Verify'
            $connector.Enabled | Should -BeTrue
            (Get-SmtpConnector -Identity 'test partner').Cost | Should -Be 10
        }

        It 'is found by wildcard, and missed with an error' {
            $null = New-SmtpConnector -Name TestA -SmartHost a.example
            $null = New-SmtpConnector -Name TestB -SmartHost b.example
            @(Get-SmtpConnector -Identity Test*).Count | Should -Be 2
            @(Get-SmtpConnector -Identity Nothing*).Count | Should -Be 0
            $refusal = Get-Refusal { Get-SmtpConnector -Identity TestC }
            $refusal[0].FullyQualifiedErrorId | Should -Be 'SmtpRelay.NotFound,Get-SmtpConnector'
            $refusal[0].TargetObject | Should -Be 'TestC'
        }

        It 'is changed through the pipeline' {
            $null = New-SmtpConnector -Name TestA -SmartHost a.example
            Get-SmtpConnector -Identity TestA | Set-SmtpConnector -MaxConnections 3 -TlsMode Required
            $after = Set-SmtpConnector TestA -SmartHost c.example:2525 -PassThru
            $after.MaxConnections | Should -Be 3
            $after.TlsMode | Should -Be 'Required'
            $after.SmartHosts | Should -Be 'c.example:2525'
        }

        It 'says how TLS is spoken, with a certificate by name or thumbprint' {
            $certificate = New-SmtpCertificate -Name TestShown -DnsName relay.example
            try {
                $connector = New-SmtpConnector -Name TestA -SmartHost a.example -TlsMode Verify -TlsDomain mx.a.example -MinimumTlsVersion 1.3 -TlsCertificate TestShown
                $connector.TlsDomain | Should -Be 'mx.a.example'
                $connector.MinimumTlsVersion | Should -Be '1.3'
                $connector.TlsCertificate | Should -Be 'TestShown'
                (Get-SmtpCertificate -Identity TestShown).UsedBy | Should -Contain 'TestA'
                $after = Set-SmtpConnector TestA -TlsDomain '' -TlsCertificate '' -PassThru
                $after.TlsDomain, $after.TlsCertificate | Should -Be @($null, $null)
                (Set-SmtpConnector TestA -TlsCertificate $certificate.Thumbprint -PassThru).TlsCertificate | Should -Be 'TestShown'
                (Get-Refusal { Set-SmtpConnector TestA -TlsCertificate Nowhere })[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
                (Get-Refusal { Set-SmtpConnector TestA -TlsMode Required -TlsDomain b.example })[0].Exception.Message | Should -Match 'tlsMode Verify'
            } finally {
                Remove-SmtpCertificate -Identity TestShown -Force -Confirm:$false
            }
        }

        It 'is refused twice, without smart hosts, or with a wrong port' {
            $null = New-SmtpConnector -Name TestA -SmartHost a.example
            (Get-Refusal { New-SmtpConnector -Name testa -SmartHost a.example })[0].CategoryInfo.Category | Should -Be 'ResourceExists'
            (Get-Refusal { New-SmtpConnector -Name TestB -Type SmartHost })[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
            (Get-Refusal { New-SmtpConnector -Name TestB -SmartHost a.example:99999 })[0].TargetObject | Should -Be 99999
            @(Get-SmtpConnector -Identity TestB*).Count | Should -Be 0
        }

        It 'is not changed with -WhatIf' {
            $null = New-SmtpConnector -Name TestA -SmartHost a.example
            New-SmtpConnector -Name TestB -SmartHost a.example -WhatIf
            Set-SmtpConnector -Identity TestA -Cost 9 -WhatIf
            Remove-SmtpConnector -Identity TestA -WhatIf
            @(Get-SmtpConnector -Identity TestB*).Count | Should -Be 0
            (Get-SmtpConnector -Identity TestA).Cost | Should -Be 1
        }

        It 'is not removed where nobody can be asked' {
            $null = New-SmtpConnector -Name TestA -SmartHost a.example
            $shell = [powershell]::Create()
            $null = $shell.AddScript("Import-Module '$PSScriptRoot/../../SmtpRelay.psd1'; Remove-SmtpConnector -Identity TestA")
            $null = $shell.Invoke()
            $problem = @($shell.Streams.Error)
            $shell.Dispose()
            $problem[-1].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.ConfirmationRequired*'
            (Get-SmtpConnector -Identity TestA).Name | Should -Be 'TestA'
        }

        It 'is completed at the Tab key' {
            $null = New-SmtpConnector -Name 'Test Space' -SmartHost a.example
            $text = 'Get-SmtpConnector -Identity Test'
            (TabExpansion2 -inputScript $text -cursorColumn $text.Length).CompletionMatches.CompletionText | Should -Contain "'Test Space'"
        }
    }

    Context 'SmtpDomain' {
        AfterEach {
            Get-SmtpDomain | Remove-SmtpDomain
        }

        It 'is made, changed, found and removed' {
            $domain = New-SmtpDomain -Name example.com -AllowRelay $true
            $domain.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Domain'
            $null = New-SmtpDomain -Name *.example.com
            (Get-SmtpDomain -Identity *.example.com).Name | Should -Be '*.example.com'
            (Test-RelayRestriction -IPAddress 203.0.113.9 -Recipient a@example.com).Allowed | Should -BeTrue
            (Set-SmtpDomain -Identity example.com -AllowRelay $false -PassThru).AllowRelay | Should -BeFalse
            Remove-SmtpDomain -Identity example.com
            @(Get-SmtpDomain).Name | Should -Be '*.example.com'
        }

        It 'is refused when it is none, twice, or missing' {
            (Get-Refusal { New-SmtpDomain -Name 'not a domain' })[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
            $null = New-SmtpDomain -Name example.net
            (Get-Refusal { New-SmtpDomain -Name EXAMPLE.net })[0].CategoryInfo.Category | Should -Be 'ResourceExists'
            (Get-Refusal { Set-SmtpDomain -Identity example.org -AllowRelay $true })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            (Get-Refusal { Remove-SmtpDomain -Identity example.org })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            (Get-Refusal { Get-SmtpDomain -Identity example.org })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        }

        It 'is not changed with -WhatIf' {
            $null = New-SmtpDomain -Name example.net
            New-SmtpDomain -Name example.org -WhatIf
            Set-SmtpDomain -Identity example.net -AllowRelay $true -WhatIf
            Remove-SmtpDomain -Identity example.net -WhatIf
            $left = @(Get-SmtpDomain)
            $left.Name | Should -Be 'example.net'
            $left[0].AllowRelay | Should -BeFalse
        }
    }

    Context 'SmtpAccount' {
        BeforeAll {
            $secret = ConvertTo-SecureString -String 'correct horse' -AsPlainText -Force
        }

        AfterEach {
            Get-SmtpAccount | Remove-SmtpAccount
        }

        It 'is made from a name and a password, or from a credential' {
            $account = New-SmtpAccount -Name scanner -Password $secret
            $account.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Account'
            $account.Enabled | Should -BeTrue
            $account.LastLogon | Should -BeNullOrEmpty
            $null = New-SmtpAccount -Credential ([pscredential]::new('printer', $secret)) -Enabled $false
            (Get-SmtpAccount -Identity printer).Enabled | Should -BeFalse
            @(Get-SmtpAccount).Count | Should -Be 2
        }

        It 'never shows its password' {
            $null = New-SmtpAccount -Name scanner -Password $secret
            Get-SmtpAccount | Format-List -Property * | Out-String | Should -Not -Match 'correct horse|scrypt'
            Get-Content -Path "$($relay.DataPath)/settings.json" -Raw | Should -Not -Match 'correct horse'
            $short = ConvertTo-SecureString -String 'tiny' -AsPlainText -Force
            $refusal = Get-Refusal { New-SmtpAccount -Name other -Password $short }
            $refusal[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
            $refusal | Format-List -Property * -Force | Out-String | Should -Not -Match 'tiny'
        }

        It 'is locked through the pipeline' {
            $null = New-SmtpAccount -Name scanner -Password $secret
            Get-SmtpAccount | Set-SmtpAccount -Enabled $false
            (Get-SmtpAccount -Identity scanner).Enabled | Should -BeFalse
            (Set-SmtpAccount -Identity scanner -Password $secret -Enabled $true -PassThru).Enabled | Should -BeTrue
        }

        It 'gets rights and limits, and loses them again' {
            $account = New-SmtpAccount -Name scanner -Password $secret -SendAs *@example.com -RemoteIPRange 10.0.0.0/8, 192.0.2.1 -MaxMessagesPerHour 500
            $account.SendAs | Should -Be '*@example.com'
            $account.RemoteIPRanges | Should -Be '10.0.0.0/8', '192.0.2.1'
            $account.MaxMessagesPerHour | Should -Be 500
            $account | Out-String | Should -Match 'MaxPerHour'
            $changed = Set-SmtpAccount -Identity scanner -SendAs @() -RemoteIPRange @() -MaxMessagesPerHour $null -PassThru
            @($changed.SendAs).Count + @($changed.RemoteIPRanges).Count | Should -Be 0
            $changed.MaxMessagesPerHour | Should -BeNullOrEmpty
            $refusal = Get-Refusal { Set-SmtpAccount -Identity scanner -SendAs everybody }
            $refusal[0].Exception.Message | Should -Match 'sendAs\[0\] .*must be a mail address'
        }

        It 'is refused twice, missing, or with a space' {
            $null = New-SmtpAccount -Name scanner -Password $secret
            (Get-Refusal { New-SmtpAccount -Name scanner -Password $secret })[0].CategoryInfo.Category | Should -Be 'ResourceExists'
            (Get-Refusal { Set-SmtpAccount -Identity nobody -Enabled $false })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            (Get-Refusal { Remove-SmtpAccount -Identity nobody })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            (Get-Refusal { New-SmtpAccount -Name 'a b' -Password $secret })[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        }

        It 'is not changed with -WhatIf' {
            $null = New-SmtpAccount -Name scanner -Password $secret
            New-SmtpAccount -Name other -Password $secret -WhatIf
            Set-SmtpAccount -Identity scanner -Enabled $false -WhatIf
            Remove-SmtpAccount -Identity scanner -WhatIf
            @(Get-SmtpAccount).Name | Should -Be 'scanner'
            (Get-SmtpAccount).Enabled | Should -BeTrue
        }
    }

    Context 'SmtpBan' {
        It 'has its settings, and an address that is not banned is an error' {
            $before = Get-SmtpRelayConfiguration
            $change = @{ MaxLogonFailures = 5; LogonFailureWindow = '00:20:00'; BanDuration = '1.00:00:00'; BanExemptIPRange = '10.0.0.5' }
            $configuration = Set-SmtpRelayConfiguration @change -PassThru
            $configuration.MaxLogonFailures | Should -Be 5
            $configuration.LogonFailureWindow | Should -Be ([timespan]'00:20:00')
            $configuration.BanDuration.TotalDays | Should -Be 1
            $configuration.BanExemptIPRanges | Should -Be '10.0.0.5'
            $back = @{ MaxLogonFailures = $before.MaxLogonFailures; LogonFailureWindow = $before.LogonFailureWindow; BanDuration = $before.BanDuration; BanExemptIPRange = @() }
            Set-SmtpRelayConfiguration @back
            Get-SmtpBan | Should -BeNullOrEmpty
            (Get-Refusal { Remove-SmtpBan -IPAddress 192.0.2.1 })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            Remove-SmtpBan -IPAddress 192.0.2.1 -WhatIf
        }
    }

    Context 'A test message' {
        It 'is delivered, and its way is in the logs' {
            $before = $hop.Messages.Count
            $result = Send-SmtpTestMessage -To a@example.com, b@example.org -From sender@example.com -Subject 'A subject' -Wait -Timeout 30
            @($result).Count | Should -Be 2
            $result[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.TestResult'
            $result.Result | Should -Be @('Delivered', 'Delivered')
            $result[0].Connector | Should -Be 'SmartHost'
            $result[0].Remote | Should -BeLike "*$($hop.Port)*"
            $result[0].Reply | Should -BeLike '250*'
            $result[0].Elapsed | Should -BeOfType [timespan]
            $hop.Messages.Count | Should -BeGreaterThan $before

            Wait-Until { @(Get-SmtpTrackingLog -InternalMessageId $result[0].InternalMessageId -EventId SEND).Count -gt 0 }
            $track = @(Get-SmtpTrackingLog -InternalMessageId $result[0].InternalMessageId)
            $track[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.TrackingEntry'
            $track[0].Timestamp | Should -BeOfType [datetime]
            $track[0].Sender | Should -Be 'sender@example.com'
            ($track.Recipients | Sort-Object -Unique) | Should -Be @('a@example.com', 'b@example.org')

            Wait-Until { @(Get-SmtpLog -MessageId $result[0].InternalMessageId).Count -gt 0 }
            $log = @($result[0] | Get-SmtpLog -Direction Outbound)
            $log[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.LogEntry'
            $log.Command | Should -Contain 'RCPT'
        }

        It 'comes from postmaster at the name of the relay' {
            Set-SmtpRelayConfiguration -Fqdn relay.example.com
            Send-SmtpTestMessage -To a@example.com | Should -Not -BeNullOrEmpty
            Wait-Until { @(Get-SmtpTrackingLog -Sender postmaster@relay.example.com).Count -gt 0 }
            Set-SmtpRelayConfiguration -Fqdn ''
        }

        It 'is not sent with -WhatIf' {
            $before = (Get-SmtpRelay).Received
            Send-SmtpTestMessage -To a@example.com -WhatIf
            (Get-SmtpRelay).Received | Should -Be $before
        }

        It 'is refused for what is no address' {
            $refusal = Get-Refusal { Send-SmtpTestMessage -To 'not an address' -From a@example.com }
            $refusal[0].CategoryInfo.Category | Should -BeIn 'InvalidArgument', 'InvalidData'
        }
    }

    Context 'The logs' {
        It 'are searched by time and tail, and say nothing about the future' {
            @(Get-SmtpLog -Start ([datetime]::Now.AddHours(1))).Count | Should -Be 0
            @(Get-SmtpLog -Tail 2).Count | Should -Be 2
            @(Get-SmtpTrackingLog -ResultSize 1).Count | Should -Be 1
            @(Get-SmtpTrackingLog -Recipients a@example.* -ResultSize Unlimited).Count | Should -BeGreaterThan 0
            @(Get-SmtpTrackingLog -Recipients nobody@example.com).Count | Should -Be 0
        }

        It 'refuse a condition that cannot be' {
            (Get-Refusal { Get-SmtpLog -ClientIP printer })[0].TargetObject | Should -Be 'printer'
            (Get-Refusal { Get-SmtpLog -Code 99 })[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        }
    }

    Context 'Waiting mail' {
        BeforeAll {
            $hop.State.RecipientReply = '450 4.2.1 Try later'
            $null = Send-SmtpTestMessage -To waiting@example.com -From a@example.com -Subject 'Waits'
            Wait-Until { @(Get-SmtpQueue | Where-Object -Property LastError).Count -gt 0 }
        }

        AfterAll {
            $hop.State.RecipientReply = '250 2.1.5 Ok'
            Restart-SmtpQueue -Identity *
            Wait-Until { @(Get-SmtpQueue).Count -eq 0 -or (Get-SmtpRelay).Queued -eq 0 }
        }

        It 'is in a queue that says why' {
            $queue = @(Get-SmtpQueue)
            $queue.Count | Should -Be 1
            $queue[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Queue'
            $queue[0].DeliveryType | Should -Be 'SmartHostConnectorDelivery'
            $queue[0].MessageCount | Should -Be 1
            $queue[0].LastError | Should -BeLike '*450 4.2.1*'
            $queue[0].NextRetryTime | Should -BeOfType [datetime]
            $queue[0].NextRetryTime | Should -BeGreaterThan ([datetime]::Now)
            (Get-SmtpQueue -Identity $queue[0].NextHopDomain).Identity | Should -Be $queue[0].Identity
            (Get-SmtpQueue -Identity "$($queue[0].NextHopDomain.Substring(0, 4))*").Identity | Should -Be $queue[0].Identity
        }

        It 'is shown by its queue, by its identity and by its queue id' {
            $message = Get-SmtpQueue | Get-SmtpMessage
            @($message).Count | Should -Be 1
            $message.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Message'
            $message.FromAddress | Should -Be 'a@example.com'
            $message.Subject | Should -Be 'Waits'
            $message.Size | Should -BeGreaterThan 100
            $message.DateReceived | Should -BeOfType [datetime]
            $message.Recipients[0].EmailAddress | Should -Be 'waiting@example.com'
            $message.Recipients[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.MessageRecipient'
            (Get-SmtpMessage -Identity $message.Identity).InternalMessageId | Should -Be $message.InternalMessageId
            (Get-SmtpMessage -Identity $message.InternalMessageId).Identity | Should -Be $message.Identity
            (Get-SmtpMessage -Queue $message.Queue).Identity | Should -Be $message.Identity
            ($message | Get-SmtpMessage).Identity | Should -Be $message.Identity
            (Get-SmtpMessage -Identity "$($message.Queue)\*").Identity | Should -Be $message.Identity
            ($message | Get-SmtpTrackingLog).EventId | Should -Contain 'DEFER'
            (Get-SmtpRelay).Queued | Should -Be 1
        }

        It 'is missed with an error' {
            (Get-Refusal { Get-SmtpQueue -Identity nowhere.example })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
            (Get-Refusal { Get-SmtpMessage -Identity "999\$((Get-SmtpMessage).InternalMessageId)" })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
            (Get-Refusal { Restart-SmtpQueue -Identity nowhere.example })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
            (Get-Refusal { Get-SmtpMessage -Identity nonsense })[0].CategoryInfo.Category | Should -BeIn 'InvalidArgument', 'ObjectNotFound'
            @(Get-SmtpQueue -Identity nowhere*).Count | Should -Be 0
        }

        It 'survives a restart of the relay' {
            $before = Get-SmtpMessage
            $service = Get-SmtpRelay | Restart-SmtpRelay -PassThru
            $service.Status | Should -Be 'Running'
            (Get-SmtpMessage).InternalMessageId | Should -Be $before.InternalMessageId
        }

        It 'is not tried with -WhatIf' {
            $before = (Get-SmtpMessage).RetryCount
            Restart-SmtpQueue -Identity * -WhatIf
            Start-Sleep -Seconds 1
            (Get-SmtpMessage).RetryCount | Should -Be $before
        }

        It 'is tried at once when asked' {
            $before = (Get-SmtpMessage).RetryCount
            $queue = Get-SmtpQueue | Restart-SmtpQueue -PassThru
            $queue.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Queue'
            Wait-Until { (Get-SmtpMessage).RetryCount -gt $before }
        }

        It 'is reported with a warning by a test that waits' {
            $result = Send-SmtpTestMessage -To later@example.com -From a@example.com -Wait -Timeout 3 -WarningVariable warning -WarningAction SilentlyContinue
            $result.Result | Should -BeIn 'Pending', 'Retry'
            $warning -join ' ' | Should -BeLike '*not finished after 3 seconds*'
        }

        It 'goes out when the next hop is well again' {
            $hop.State.RecipientReply = '250 2.1.5 Ok'
            Retry-SmtpQueue -Identity *
            Wait-Until { (Get-SmtpRelay).Queued -eq 0 }
        }
    }

    Context 'Stop, start and restart' {
        It 'do nothing with -WhatIf' {
            $id = (Get-SmtpRelay).ProcessId
            Stop-SmtpRelay -WhatIf
            Restart-SmtpRelay -WhatIf
            Uninstall-SmtpRelay -WhatIf
            (Get-SmtpRelay).ProcessId | Should -Be $id
        }

        It 'stop and start, each twice' {
            Stop-SmtpRelay
            $service = Stop-SmtpRelay -PassThru
            $service.Status | Should -Be 'Stopped'
            $service.ServiceHost | Should -Be 'Process'
            Test-Path -LiteralPath "$($relay.DataPath)/relay.pid" | Should -BeFalse
            $refusal = Get-Refusal { Get-SmtpQueue }
            $refusal[0].FullyQualifiedErrorId | Should -Be 'SmtpRelay.RelayNotRunning,Get-SmtpQueue'
            $refusal[0].CategoryInfo.Category | Should -Be 'ConnectionError'
            Start-SmtpRelay -WhatIf
            (Get-SmtpRelay).Status | Should -Be 'Stopped'
            $first = Start-SmtpRelay -PassThru
            $second = Start-SmtpRelay -PassThru
            $first.Status | Should -Be 'Running'
            $second.ProcessId | Should -Be $first.ProcessId
        }

        It 'restart gives another process and keeps the settings' {
            $before = Get-SmtpRelay
            $after = Restart-SmtpRelay -PassThru
            $after.ProcessId | Should -Not -Be $before.ProcessId
            (Get-SmtpRelayConfiguration).ControlPort | Should -Be $relay.ControlPort
        }

        It 'starts again after it was killed' {
            $id = (Get-SmtpRelay).ProcessId
            Stop-Process -Id $id -Force
            Wait-Until -Seconds 30 { $service = Get-SmtpRelay -ErrorAction SilentlyContinue; $service.Status -eq 'Running' -and $service.ProcessId -ne $id }
        }

        It 'says why it does not start' {
            Stop-SmtpRelay
            $blocker = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, $relay.ControlPort)
            # The port of the relay that has just gone may be busy for another moment.
            Wait-Until { try { $blocker.Start(); $true } catch { $false } }
            try {
                $refusal = Get-Refusal { Start-SmtpRelay }
                $refusal[-1].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.StartFailed*'
                $refusal[-1].Exception.Message | Should -BeLike "*$($relay.ControlPort)*"
            } finally {
                $blocker.Stop()
                Start-SmtpRelay
            }
        }
    }

    Context 'Speed' {
        It 'Get-SmtpQueue of an idle relay takes less than 100 ms' {
            $null = Get-SmtpQueue
            $times = @(foreach ($number in 1..5) { (Measure-Command { Get-SmtpQueue }).TotalMilliseconds })
            ($times | Measure-Object -Minimum).Minimum | Should -BeLessThan 100
        }
    }
}

Describe 'Uninstall-SmtpRelay' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
        $relay = Start-TestRelay
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
    }

    It 'is not done where nobody can be asked' {
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$PSScriptRoot/../../SmtpRelay.psd1'; Uninstall-SmtpRelay -RemoveData")
        $null = $shell.Invoke()
        $problem = @($shell.Streams.Error)
        $shell.Dispose()
        $problem[-1].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.ConfirmationRequired*'
        (Get-SmtpRelay).Status | Should -Be 'Running'
    }

    It 'stops the relay and keeps the data, so that it can be installed again' {
        $id = (Get-SmtpRelay).ProcessId
        Set-SmtpRelayConfiguration -MaxHopCount 42
        Uninstall-SmtpRelay -Confirm:$false
        Get-Process -Id $id -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        Test-Path -LiteralPath "$($relay.DataPath)/settings.json" | Should -BeTrue
        Test-Path -LiteralPath "$($relay.DataPath)/install.json" | Should -BeFalse
        Install-SmtpRelay -DataPath $relay.DataPath -ServiceHost Process -Start -PassThru | ForEach-Object { $_.Status } | Should -Be 'Running'
        (Get-SmtpRelayConfiguration).MaxHopCount | Should -Be 42
    }

    It 'removes the data when told to' {
        Uninstall-SmtpRelay -RemoveData -Force
        Test-Path -LiteralPath $relay.DataPath | Should -BeFalse
        (Get-SmtpRelay).Status | Should -Be 'NotInstalled'
    }
}

Describe 'Another data folder' {
    It 'is found again by other sessions through location.json' {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        $before = $env:SMTP_RELAY_DATA
        $env:SMTP_RELAY_DATA = $null
        try {
            InModuleScope -ModuleName SmtpRelay -Parameters @{ Default = "$TestDrive/default"; Data = "$TestDrive/elsewhere"; ControlPort = Get-FreePort } {
                Mock -CommandName GetDefaultDataPath -MockWith { $Default }
                Install-SmtpRelay -DataPath $Data -ServiceHost Process -ControlPort $ControlPort -ErrorAction Stop
                GetDataPath | Should -Be $Data
                (Get-SmtpRelay).Status | Should -Be 'Stopped'
                Uninstall-SmtpRelay -RemoveData -Force -ErrorAction Stop
                [System.IO.File]::Exists("$Default/location.json") | Should -BeFalse
                [System.IO.Directory]::Exists($Data) | Should -BeFalse
            }
        } finally {
            $env:SMTP_RELAY_DATA = $before
        }
    }
}

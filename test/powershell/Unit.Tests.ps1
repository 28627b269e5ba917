# The private functions, one by one: texts, conversions, places. Nothing here needs the engine.

BeforeAll {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    Import-Module "$root/SmtpRelay.psd1" -Force
    Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
}

Describe 'A smart host' {
    It '<Text> is <HostName> and <Port>' -ForEach @(
        @{ Text = 'mail.example.com'; HostName = 'mail.example.com'; Port = $null }
        @{ Text = ' mail.example.com:587 '; HostName = 'mail.example.com'; Port = 587 }
        @{ Text = '192.0.2.1:2525'; HostName = '192.0.2.1'; Port = 2525 }
        @{ Text = '[2001:db8::1]:26'; HostName = '2001:db8::1'; Port = 26 }
        @{ Text = '[2001:db8::1]'; HostName = '2001:db8::1'; Port = $null }
        @{ Text = '2001:db8::1'; HostName = '2001:db8::1'; Port = $null }
        @{ Text = '[192.0.2.1]'; HostName = '192.0.2.1'; Port = $null }
        @{ Text = 'mail.example.com:99999'; HostName = 'mail.example.com'; Port = 99999 }
        @{ Text = 'mail:x'; HostName = 'mail:x'; Port = $null }
        @{ Text = ''; HostName = ''; Port = $null }
    ) {
        InModuleScope -ModuleName SmtpRelay -Parameters $_ {
            $value = ConvertToSmartHost -Text $Text
            $value['host'] | Should -Be $HostName
            $value['port'] | Should -Be $Port
        }
    }

    It 'is shown with its port, IPv6 in brackets' {
        InModuleScope -ModuleName SmtpRelay {
            FormatSmartHost -Value @{ host = 'a.example' } | Should -Be 'a.example:25'
            FormatSmartHost -Value @{ host = '2001:db8::1'; port = 26 } | Should -Be '[2001:db8::1]:26'
        }
    }

    It 'has a weight when one follows, and is shown so' -ForEach @(
        @{ Text = 'a.example;weight=3'; Shown = 'a.example:25;weight=3' }
        @{ Text = '[2001:db8::1]:26 ; Weight = 12'; Shown = '[2001:db8::1]:26;weight=12' }
        @{ Text = 'a.example:587;weight=1'; Shown = 'a.example:587' }
    ) {
        InModuleScope -ModuleName SmtpRelay -Parameters $_ {
            FormatSmartHost -Value (ConvertToSmartHost -Text $Text) | Should -Be $Shown
        }
    }
}

Describe 'A command line' {
    It 'comes back from the program as it was given' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            $given = 'plain', 'with space', '', 'a"b', 'back\slash', 'end\', 'end with space\', '\"', "tab`tx", '--data'
            $code = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'
            $run = InvokeProgram -Path (GetRelayNode) -Argument (@('-e', $code, '--') + $given)
            $run.ExitCode | Should -Be 0
            $run.Output | ConvertFrom-Json | Should -Be $given
        }
    }
}

Describe 'A program' {
    BeforeAll {
        InModuleScope -ModuleName SmtpRelay { . ReadServiceCode; $script:Node = GetRelayNode }
    }

    It 'that fails says why in one sentence' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            $run = InvokeProgram -Path $script:Node -Argument '-e', 'console.error("No good."); process.exit(3)'
            $run.ExitCode | Should -Be 3
            $run.Failure | Should -Be 'No good.'
        }
    }

    It 'that does not exist is a failure, not an exception' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            $run = InvokeProgram -Path '/no/such/program' -Argument 'x'
            $run.ExitCode | Should -Be -1
            $run.Failure | Should -Not -BeNullOrEmpty
        }
    }

    It 'that hangs is ended after the time-out' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $run = InvokeProgram -Path $script:Node -Argument '-e', 'setInterval(() => {}, 1000)' -Timeout 1
            $run.Failure | Should -BeLike '*did not end within 1 seconds*'
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 10
        }
    }

    It 'that leaves a child with open pipes is not waited for' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            $code = 'require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 8000)"], { detached: true, stdio: "inherit" }).unref()'
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            (InvokeProgram -Path $script:Node -Argument '-e', $code).ExitCode | Should -Be 0
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 7
        }
    }
}

Describe 'Parameters for the engine' {
    It 'are seconds for a TimeSpan, also when it was given as a number' {
        InModuleScope -ModuleName SmtpRelay {
            ConvertToSecond -Value '00:15:00' | Should -Be 900
            ConvertToSecond -Value 60 | Should -Be 60
            ConvertToSecond -Value '2.00:00:00' | Should -Be 172800
            ConvertToSecond -Value ([timespan]::Zero) | Should -Be 0
            ConvertToSecond -Value ([timespan]::FromSeconds(1.5)) | Should -Be 1.5
        }
    }

    It 'have the names of the contract and plain values' {
        InModuleScope -ModuleName SmtpRelay {
            $date = [datetime]::new(2026, 1, 31, 12, 0, 0, [System.DateTimeKind]::Utc)
            $bound = @{
                Identity      = 'x'
                RetryInterval = [timespan[]]@('00:01:00', '00:05:00')
                SmartHost     = [string[]]@('a:587', 'b')
                Fqdn          = ''
                PickupEnabled = $false
                Start         = $date.ToLocalTime()
                ResultSize    = 'Unlimited'
                DnsServer     = [string[]]@()
                PassThru      = [switch]$true
                WhatIf        = [switch]$true
            }
            $result = ConvertToMethodParameter -Bound $bound -Rename @{ Identity = 'name'; SmartHost = 'smartHosts' }
            $json = ConvertToRelayJson -Value $result | ConvertFrom-Json -AsHashtable -DateKind String
            $json.Keys | Sort-Object | Should -Be @('dnsServer', 'fqdn', 'name', 'pickupEnabled', 'resultSize', 'retryInterval', 'smartHosts', 'start')
            $json.name | Should -Be 'x'
            $json.retryInterval | Should -Be @(60, 300)
            $json.smartHosts[0].port | Should -Be 587
            $json.smartHosts[1].host | Should -Be 'b'
            $json.fqdn | Should -BeNull
            $json.pickupEnabled | Should -BeFalse
            $json.start | Should -Be '2026-01-31T12:00:00.000Z'
            $json.resultSize | Should -BeNull
            , $json.dnsServer | Should -BeOfType [array]
        }
    }

    It 'keep a list of one a list' {
        InModuleScope -ModuleName SmtpRelay {
            $result = ConvertToMethodParameter -Bound @{ DnsServer = [string[]]@('192.0.2.1') }
            ConvertToRelayJson -Value $result | Should -Be '{"dnsServer":["192.0.2.1"]}'
        }
    }

    It 'never show a password in what is said about a change' {
        InModuleScope -ModuleName SmtpRelay {
            $text = FormatChange -Parameter @{ name = 'a'; password = 'secret-word'; fqdn = $null; smartHosts = @(@{ host = 'h'; port = 26 }) }
            $text | Should -Be 'fqdn to (default); password to a new one; smartHosts to h:26'
        }
    }
}

Describe 'Answers of the engine' {
    It 'become typed objects with real values' {
        InModuleScope -ModuleName SmtpRelay {
            $json = '[{"identity":"3","nextHopDomain":"a.example","nextHopConnector":"Internet","deliveryType":"DnsConnectorDelivery",' +
            '"status":"Retry","messageCount":2,"recipientCount":3,"lastError":"2026-01-31T12:00:00Z","lastRetryTime":"2026-01-31T12:00:00.250Z",' +
            '"nextRetryTime":null,"firstRetryTime":null,"retryCount":1,"activeConnections":0,"incomingRate":0.5,"outgoingRate":0,"velocity":-0.5}]'
            $queue = @(ConvertFromRelayResult -Value (ConvertFromRelayJson -Text $json) -Plan (GetResultPlan -Method queue.list))
            $queue.Count | Should -Be 1
            $queue[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Queue'
            $queue[0].MessageCount | Should -BeOfType [long]
            $queue[0].IncomingRate | Should -Be 0.5
            $queue[0].LastRetryTime | Should -BeOfType [datetime]
            $queue[0].LastRetryTime.Kind | Should -Be 'Local'
            $queue[0].LastRetryTime.ToUniversalTime().ToString('o') | Should -Be '2026-01-31T12:00:00.2500000Z'
            $queue[0].NextRetryTime | Should -BeNull
            $queue[0].LastError | Should -BeOfType [string]
            $queue[0].LastError | Should -Be '2026-01-31T12:00:00Z'
            $queue[0].PSObject.Properties.Name[0] | Should -Be 'Identity'
        }
    }

    It 'become the same from the dictionaries that the reader of 5.1 makes' {
        InModuleScope -ModuleName SmtpRelay {
            $entry = [System.Collections.Generic.Dictionary[string, object]]::new()
            $entry['name'] = 'a'
            $entry['type'] = 'SmartHost'
            $entry['enabled'] = $true
            $hop = [System.Collections.Generic.Dictionary[string, object]]::new()
            $hop['host'] = 'h.example'
            $hop['port'] = 587
            $entry['smartHosts'] = [object[]]@($hop)
            $entry['addressSpaces'] = [object[]]@('*')
            $connector = ConvertFromRelayResult -Value ([object[]]@($entry)) -Plan (GetResultPlan -Method connector.list)
            $connector.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Connector'
            $connector.SmartHosts | Should -Be 'h.example:587'
            $connector.AddressSpaces.GetType().Name | Should -Be 'String[]'
            $connector.Comment | Should -BeNull
        }
    }

    It 'have TimeSpans for times and empty lists for empty lists' {
        InModuleScope -ModuleName SmtpRelay {
            $value = @{ retryInterval = @(60, 300); messageExpirationTimeout = 172800; dnsServer = @(); maxMessageSize = 37748736 }
            $configuration = ConvertFromRelayResult -Value $value -Plan (GetResultPlan -Method settings.get)
            $configuration.RetryInterval.GetType().Name | Should -Be 'TimeSpan[]'
            $configuration.RetryInterval[1] | Should -Be ([timespan]'00:05:00')
            $configuration.MessageExpirationTimeout | Should -Be ([timespan]'2.00:00:00')
            $configuration.DnsServer.GetType().Name | Should -Be 'String[]'
            $configuration.DnsServer.Count | Should -Be 0
            $configuration.MaxMessageSize | Should -Be 36MB
        }
    }

    It 'have a TimeSpan for milliseconds in the log' {
        InModuleScope -ModuleName SmtpRelay {
            $entry = ConvertFromRelayResult -Value @(@{ elapsed = 1500 }) -Plan (GetResultPlan -Method log.read)
            $entry.Elapsed | Should -Be ([timespan]'00:00:01.500')
        }
    }
}

Describe 'A restriction' {
    It 'without entries is one object without an entry' {
        InModuleScope -ModuleName SmtpRelay {
            $value = [pscustomobject]@{ Mode = 'OnlyListed'; Entries = @(); AllowAuthenticated = $true; ClientCertificates = @(); OpenToEveryone = $false }
            $object = @(ConvertToRestrictionEntry -Restriction $value)
            $object.Count | Should -Be 1
            $object[0].Entry | Should -BeNull
            $object[0].Mode | Should -Be 'OnlyListed'
        }
    }
}

Describe 'The unit of systemd' {
    BeforeAll {
        $text = InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            $unit = @{ Node = '/opt/smtp relay/bin/node'; Entry = '/opt/smtp relay/dist/main.js'; DataPath = '/var/lib/smtp-relay'; User = 'smtp-relay' }
            GetSystemdUnitText @unit
        }
    }

    It 'starts the engine in the foreground with its data folder' {
        $text | Should -Match '(?m)^ExecStart="/opt/smtp relay/bin/node" --disable-warning=ExperimentalWarning --max-semi-space-size=[0-9]+ "/opt/smtp relay/dist/main.js" --data /var/lib/smtp-relay --patient$'
        $text | Should -Match '(?m)^Environment=UV_THREADPOOL_SIZE=16$'
        $text | Should -Match '(?m)^User=smtp-relay$'
        $text | Should -Match '(?m)^Restart=on-failure$'
        $text | Should -Match '(?m)^WantedBy=multi-user.target$'
    }

    It 'may do nothing but write its data and open low ports' {
        foreach ($line in 'NoNewPrivileges=true', 'ProtectSystem=strict', 'ReadWritePaths=/var/lib/smtp-relay', 'AmbientCapabilities=CAP_NET_BIND_SERVICE', 'CapabilityBoundingSet=CAP_NET_BIND_SERVICE', 'PrivateTmp=true') {
            $text -split "`n" | Should -Contain $line
        }
        [regex]::Matches($text, 'CAP_\w+').Value | Sort-Object -Unique | Should -Be 'CAP_NET_BIND_SERVICE'
        # Would forbid the compiler of the JavaScript engine.
        $text | Should -Not -Match '(?m)^MemoryDenyWriteExecute=true'
    }

    It 'reads back odd paths as they are' -ForEach @(
        @{ Path = '/a/b'; Word = '/a/b' }
        @{ Path = '/a b'; Word = '"/a b"' }
        @{ Path = '/100%'; Word = '/100%%' }
        @{ Path = '/a$b'; Word = '/a$$b' }
        @{ Path = '/a"b'; Word = '"/a\"b"' }
    ) {
        InModuleScope -ModuleName SmtpRelay -Parameters $_ {
            . ReadServiceCode
            ConvertToSystemdWord -Text $Path | Should -Be $Word
        }
    }

    It 'runs as an account of its own, but for code in a home folder' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            GetSystemdUser -Path '/opt/a/node', '/opt/a/main.js' | Should -Be 'smtp-relay'
            GetSystemdUser -Path '/opt/a/node', '/root/a/main.js' | Should -Be 'root'
            GetSystemdUser -Path '/home/jo/node' | Should -Be 'root'
            GetSystemdUser -Path '/homes/jo/node' | Should -Be 'smtp-relay'
        }
    }
}

Describe 'The service of Windows' {
    It 'has a quoted command line, without a backslash before a quote' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            GetServiceCommandLine -Program 'C:\Program Files\S\SmtpRelay.exe' -Node 'C:\n.exe' -DataPath 'D:\Data\' |
                Should -Be '"C:\Program Files\S\SmtpRelay.exe" --data "D:\Data" --node "C:\n.exe"'
        }
    }

    It 'is registered with its account, whose password is on no command line; without one the account stays' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            GetServiceRegistration -CommandLine '"x" y' -Account 'localservice' | Should -Be '{"commandLine":"\"x\" y","account":"NT AUTHORITY\\LocalService"}'
            GetServiceRegistration -CommandLine 'x' | Should -Be '{"commandLine":"x"}'
            $credential = [pscredential]::new('CONTOSO\jo', (ConvertTo-SecureString "gro$([char]0xdf)es `"Wort`"" -AsPlainText -Force))
            $wish = GetServiceRegistration -CommandLine 'x' -Credential $credential | ConvertFrom-Json
            $wish.account | Should -Be 'CONTOSO\jo'
            $wish.password | Should -BeExactly "gro$([char]0xdf)es `"Wort`""
            GetWantedAccount -Credential $credential -Existing @{ Account = 'LocalSystem' } | Should -Be 'CONTOSO\jo'
            GetWantedAccount -Existing @{ Account = 'CONTOSO\relay$' } | Should -Be 'CONTOSO\relay$'
            GetWantedAccount -ServiceAccount LocalService -Existing @{ Account = 'CONTOSO\relay$' } | Should -Be 'NT AUTHORITY\LocalService'
            GetWantedAccount | Should -Be 'NT SERVICE\SmtpRelay'
        }
    }

    It 'takes <Account> for <Name>' -ForEach @(
        @{ Account = ''; Name = 'NT SERVICE\SmtpRelay'; Password = $false; Domain = $false }
        @{ Account = 'localservice'; Name = 'NT AUTHORITY\LocalService'; Password = $false; Domain = $false }
        @{ Account = 'NT AUTHORITY\SYSTEM'; Name = 'LocalSystem'; Password = $false; Domain = $false }
        @{ Account = 'CONTOSO\relay$'; Name = 'CONTOSO\relay$'; Password = $false; Domain = $true }
        @{ Account = 'CONTOSO\jo'; Name = 'CONTOSO\jo'; Password = $true; Domain = $true }
        @{ Account = 'jo@contoso.example'; Name = 'jo@contoso.example'; Password = $true; Domain = $true }
        @{ Account = 'jo'; Name = '.\jo'; Password = $true; Domain = $false }
    ) {
        InModuleScope -ModuleName SmtpRelay -Parameters $_ {
            . ReadServiceCode
            $found = ResolveServiceAccount -Account $Account
            $found.Name | Should -BeExactly $Name
            $found.NeedsPassword | Should -Be $Password
            $found.IsDomain | Should -Be $Domain
        }
    }

    It 'knows the SID of its own account, as Windows computes it' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            # The one that every Windows has, for comparison.
            GetServiceSid -Name TrustedInstaller | Should -Be 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'
            GetAccountSid -Account 'NT SERVICE\SmtpRelay' | Should -Be (GetServiceSid -Name smtprelay)
            GetAccountSid -Account 'NT AUTHORITY\NetworkService' | Should -Be 'S-1-5-20'
        }
    }

    It 'refuses accounts that cannot be used before it changes anything' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            $credential = [pscredential]::new('a', [securestring]::new())
            { AssertServiceAccount -ServiceHost WindowsService -ServiceAccount 'CONTOSO\jo' } | Should -Throw -ErrorId 'SmtpRelay.PasswordNeeded'
            { AssertServiceAccount -ServiceHost WindowsService -ServiceAccount 'a' -Credential $credential } | Should -Throw -ErrorId 'SmtpRelay.AccountTwice'
            { AssertServiceAccount -ServiceHost Systemd -ServiceAccount 'LocalService' } | Should -Throw -ErrorId 'SmtpRelay.AccountNotUsed'
            { AssertServiceAccount -ServiceHost WindowsService -ServiceAccount 'CONTOSO\relay$' } | Should -Not -Throw
            { AssertServiceAccount -ServiceHost Process } | Should -Not -Throw
        }
    }
}

# Programs of Windows as scripts that write down how they were called; what only Windows has (the registry, the
# service manager) as functions of the test. The processes are real.
Describe 'The service of Windows, by the calls that are made' -Skip:([System.IO.Path]::DirectorySeparatorChar -eq '\') {
    BeforeEach {
        $tools = "$TestDrive/$([guid]::NewGuid().ToString('n'))"
        $null = New-Item -ItemType Directory -Path $tools
        foreach ($tool in 'sc.exe', 'SmtpRelay.exe', 'netsh.exe') {
            Set-Content -Path "$tools/$tool" -Value "#!/bin/sh`necho `"$tool `$*`" >> '$tools/calls'`nif [ `"`$1`" = --register ]; then cat >> '$tools/calls'; echo >> '$tools/calls'; fi`n"
            chmod +x "$tools/$tool"
        }
        $path = $env:PATH
        $env:PATH = "$tools$([System.IO.Path]::PathSeparator)$path"
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Tools = $tools } {
            $script:TestModuleRoot = $script:ModuleRoot
            $script:ModuleRoot = $Tools
        }
    }

    AfterEach {
        $env:PATH = $path
        InModuleScope -ModuleName SmtpRelay { $script:ModuleRoot = $script:TestModuleRoot }
    }

    It 'gets its old command line and account back when a later step fails' {
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Tools = $tools } {
            . ReadServiceCode
            function RegisterEventSource { }
            function ReadServiceRegistration { @{ CommandLine = 'now'; Account = 'NT AUTHORITY\LocalService' } }
            $undo = [System.Collections.Generic.Stack[object]]::new()
            $account = @{ ServiceAccount = 'LocalService'; Credential = $null; Existing = @{ CommandLine = 'as it was'; Account = 'CONTOSO\relay$' } }
            RegisterRelayHost -ServiceHost WindowsService -Node 'n' -Entry 'e' -DataPath 'd' -Account $account -Undo $undo
            InvokeUndo -Undo $undo | Should -BeNullOrEmpty
        }
        $calls = @(Get-Content -Path "$tools/calls" | Where-Object { $_ })
        $calls[0] | Should -Be 'SmtpRelay.exe --register'
        ($calls[1] | ConvertFrom-Json).account | Should -Be 'NT AUTHORITY\LocalService'
        $calls[3] | Should -Be '{"commandLine":"as it was","account":"CONTOSO\\relay$"}'
    }

    It 'is not deleted for another password, and says what cannot be put back' {
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Tools = $tools } {
            . ReadServiceCode
            function RegisterEventSource { }
            function ReadServiceRegistration { @{ CommandLine = 'now'; Account = 'CONTOSO\jo' } }
            $credential = [pscredential]::new('CONTOSO\jo', (ConvertTo-SecureString 'secret-word' -AsPlainText -Force))
            RegisterWindowsService -Node 'n' -DataPath 'd' -Credential $credential -Existing @{ CommandLine = 'as it was'; Account = 'CONTOSO\ann' }
            RestoreWindowsService -Existing @{ CommandLine = 'as it was'; Account = 'CONTOSO\ann' } -WarningVariable warnings -WarningAction SilentlyContinue 3> $null
        }
        $calls = Get-Content -Path "$tools/calls" -Raw
        $calls | Should -Not -Match 'delete'
        $calls -split "`n" | Where-Object { $_ -like '*.exe *' -and $_ -notlike '{*' } | Should -Be @('SmtpRelay.exe --register', 'SmtpRelay.exe --register')
    }

    It 'that hangs is ended in order, and Windows does not start it again meanwhile' {
        # Node 24 as the relay runs with it: it names its process otherwise than Node 20.
        $node = InModuleScope -ModuleName SmtpRelay -Parameters @{ Root = $root } {
            . ReadServiceCode
            $script:ModuleRoot = $Root
            GetRelayNode
        }
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Tools = $tools } { $script:ModuleRoot = $Tools }
        $hanging = Start-Process -FilePath $node -ArgumentList '-e', '"setInterval(() => {}, 1000)"' -PassThru
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Hanging = $hanging; Tools = $tools } {
            . ReadServiceCode
            function GetWindowsService { [pscustomobject]@{ Status = @{ $true = 'Stopped'; $false = 'StopPending' }[$Hanging.HasExited] } }
            StopWindowsService -NodeId $Hanging.Id -Grace '00:00:01' 3> "$Tools/warning"
        }
        $hanging.HasExited | Should -BeTrue
        Get-Content "$tools/warning" -Raw | Should -Match 'ended by force'
        @(Get-Content -Path "$tools/calls") | Should -Be @('sc.exe stop SmtpRelay', 'SmtpRelay.exe --recovery off', 'sc.exe queryex SmtpRelay', 'SmtpRelay.exe --recovery on')
    }

    It 'that stops by itself is left alone' {
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Tools = $tools } {
            . ReadServiceCode
            function GetWindowsService { [pscustomobject]@{ Status = 'Stopped' } }
            StopWindowsService
        }
        Test-Path "$tools/calls" | Should -BeFalse
    }

    It 'has one firewall rule, which follows ports and Node, comes back when a later step fails, and goes with it' {
        Set-Content -Path "$tools/settings.json" -Value '{"listeners":[{"bindings":[{"address":"0.0.0.0","port":25}]}]}'
        Set-Content -Path "$tools/install.json" -Value '{"serviceHost":"WindowsService"}'
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Tools = $tools } {
            . ReadServiceCode
            $undo = [System.Collections.Generic.Stack[object]]::new()
            OpenFirewall -DataPath $Tools -Node 'first.exe' -Undo $undo
            (ReadJsonFile -Path "$Tools/install.json")['firewall']['program'] | Should -Be 'first.exe'
            $undo.Clear()
            OpenFirewall -DataPath $Tools -Node 'second.exe' -Undo $undo
            InvokeUndo -Undo $undo | Should -BeNullOrEmpty
        }
        $calls = @(Get-Content -Path "$tools/calls" | Where-Object { $_ -match ' add ' })
        $calls.Count | Should -Be 3
        $calls[0] | Should -Match 'localport=25 program=first.exe'
        $calls[1] | Should -Match 'second.exe'
        $calls[2] | Should -Match 'first.exe'
    }
}

Describe 'Steps of an installation' {
    It 'are undone from the last to the first, and what could not be undone is said' {
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Folder = "$TestDrive" } {
            . ReadServiceCode
            $undo = [System.Collections.Generic.Stack[object]]::new()
            Set-Content -Path "$Folder/kept" -Value 'before' -NoNewline
            AddFileUndo -Undo $undo -Path "$Folder/kept"
            AddFileUndo -Undo $undo -Path "$Folder/made"
            AddUndo -Undo $undo -Step { param($word) throw "No $word." } -With 'way'
            Set-Content -Path "$Folder/kept", "$Folder/made" -Value 'after'
            $remarks = @(InvokeUndo -Undo $undo)
            $remarks | Should -Be @('A step could not be undone: No way.')
            Get-Content "$Folder/kept" | Should -Be 'before'
            Test-Path "$Folder/made" | Should -BeFalse
            $failure = NewRelayError -Id 'StartFailed' -Category OpenError -Message 'It did not start.' -Action 'Start it.'
            $problem = NewInstallError -Failure $failure -Remark $remarks
            $problem.FullyQualifiedErrorId | Should -Be 'SmtpRelay.StartFailed'
            $problem.Exception.Message | Should -Not -Match 'as before'
            $problem.Exception.Message | Should -Match 'No way'
            (NewInstallError -Failure $failure).Exception.Message | Should -Match 'everything is as before'
        }
    }

    It 'find a taken port on Linux too' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            function GetServiceObject { [pscustomobject]@{ Endpoints = @([pscustomobject]@{ State = 'Failed'; Port = 25; Error = 'Port 25 is taken.' }) } }
            { AssertListening -DataPath 'x' } | Should -Throw -ErrorId 'SmtpRelay.AddressInUse' -ExpectedMessage 'Port 25 is taken.'
        }
    }

    It 'are not undone because advice could not be had' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            function GetOwnFqdn { throw [System.Net.Sockets.SocketException]::new(11001) }
            { WriteWindowsAdvice -Account 'NT SERVICE\SmtpRelay' 3> $null } | Should -Not -Throw
        }
    }
}

Describe 'A text file' {
    It 'is read as it was meant: <Title>' -ForEach @(
        @{ Title = 'UTF-8'; Bytes = [byte[]](0x67, 0xc3, 0xbc, 0x6e) }
        @{ Title = 'UTF-8 with a mark'; Bytes = [byte[]](0xef, 0xbb, 0xbf, 0x67, 0xc3, 0xbc, 0x6e) }
        @{ Title = 'UTF-16, as > of 5.1 writes it'; Bytes = [byte[]](0xff, 0xfe, 0x67, 0, 0xfc, 0, 0x6e, 0) }
        @{ Title = 'UTF-16, big end first'; Bytes = [byte[]](0xfe, 0xff, 0, 0x67, 0, 0xfc, 0, 0x6e) }
        @{ Title = 'ANSI, as Set-Content of 5.1 writes it'; Bytes = [byte[]](0x67, 0xfc, 0x6e) }
    ) {
        [System.IO.File]::WriteAllBytes("$TestDrive/text", $Bytes)
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Path = "$TestDrive/text" } {
            ReadTextFile -Path $Path | Should -BeExactly "g$([char]0xfc)n"
            WriteTextFile -Path $Path -Text "g$([char]0xfc)n"
        }
        [System.IO.File]::ReadAllBytes("$TestDrive/text") | Should -Be ([byte[]](0x67, 0xc3, 0xbc, 0x6e))
    }
}

Describe 'A program that reads logs and breaks' {
    It 'is an error and no empty log' {
        $null = New-Item -ItemType Directory -Path "$TestDrive/broken/dist"
        $null = New-Item -ItemType SymbolicLink -Path "$TestDrive/broken/node_modules" -Target "$root/node_modules"
        Set-Content -Path "$TestDrive/broken/dist/read-log.js" -Value 'console.error("out of luck"); process.exit(3);'
        Set-Content -Path "$TestDrive/broken/a.log" -Value ''
        $null = Get-SmtpLog -Path "$TestDrive/broken/a.log"
        $before = InModuleScope -ModuleName SmtpRelay -Parameters @{ Path = "$TestDrive/broken" } { $script:ModuleRoot; $script:ModuleRoot = $Path }
        try {
            Get-SmtpLog -Path "$TestDrive/broken/a.log" -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        } finally {
            InModuleScope -ModuleName SmtpRelay -Parameters @{ Path = $before } { $script:ModuleRoot = $Path }
        }
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.LogUnreadable*'
        $problem[0].Exception.Message | Should -Match 'code 3\. out of luck'
    }
}

Describe 'A plug-in of several computers' {
    It 'ends with what is worst: <Codes> is <Worst>' -ForEach @(
        @{ Codes = 0, 1; Worst = 1 }
        @{ Codes = 0, 3, 2; Worst = 2 }
        @{ Codes = 1, 3; Worst = 3 }
        @{ Codes = @(); Worst = 3 }
    ) {
        InModuleScope -ModuleName SmtpRelay -Parameters $_ { SelectPluginCode -Code ([int[]]$Codes) | Should -Be $Worst }
    }
}

Describe 'The surroundings on Windows' {
    It 'get a firewall rule for ports that others reach, for this Node alone' {
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Folder = "$TestDrive" } {
            . ReadServiceCode
            Set-Content -Path "$Folder/settings.json" -Value (@{ listeners = @(
                        @{ name = 'a'; enabled = $true; bindings = @(@{ address = '0.0.0.0'; port = 587 }, @{ address = '127.0.0.1'; port = 2525 }) }
                        @{ name = 'b'; bindings = @(@{ address = '::'; port = 25 }) }
                        @{ name = 'c'; enabled = $false; bindings = @(@{ address = '0.0.0.0'; port = 26 }) }
                    ) } | ConvertTo-Json -Depth 5)
            $ports = @(GetOpenPort -DataPath $Folder)
            $ports | Should -Be @(25, 587)
            (GetFirewallArgument -Port $ports -Program 'C:\n.exe') -join '|' | Should -Be 'advfirewall|firewall|add|rule|name=SmtpRelay (SMTP)|dir=in|action=allow|protocol=TCP|localport=25,587|program=C:\n.exe'
            (GetFirewallRemoval) -join '|' | Should -Be 'advfirewall|firewall|delete|rule|name=SmtpRelay (SMTP)'
        }
    }

    It 'are looked at for an old SMTP service, folders of users, and the C++ runtime' {
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Folder = "$TestDrive" } {
            . ReadServiceCode
            GetOldServiceAdvice -Service ([pscustomobject]@{ Status = 'Running' }) | Should -BeLike '*Stop-Service SMTPSVC*'
            GetOldServiceAdvice -Service ([pscustomobject]@{ Status = 'Stopped' }) | Should -BeNullOrEmpty
            GetOldServiceAdvice -Service $null | Should -BeNullOrEmpty
            GetFolderAdvice -Path 'C:\Users\Jo\Documents\SmtpRelay' -UserFolder 'c:\users\jo' | Should -BeLike '*ProgramFiles*'
            GetFolderAdvice -Path 'C:\Program Files\SmtpRelay' -UserFolder 'C:\Users\jo' | Should -BeNullOrEmpty
            GetRuntimeAdvice -SystemFolder $Folder | Should -BeLike '*Visual C++*'
        }
    }

    It 'are told the names for Kerberos on the account that holds them' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            GetSpnAdvice -Account 'NT SERVICE\SmtpRelay' -ComputerName srv1 -Fqdn srv1.contoso.example |
                Should -Be @('setspn -S SMTPSVC/srv1.contoso.example SRV1$', 'setspn -S smtp/srv1.contoso.example SRV1$')
            (GetSpnAdvice -Account 'CONTOSO\relay$' -ComputerName srv1 -Fqdn srv1)[0] | Should -Be 'setspn -S SMTPSVC/srv1 CONTOSO\relay$'
        }
    }
}

Describe 'The rights of the data folder' {
    It 'are given on Windows to SYSTEM and administrators, by SID, and inherited from nobody' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            $arguments = @(GetFolderRightsArgument -Path 'C:\Data')
            $arguments -join ' ' | Should -Be 'C:\Data /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F /grant:r *S-1-5-32-544:(OI)(CI)F'
        }
    }

    It 'are given to the account of the relay too' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            @(GetFolderRightsArgument -Path 'C:\Data' -Sid 'S-1-5-21-1-2-3-1001')[-1] | Should -Be '*S-1-5-21-1-2-3-1001:(OI)(CI)F'
        }
    }
}

Describe 'The first configuration' {
    It 'gets the options of Install-SmtpRelay' {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            $bound = @{ SmartHost = 'h:587'; Port = 25; SubmissionPort = 587; ControlPort = 8026; RelayNetwork = '10.0.0.0/8', '::1'; Start = $true }
            @(GetInitArgument -Bound $bound) -join ' ' | Should -Be '--smart-host h:587 --port 25 --submission-port 587 --control-port 8026 --relay-network 10.0.0.0/8,::1'
            @(GetInitArgument -Bound @{}).Count | Should -Be 0
        }
    }
}

Describe 'The service host' {
    It 'is Process here when systemd does not run' -Skip:([System.IO.Directory]::Exists('/run/systemd/system')) {
        InModuleScope -ModuleName SmtpRelay {
            . ReadServiceCode
            ResolveServiceHost -ServiceHost Auto | Should -Be 'Process'
            { ResolveServiceHost -ServiceHost Systemd } | Should -Throw -ErrorId 'SmtpRelay.ServiceHostMissing'
            { ResolveServiceHost -ServiceHost WindowsService } | Should -Throw -ErrorId 'SmtpRelay.ServiceHostMissing'
        }
    }
}

Describe 'The data folder' {
    BeforeAll {
        $before = $env:SMTP_RELAY_DATA
        $env:SMTP_RELAY_DATA = $null
    }

    AfterAll {
        $env:SMTP_RELAY_DATA = $before
    }

    BeforeEach {
        $places = @{ Default = "$TestDrive/default-$([guid]::NewGuid())"; Copy = "$TestDrive/copy-$([guid]::NewGuid())" }
        $null = New-Item -ItemType Directory -Path $places.Default, "$($places.Copy)/data"
    }

    It 'is that of SMTP_RELAY_DATA before all' {
        $env:SMTP_RELAY_DATA = "$TestDrive/named"
        try {
            InModuleScope -ModuleName SmtpRelay { GetDataPath } | Should -Be "$TestDrive/named"
        } finally {
            $env:SMTP_RELAY_DATA = $null
        }
    }

    It 'is found by <Title>' -ForEach @(
        @{ Title = 'location.json'; Location = $true; InDefault = $true; InCopy = $true; Expected = 'Location' }
        @{ Title = 'settings in the default folder'; Location = $false; InDefault = $true; InCopy = $true; Expected = 'Default' }
        @{ Title = 'settings in the working copy'; Location = $false; InDefault = $false; InCopy = $true; Expected = 'Copy' }
        @{ Title = 'default when there is nothing'; Location = $false; InDefault = $false; InCopy = $false; Expected = 'Default' }
    ) {
        if ($Location) {
            Set-Content -Path "$($places.Default)/location.json" -Value '{ "dataPath": "/some/where" }'
        }
        if ($InDefault) {
            Set-Content -Path "$($places.Default)/settings.json" -Value '{}'
        }
        if ($InCopy) {
            Set-Content -Path "$($places.Copy)/data/settings.json" -Value '{}'
        }
        $wanted = @{ Location = '/some/where'; Default = $places.Default; Copy = [System.IO.Path]::Combine($places.Copy, 'data') }[$Expected]
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Places = $places; Wanted = $wanted } {
            Mock -CommandName GetDefaultDataPath -MockWith { $Places.Default }
            $module = $script:ModuleRoot
            $script:ModuleRoot = $Places.Copy
            try {
                GetDataPath | Should -Be $Wanted
            } finally {
                $script:ModuleRoot = $module
            }
        }
    }

    It 'is asked for a process that lives' {
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Folder = $places.Default } {
            Set-Content -Path "$Folder/relay.state.json" -Value "{ ""processId"": $PID, ""controlPort"": 1 }"
            (ReadRelayState -DataPath $Folder)['controlPort'] | Should -Be 1
            Set-Content -Path "$Folder/relay.state.json" -Value '{ "processId": 4194303, "controlPort": 1 }'
            ReadRelayState -DataPath $Folder | Should -BeNullOrEmpty
            Set-Content -Path "$Folder/relay.state.json" -Value '{ broken'
            ReadRelayState -DataPath $Folder | Should -BeNullOrEmpty
        }
    }
}

Describe 'A JSON file' {
    It 'is written whole, first and again' {
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Path = "$TestDrive/a.json" } {
            WriteJsonFile -Path $Path -Value @{ a = 1 }
            WriteJsonFile -Path $Path -Value @{ a = 2; text = 'gr' + [char]0xFC + 'n' }
            $value = ReadJsonFile -Path $Path
            $value['a'] | Should -Be 2
            $value['text'] | Should -Be ('gr' + [char]0xFC + 'n')
            [System.IO.File]::ReadAllBytes($Path)[0] | Should -Be 0x7B
            [System.IO.File]::Exists("$Path.new") | Should -BeFalse
        }
    }
}

Describe 'An error of the engine' {
    AfterEach {
        Stop-FakeControlPort -Fake $fake
        $fake = $null
    }

    It 'is one record for each wrong value' {
        $body = '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Two problems.","data":{"id":"InvalidParameter","action":"Correct them.",' +
        '"problems":[{"path":"retryInterval[0]","value":0,"message":"must be between 1 and 604800"},{"path":"fqdn","value":"a b","message":"must be a host name"}]}}}'
        $fake = Start-FakeControlPort -Body $body
        Set-SmtpRelayConfiguration -Fqdn 'a b' -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem.Count | Should -Be 2
        $problem[0].FullyQualifiedErrorId | Should -Be 'SmtpRelay.InvalidParameter,Set-SmtpRelayConfiguration'
        $problem[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        $problem[0].TargetObject | Should -Be 0
        $problem[0].Exception.Message | Should -Be "retryInterval[0] '0' must be between 1 and 604800."
        $problem[0].ErrorDetails.RecommendedAction | Should -Be 'Correct them.'
        $problem[1].TargetObject | Should -Be 'a b'
        $request = ''
        $null = $fake.Requests.TryPeek([ref]$request)
        $request | Should -Be 'Bearer secret-token {"jsonrpc":"2.0","id":1,"method":"settings.set","params":{"fqdn":"a b"}}'
    }

    It '<Id> is of the category <Category>' -ForEach @(
        @{ Id = 'NotFound'; Code = -32002; Category = 'ObjectNotFound' }
        @{ Id = 'AlreadyExists'; Code = -32003; Category = 'ResourceExists' }
        @{ Id = 'StorageFailed'; Code = -32004; Category = 'WriteError' }
        @{ Id = 'InternalError'; Code = -32603; Category = 'InvalidResult' }
        @{ Id = 'SomethingNew'; Code = -32099; Category = 'NotSpecified' }
        @{ Id = 'SettingOutOfRange'; Code = -32602; Category = 'InvalidArgument' }
    ) {
        $fake = Start-FakeControlPort -Body ('{{"jsonrpc":"2.0","id":1,"error":{{"code":{0},"message":"A sentence.","data":{{"id":"{1}","action":"Do it."}}}}}}' -f $Code, $Id)
        Remove-SmtpDomain -Identity a.example -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem.Count | Should -Be 1
        $problem[0].FullyQualifiedErrorId | Should -Be "SmtpRelay.$Id,Remove-SmtpDomain"
        $problem[0].CategoryInfo.Category | Should -Be $Category
        $problem[0].TargetObject | Should -Be 'a.example'
        $problem[0].Exception.Message | Should -Be 'A sentence.'
    }

    It 'with a wrong token is an AuthenticationError' {
        $fake = Start-FakeControlPort -Status 401
        Get-SmtpQueue -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -Be 'SmtpRelay.WrongToken,Get-SmtpQueue'
        $problem[0].CategoryInfo.Category | Should -Be 'AuthenticationError'
    }

    It 'without a token is PermissionDenied' {
        $fake = Start-FakeControlPort -Body '{}'
        Remove-Item -Path "$($fake.DataPath)/control.token"
        Get-SmtpQueue -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -Be 'SmtpRelay.TokenUnreadable,Get-SmtpQueue'
        $problem[0].CategoryInfo.Category | Should -Be 'PermissionDenied'
        $problem[0].TargetObject | Should -BeLike '*control.token'
    }

    It 'of another program at the port is a ProtocolError' {
        $fake = Start-FakeControlPort -Status 404 -Body 'no such page'
        Get-SmtpQueue -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -Be 'SmtpRelay.UnexpectedAnswer,Get-SmtpQueue'
    }

    It 'never reaches the Tab key' {
        $fake = Start-FakeControlPort -Status 500 -Body 'broken'
        $completion = TabExpansion2 -inputScript 'Get-SmtpConnector -Identity x' -cursorColumn 29
        @($completion.CompletionMatches | Where-Object { $_.ResultType -eq 'ParameterValue' }).Count | Should -Be 0
    }
}

Describe 'A relay that is not there' {
    BeforeAll {
        $before = $env:SMTP_RELAY_DATA
        $env:SMTP_RELAY_DATA = "$TestDrive/nothing"
    }

    AfterAll {
        $env:SMTP_RELAY_DATA = $before
    }

    It 'has the status NotInstalled' {
        $service = Get-SmtpRelay
        $service.Status | Should -Be 'NotInstalled'
        $service.DataPath | Should -Be "$TestDrive/nothing"
        $service.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Service'
    }

    It 'is named with its folder and what to do' {
        Get-SmtpQueue -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -Be 'SmtpRelay.RelayNotInstalled,Get-SmtpQueue'
        $problem[0].Exception.Message | Should -BeLike "*$TestDrive/nothing*"
        $problem[0].ErrorDetails.RecommendedAction | Should -Be 'Install-SmtpRelay'
    }

    It 'can be neither started nor uninstalled' {
        Start-SmtpRelay -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[-1].FullyQualifiedErrorId | Should -Be 'SmtpRelay.RelayNotInstalled,Start-SmtpRelay'
        Uninstall-SmtpRelay -Force -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[-1].FullyQualifiedErrorId | Should -Be 'SmtpRelay.RelayNotInstalled,Uninstall-SmtpRelay'
    }

    It 'gives no completions and no error' {
        $error.Clear()
        $null = TabExpansion2 -inputScript 'Get-SmtpQueue -Identity ' -cursorColumn 24
        $error.Count | Should -Be 0
    }

    It 'is called RelayNotRunning when it is installed' {
        $null = New-Item -ItemType Directory -Path "$TestDrive/stopped"
        Set-Content -Path "$TestDrive/stopped/settings.json" -Value '{ "general": { "controlPort": 1, "fqdn": "relay.example" } }'
        $env:SMTP_RELAY_DATA = "$TestDrive/stopped"
        Get-SmtpQueue -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -Be 'SmtpRelay.RelayNotRunning,Get-SmtpQueue'
        $problem[0].CategoryInfo.Category | Should -Be 'ConnectionError'
        $problem[0].ErrorDetails.RecommendedAction | Should -Be 'Start-SmtpRelay'
        $service = Get-SmtpRelay
        $service.Status | Should -Be 'Stopped'
        $service.Name | Should -Be 'relay.example'
        $service.ControlPort | Should -Be 1
    }
}

Describe 'The installation for systemd' -Skip:([System.IO.Path]::DirectorySeparatorChar -eq '\') {
    BeforeAll {
        # Programs of the same names that only write down how they were called.
        $tools = "$TestDrive/tools"
        $null = New-Item -ItemType Directory -Path $tools, "$TestDrive/units", "$TestDrive/data"
        foreach ($tool in 'systemctl', 'useradd', 'chown', 'id') {
            Set-Content -Path "$tools/$tool" -Value "#!/bin/sh`necho $tool `"`$@`" >> '$TestDrive/calls'`n[ $tool != id ]`n"
            chmod +x "$tools/$tool"
        }
        $path = $env:PATH
        $env:PATH = "$tools$([System.IO.Path]::PathSeparator)$path"
    }

    AfterAll {
        $env:PATH = $path
    }

    It 'makes the account, gives it the data, writes and enables the unit, and takes it away again' {
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Units = "$TestDrive/units"; Data = "$TestDrive/data" } {
            . ReadServiceCode
            $script:SystemdFolder = $Units
            RegisterSystemdUnit -Node '/opt/a/node' -Entry '/opt/a/main.js' -DataPath $Data
            [System.IO.File]::ReadAllText("$Units/smtp-relay.service") | Should -Match 'User=smtp-relay'
            UnregisterSystemdUnit
            [System.IO.File]::Exists("$Units/smtp-relay.service") | Should -BeFalse
            UnregisterSystemdUnit
        }
        Get-Content -Path "$TestDrive/calls" | Should -Be @(
            'id smtp-relay'
            'useradd --system --no-create-home --shell /usr/sbin/nologin smtp-relay'
            "chown -R smtp-relay: $TestDrive/data"
            'systemctl daemon-reload'
            'systemctl enable smtp-relay.service'
            'systemctl disable --now smtp-relay.service'
            'systemctl daemon-reload'
        )
    }
}

Describe 'The unit of systemd, read by systemd itself' -Skip:(-not (Get-Command -Name systemd-analyze -CommandType Application -ErrorAction Ignore)) {
    BeforeAll {
        $unit = "$TestDrive/smtp-relay.service"
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Path = $unit } {
            . ReadServiceCode
            # A program that is there: its absence would be told of first.
            $text = GetSystemdUnitText -Node '/bin/true' -Entry '/opt/relay/dist/main.js' -DataPath '/var/lib/smtp-relay' -User 'daemon'
            [System.IO.File]::WriteAllText($Path, $text)
        }
    }

    It 'has nothing that systemd does not know' {
        $said = systemd-analyze verify $unit 2>&1 | Where-Object { $_ -match 'smtp-relay' } | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        $said | Should -BeNullOrEmpty
    }

    It 'is exposed little' {
        $said = systemd-analyze security --offline=yes --no-pager $unit 2>&1 | Out-String
        $said -match 'Overall exposure level[^:]*: (?<level>[0-9.]+)' | Should -BeTrue -Because $said
        [double]$Matches.level | Should -BeLessOrEqual 2.0 -Because $said
    }
}

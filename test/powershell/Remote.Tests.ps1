# -ComputerName and -Session: real remoting over SSH, to a server on loopback that the test starts. The relay
# belongs to that side: its data folder is known there only.

BeforeDiscovery {
    $script:leaveOut = [System.IO.Path]::DirectorySeparatorChar -eq '\' -or [Environment]::UserName -ne 'root' -or
        -not (Test-Path /usr/sbin/sshd) -or -not (Get-Command -Name ssh -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
}

Describe 'Every command' {
    It 'knows -ComputerName, by the pipeline too, and -Session' {
        $commands = @((Get-Module -Name SmtpRelay).ExportedFunctions.Values)
        $commands.Count | Should -BeGreaterThan 60
        foreach ($command in $commands) {
            $command.Parameters['ComputerName'].Aliases | Should -Be 'PSComputerName' -Because $command.Name
            $command.Parameters['Session'].ParameterType | Should -Be ([System.Management.Automation.Runspaces.PSSession[]]) -Because $command.Name
            $text = [string]$command.ScriptBlock
            $text | Should -Match 'process \{\s+if \(\$ComputerName -or \$Session\) \{\s+return InvokeOverThere ' -Because $command.Name
        }
    }
}

Describe 'An object that comes back' {
    It 'has its types, at any depth' {
        InModuleScope -ModuleName SmtpRelay {
            $inner = [pscustomobject]@{ PSTypeName = 'SmtpRelay.Inner'; When = [datetime]'2026-01-02T03:04:05Z'; Names = [string[]]@('a') }
            $outer = [pscustomobject]@{ PSTypeName = 'SmtpRelay.Outer'; Inner = $inner; List = [object[]]@($inner, $inner); None = [string[]]@(); Time = [timespan]'00:01:00'; Nothing = $null; Count = [long]5 }
            $text = [System.Management.Automation.PSSerializer]::Serialize($outer, 6)
            $back = RestoreRelayObject -Value ([System.Management.Automation.PSSerializer]::Deserialize($text))
            $back.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Outer'
            $back.List[1].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Inner'
            , $back.Inner.Names | Should -BeOfType ([string[]])
            , $back.None | Should -BeOfType ([string[]])
            $back.None.Count | Should -Be 0
            $back.Time | Should -Be ([timespan]'00:01:00')
            $back.Inner.When | Should -Be $inner.When
            $back.Count | Should -BeOfType ([long])
            $back.Nothing | Should -BeNullOrEmpty
        }
    }
}

Describe 'Remoting over SSH' -Skip:$leaveOut {
    BeforeAll {
        $folder = New-Item -ItemType Directory -Path "$TestDrive/ssh"
        $null = New-Item -ItemType Directory -Path "$TestDrive/modules", /run/sshd -Force
        $null = New-Item -ItemType SymbolicLink -Path "$TestDrive/modules/SmtpRelay" -Target $root
        $relay = Start-TestRelay -SmartHost '127.0.0.1:1'
        $env:SMTP_RELAY_DATA = "$TestDrive/nothing-here"
        $port = Get-FreePort
        foreach ($key in 'host', 'user') {
            ssh-keygen -q -t ed25519 -N '' -f "$folder/$key"
        }
        Copy-Item -Path "$folder/user.pub" -Destination "$folder/authorized"
        $shell = if ([System.Diagnostics.Process]::GetCurrentProcess().ProcessName -eq 'dotnet') { 'dotnet pwsh' } else { 'pwsh' }
        Set-Content -Path "$folder/shell" -Value @"
#!/bin/sh
export PATH='$env:PATH' HOME='$HOME' PSModulePath='$TestDrive/modules' SMTP_RELAY_DATA='$($relay.DataPath)' DOTNET_CLI_HOME='$HOME'
cd '$root' && exec $shell -NoLogo -NoProfile -sshs
"@
        chmod 755 "$folder/shell"
        Set-Content -Path "$folder/config" -Value @"
Port $port
ListenAddress 127.0.0.1
HostKey $folder/host
AuthorizedKeysFile $folder/authorized
PidFile $folder/pid
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
Subsystem powershell $folder/shell
"@
        $server = Start-Process -FilePath /usr/sbin/sshd -ArgumentList '-D', '-e', '-f', "$folder/config" -PassThru -RedirectStandardError "$folder/log"
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $session = $null
        while (-not $session) {
            $options = @{ StrictHostKeyChecking = 'no'; UserKnownHostsFile = '/dev/null'; LogLevel = 'ERROR' }
            $session = New-PSSession -HostName 127.0.0.1 -Port $port -UserName root -KeyFilePath "$folder/user" -Options $options -ErrorAction SilentlyContinue
            if (-not $session -and $clock.Elapsed.TotalSeconds -gt 60) {
                throw "No session: $(Get-Content "$folder/log" -Raw)"
            }
        }
    }

    AfterAll {
        if ($session) {
            Remove-PSSession -Session $session
        }
        if ($server) {
            Stop-Process -InputObject $server -Force
        }
        Stop-TestRelay -Relay $relay
    }

    It 'shows the relay of the other side as one of this side' {
        (Get-SmtpRelay).Status | Should -Be 'NotInstalled'
        $there = Get-SmtpRelay -Session $session
        $there.Status | Should -Be 'Running'
        $there.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Service'
        $there.PSComputerName | Should -Be '127.0.0.1'
        $there.Uptime | Should -BeOfType ([timespan])
        $there.Endpoints[0].PSObject.TypeNames[0] | Should -BeLike 'SmtpRelay.*'
        $there | Out-String | Should -Match 'Running'
        ($there | Out-String) -match 'PSComputerName' | Should -BeFalse
    }

    It 'changes what is over there, with secrets, lists and -WhatIf' {
        Set-SmtpRelayConfiguration -MaxHopCount 9 -WhatIf -Session $session
        (Get-SmtpRelayConfiguration -Session $session).MaxHopCount | Should -Not -Be 9
        (Set-SmtpRelayConfiguration -MaxHopCount 9 -PassThru -Session $session).MaxHopCount | Should -Be 9
        Add-RelayRestriction -IPAddress 192.0.2.0/24, 198.51.100.7 -Comment 'from afar' -Session $session
        (Get-RelayRestriction -Session $session).Entry | Should -Contain '192.0.2.0/24'
        $secret = ConvertTo-SecureString 'T0p-s3cret-word' -AsPlainText -Force
        New-SmtpAccount -Credential ([pscredential]::new('far', $secret)) -Session $session
        (Get-SmtpAccount -Identity far -Session $session).Name | Should -Be 'far'
    }

    It 'compares a file over there with what is in force' {
        Set-Content -Path "$TestDrive/desired.json" -Value '{"general":{"maxHopCount":12},"connectors":[]}'
        $found = @(Test-SmtpRelayConfiguration -Path "$TestDrive/desired.json" -Session $session)
        $found[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.ConfigurationDifference'
        $found[0].Path | Should -Be 'general.maxHopCount'
        $found[0].Desired | Should -Be '12'
        $found[0].Actual | Should -Be '9'
        $found.Count | Should -BeGreaterThan 1
        Test-SmtpRelayConfiguration -Path "$TestDrive/desired.json" -Quiet -Session $session | Should -BeFalse
        Set-Content -Path "$TestDrive/desired.json" -Value '{"general":{"maxHopCount":9}}'
        Test-SmtpRelayConfiguration -Path "$TestDrive/desired.json" -Quiet -Session $session | Should -BeTrue
        Set-Content -Path "$TestDrive/desired.json" -Value '{"general":{"maxHopCount":1}}'
        Test-SmtpRelayConfiguration -Path "$TestDrive/desired.json" -Session $session -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].Exception.Message | Should -Match 'maxHopCount'
    }

    It 'counts clients over there only' {
        Get-SmtpClientReport -Session $session -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem | Should -BeNullOrEmpty
    }

    It 'tells of the health as a plug-in, with the exit code of over there' {
        $global:LASTEXITCODE = 77
        $text = @(Test-SmtpRelay -As Nagios -Session $session)
        $text.Count | Should -Be 1
        $text[0] | Should -Match '^SMTPRELAY (OK|WARNING|CRITICAL|UNKNOWN) - '
        $word = @{ OK = 0; WARNING = 1; CRITICAL = 2; UNKNOWN = 3 }[$text[0].Split(' ')[1]]
        $global:LASTEXITCODE | Should -Be $word
        # WinRM is not there, and a plug-in always answers.
        @(Test-SmtpRelay -As Nagios -ComputerName 127.0.0.1)[0] | Should -Match '^SMTPRELAY UNKNOWN - Service'
        $global:LASTEXITCODE | Should -Be 3
    }

    It 'moves imported files to a folder over there, whose drive is none of this side' {
        $null = New-Item -ItemType Directory -Path "$TestDrive/mail", "$TestDrive/drive"
        Set-Content -Path "$TestDrive/mail/a.eml" -Value "x-sender: a@example.com`r`nx-receiver: b@example.org`r`nSubject: moved`r`n`r`nHello"
        Invoke-Command -Session $session -ScriptBlock { $null = New-PSDrive -Name Elsewhere -PSProvider FileSystem -Root $args[0] -Scope Global } -ArgumentList "$TestDrive/drive"
        $result = Import-SmtpMessage -Path "$TestDrive/mail" -MoveTo 'Elsewhere:/done' -Session $session -ErrorAction Stop
        $result.Result | Should -Be 'Imported'
        Test-Path "$TestDrive/drive/done/a.eml" | Should -BeTrue
        Get-SmtpMessage -Session $session | Remove-SmtpMessage -WithNDR $false -Confirm:$false -Session $session
    }

    It 'pipes objects back into commands' {
        Send-SmtpTestMessage -From a@example.com -To b@example.org -Session $session
        $queue = Get-SmtpQueue -Session $session
        $queue | Suspend-SmtpQueue -Session $session
        (Get-SmtpQueue -Session $session).Status | Should -Be 'Suspended'
        Get-SmtpMessage -Session $session | Remove-SmtpMessage -WithNDR $false -Confirm:$false -Session $session
        @(Get-SmtpMessage -Session $session).Count | Should -Be 0
        (Get-SmtpRelay -Session $session | Restart-SmtpRelay -PassThru -Session $session).Status | Should -Be 'Running'
    }

    It 'reports errors with id, category and advice' {
        Get-SmtpConnector -Identity nobody -Session $session -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
        $problem[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $problem[0].ErrorDetails.RecommendedAction | Should -Match 'Get-SmtpConnector'
        { Get-SmtpConnector -Identity nobody -Session $session -ErrorAction Stop } | Should -Throw
    }

    It 'never takes an object of another computer for one of this' {
        $there = Get-SmtpRelay -Session $session
        # Without the session it asks that computer, by WinRM, which this one has not; never the local relay.
        $there | Stop-SmtpRelay -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem.Count | Should -BeGreaterThan 0
        (Get-SmtpRelay -Session $session).Status | Should -Be 'Running'
    }
}

# Moving in from IIS: the commands against a real relay, and the script for the old server as far as it can be
# held without one.

Describe 'Export-IisSmtpConfiguration.ps1' {
    BeforeAll {
        $path = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../powershell/Tools/Export-IisSmtpConfiguration.ps1")
        $errors = $null
        $tokens = $null
        $ast = [System.Management.Automation.Language.Parser]::ParseFile($path, [ref]$tokens, [ref]$errors)
        $find = { param($Type) @($ast.FindAll({ param($Node) $Node.GetType().Name -eq $Type }.GetNewClosure(), $true)) }
    }

    It 'has the syntax of PowerShell 2' {
        $errors | Should -BeNullOrEmpty
        @($tokens | Where-Object { $_.Kind -in 'QuestionQuestion', 'QuestionDot', 'AndAnd', 'OrOr', 'Class', 'Enum', 'Using' }) | Should -BeNullOrEmpty
        foreach ($type in 'TernaryExpressionAst', 'UsingExpressionAst', 'TypeDefinitionAst', 'UsingStatementAst') {
            & $find $type | Should -BeNullOrEmpty
        }
        # [pscustomobject]@{}, [ordered], ::new() and Verb-Noun commands of later versions.
        @(& $find TypeConstraintAst; & $find ConvertExpressionAst) | Where-Object { $_.Extent.Text -match '^\[(pscustomobject|ordered)\]' } | Should -BeNullOrEmpty
        & $find InvokeMemberExpressionAst | Where-Object { $_.Static -and $_.Member.Extent.Text -eq 'new' } | Should -BeNullOrEmpty
    }

    It 'calls only what PowerShell 2 has, and changes nothing' {
        $own = (& $find FunctionDefinitionAst).Name
        $called = (& $find CommandAst | ForEach-Object { $_.GetCommandName() } | Sort-Object -Unique) | Where-Object { $own -notcontains $_ }
        $called | Should -Be @('Get-ChildItem', 'Get-WmiObject', 'New-Object', 'Test-Path')
    }

    It 'writes JSON that others read' {
        $function = (& $find FunctionDefinitionAst | Where-Object Name -EQ 'ConvertTo-JsonText').Extent.Text
        . ([scriptblock]::Create($function))
        $value = [ordered]@{ text = "a`"b\c`r`n$([char]0xfc)$([char]1)"; list = @(1, [byte]2, $true, $null); empty = @(); inner = @{ x = -1 } }
        $back = ConvertTo-JsonText -Value $value | ConvertFrom-Json -AsHashtable
        $back.text | Should -BeExactly $value.text
        $back.list | Should -Be @(1, 2, $true, $null)
        @($back.empty).Count | Should -Be 0
        $back.inner.x | Should -Be -1
    }

    It 'tells what is kept at a key, and what is only shown there' {
        # What ADSI hands out, in its shape: nobody has IIS here.
        Add-Type -TypeDefinition @'
            using System.Collections;
            using System.Collections.Generic;
            public class AdsiValue {
                public object Kept;
                public object Value {
                    get { if (Kept == null) throw new System.InvalidOperationException("access denied"); return Kept; }
                }
                public int Count { get { return 1; } }
            }
            public class AdsiProperties {
                public Dictionary<string, AdsiValue> All = new Dictionary<string, AdsiValue>();
                public ICollection PropertyNames { get { return All.Keys; } }
                public AdsiValue this[string name] { get { return All[name]; } }
            }
            public class AdsiList {
                public bool GrantByDefault { get; set; }
                public string[] IPGrant { get; set; }
                public string[] IPDeny { get; set; }
                public string[] DomainGrant { get; set; }
                public string[] DomainDeny { get; set; }
            }
            public class AdsiEntry {
                public string Path = "IIS://OLD01/SmtpSvc/1";
                public string SchemaClassName = "IIsSmtpServer";
                public AdsiProperties Properties = new AdsiProperties();
                public Dictionary<string, object[]> Paths = new Dictionary<string, object[]>();
                public object Invoke(string method, object[] arguments) { return Paths[(string)arguments[0]]; }
            }
'@
        foreach ($name in 'ConvertTo-Place', 'Test-Stored', 'Read-AddressList', 'Read-Key', 'Add-FromWmi') {
            . ([scriptblock]::Create((& $find FunctionDefinitionAst | Where-Object Name -EQ $name).Extent.Text))
        }
        $lists = 'RelayIpList', 'IPSecurity'
        $secrets = @('RoutePassword')
        $notes = [System.Collections.ArrayList]::new()
        $list = [AdsiList]@{ GrantByDefault = $false; IPGrant = '192.0.2.10, 255.255.255.255'; IPDeny = @(); DomainGrant = @(); DomainDeny = @() }
        $entry = [AdsiEntry]::new()
        foreach ($name in 'RelayIpList', 'IPSecurity', 'RoutePassword') {
            $entry.Properties.All[$name] = [AdsiValue]@{ Kept = $list }
        }
        $entry.Properties.All['AuthFlags'] = [AdsiValue]::new()
        $entry.Paths['RelayIpList'] = 'IIS://localhost/smtpsvc/1', 'IIS://localhost/smtpsvc/1/Domain/a.example'
        $entry.Paths['IPSecurity'] = , 'IIS://localhost/smtpsvc/2'
        $key = Read-Key -Entry $entry -Location '/LM/SmtpSvc/1'
        $key.addressLists.RelayIpList.stored | Should -BeTrue
        $key.addressLists.RelayIpList.ipGrant | Should -Be '192.0.2.10, 255.255.255.255'
        $key.addressLists.IPSecurity.stored | Should -BeFalse
        $key.addressLists.IPSecurity.stored | Should -Not -BeNullOrEmpty
        $key.properties.RoutePassword.value | Should -Be '(secret)'
        $key.properties.AuthFlags.type | Should -Be Unreadable
        "$notes" | Should -Match 'AuthFlags of /LM/SmtpSvc/1 could not be read: it is counted'
        Test-Stored -Entry $entry -Name Unknown | Should -BeNullOrEmpty

        Add-FromWmi -Keys @($key) -Property $lists -Objects ([pscustomobject]@{ Name = 'SmtpSvc/1'; RelayIpList = [byte[]](24, 0); IPSecurity = $null })
        $key.properties.RelayIpList.value | Should -Be @(24, 0)
        $key.properties.ContainsKey('IPSecurity') | Should -BeFalse
    }
}

Describe 'Moving in from IIS' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
        $scenarios = [System.IO.Path]::GetFullPath("$PSScriptRoot/../iis/scenarios")
        $relay = Start-TestRelay
        $report = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), "iis-report-$([guid]::NewGuid().ToString('n')).html")
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Remove-Item -LiteralPath $report -ErrorAction SilentlyContinue
    }

    It 'shows every value and changes nothing' {
        $before = (Get-SmtpRelayConfiguration).SettingsVersion
        $settings = @(Get-IisSmtpConfiguration -Path "$scenarios/exporter.json" -WarningVariable warnings -WarningAction SilentlyContinue)
        $list = $settings | Where-Object -Property Setting -EQ RelayIpList
        $list.Outcome | Should -Be Carried
        $list.NewValue | Should -Be '192.0.2.10, 198.51.100.0/24'
        $list.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.IisSetting'
        $warnings -join ' ' | Should -Match 'PickupDirectoryFromIis'
        (Get-SmtpRelayConfiguration).SettingsVersion | Should -Be $before
    }

    It 'refuses what is none' {
        { Get-IisSmtpConfiguration -Path $PSCommandPath -ErrorAction Stop } | Should -Throw -ErrorId 'SmtpRelay.SourceUnreadable,Get-IisSmtpConfiguration'
        { Get-IisSmtpConfiguration -Path "$scenarios/nothing" -ErrorAction Stop } | Should -Throw
    }

    It 'warns of files of the old queue that have lost their envelope' {
        $folder = [System.IO.Path]::Combine($relay.DataPath, 'old queue')
        $null = New-Item -ItemType Directory -Path $folder
        Set-Content -LiteralPath "$folder/NTFS_1a2b.eml" -Value "From: a@example.com`r`nTo: b@example.com`r`n`r`nText"
        Set-Content -LiteralPath "$folder/NTFS_3c4d.eml" -Value "x-sender: a@example.com`r`nx-receiver: b@example.com`r`nFrom: a@example.com`r`n`r`nText"
        Import-SmtpMessage -Path $folder -WhatIf -WarningVariable warnings -WarningAction SilentlyContinue
        @($warnings).Count | Should -Be 1
        "$warnings" | Should -Match 'NTFS_1a2b'
        Import-SmtpMessage -Path $folder -Recipient c@example.com -WhatIf -WarningVariable warnings -WarningAction SilentlyContinue
        @($warnings).Count | Should -Be 0
    }

    It 'plans with -WhatIf, takes over, reports, and takes back' {
        $file = "$scenarios/adsutil.txt"
        (Import-IisSmtpConfiguration -Path $file -WhatIf -WarningAction SilentlyContinue).Applied | Should -BeFalse
        $version = (Get-SmtpRelayConfiguration).SettingsVersion
        $null = Import-IisSmtpConfiguration -Path $file -WhatIf -ReportPath $report -WarningAction SilentlyContinue
        Test-Path -LiteralPath $report | Should -BeFalse
        # Nobody can be asked here, so nothing is changed; -Force does not outdo a -Confirm that was asked for.
        (Get-Refusal { Import-IisSmtpConfiguration -Path $file })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.ConfirmationRequired,*'
        (Get-Refusal { Import-IisSmtpConfiguration -Path $file -Force -Confirm })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.ConfirmationRequired,*'
        (Get-Refusal { Restore-SmtpRelayConfiguration -Version 1 })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.ConfirmationRequired,*'
        (Get-Refusal { Restore-SmtpRelayConfiguration -Version 1 -Force -Confirm })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.ConfirmationRequired,*'
        Restore-SmtpRelayConfiguration -Version 1 -Force -WhatIf
        (Get-SmtpRelayConfiguration).SettingsVersion | Should -Be $version
        $done = Import-IisSmtpConfiguration -Path $file -Force -ReportPath $report -WarningAction SilentlyContinue
        $done.Applied | Should -BeTrue
        (Get-SmtpListener).Name | Should -Be 'Old server'
        (Get-SmtpConnector).SmartHosts | Should -Be '192.0.2.50:25'
        [System.IO.File]::ReadAllText($report) | Should -Match '<h2>Needs a person</h2>'
        { Import-IisSmtpConfiguration -Path $file -Strict -Force -ErrorAction Stop -WarningAction SilentlyContinue } | Should -Throw -ErrorId 'SmtpRelay.ImportRefused,Import-IisSmtpConfiguration'
        $null = $done | Restore-SmtpRelayConfiguration -Force
        (Get-SmtpListener).Name | Should -Be 'Default'
    }
}

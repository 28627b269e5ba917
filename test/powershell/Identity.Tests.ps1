# Rewrite rules and DKIM keys as an administrator works with them.

Describe 'Rewrite rules' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
        $relay = Start-TestRelay
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
    }

    It 'are made, shown, changed by the pipeline and removed' {
        $rule = New-SmtpRewriteRule -Name Printers -Type Sender -RemoteIPRange 10.9.0.0/16 -NewAddress scans@contoso.com -Exception *@contoso.com
        $rule.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.RewriteRule'
        $rule.Address, $rule.NewAddress, $rule.ReplyTo, $rule.Priority | Should -Be '*', 'scans@contoso.com', 'Automatic', 100
        $rule.RemoteIPRanges, $rule.Exceptions | Should -Be '10.9.0.0/16', '*@contoso.com'
        (Get-SmtpRewriteRule -Identity pri* | Set-SmtpRewriteRule -Enabled $false -Comment 'off' -PassThru).Enabled | Should -BeFalse
        (Get-SmtpRewriteRule | Format-Table | Out-String -Width 160) | Should -Match 'Name +Type +Priority +Address'
        Remove-SmtpRewriteRule -Identity Printers -WhatIf
        @(Get-SmtpRewriteRule).Count | Should -Be 1
        Remove-SmtpRewriteRule -Identity Printers -Force
        @(Get-SmtpRewriteRule).Count | Should -Be 0
    }

    It 'that can not work are refused with the parameter' {
        $failure = $null
        New-SmtpRewriteRule -Name Broken -Type Sender -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter*'
        $failure[0].Exception.Message | Should -BeLike '*newAddress*needed*'
        @(Get-SmtpRewriteRule).Count | Should -Be 0
    }
}

Describe 'DKIM keys' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
        $relay = Start-TestRelay
        $path = Join-Path ([System.IO.Path]::GetTempPath()) "dkim-$([guid]::NewGuid().ToString('n')).pem"
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Remove-Item -LiteralPath $path -Force -ErrorAction SilentlyContinue
    }

    It 'are made with the record that DNS needs' {
        $key = New-SmtpDkimKey -Domain contoso.com -Selector 2026 -Enabled $false
        $key.Name, $key.RecordName | Should -Be '2026._domainkey.contoso.com', '2026._domainkey.contoso.com'
        $key.KeySize, $key.Enabled | Should -Be 2048, $false
        $strings = [regex]::Matches($key.RecordStrings, '"([^"]*)"') | ForEach-Object { $_.Groups[1].Value }
        ($strings | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual 255
        -join $strings | Should -Be $key.RecordValue
        (Set-SmtpDkimKey -Identity $key.Name -Enabled $true -PassThru).Enabled | Should -BeTrue
        (New-SmtpDkimKey -Domain contoso.com -Selector ed -Algorithm Ed25519).RecordValue | Should -Match '^v=DKIM1; k=ed25519; p=.{44}$'
        (Get-SmtpDkimKey | Format-Table | Out-String -Width 160) | Should -Match 'Name +Algorithm +KeySize'
    }

    It 'are taken over from .NET, and removed only when it is meant' {
        $rsa = [System.Security.Cryptography.RSA]::Create(2048)
        [System.IO.File]::WriteAllText($path, $rsa.ExportPkcs8PrivateKeyPem())
        $key = Import-SmtpDkimKey -Domain contoso.com -Selector mail -Path $path
        $key.PublicKey | Should -Be ([Convert]::ToBase64String($rsa.ExportSubjectPublicKeyInfo()))
        Import-SmtpDkimKey -Domain contoso.com -Selector mail -Path "$path.missing" -Force -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure.Count | Should -BeGreaterThan 0
        Get-SmtpDkimKey | Remove-SmtpDkimKey -WhatIf
        @(Get-SmtpDkimKey).Count | Should -Be 3
        Get-SmtpDkimKey | Remove-SmtpDkimKey -Force
        @(Get-SmtpDkimKey).Count | Should -Be 0
    }
}

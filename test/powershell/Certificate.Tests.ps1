# Certificates as an administrator works with them; made here by .NET.

Describe 'Certificates' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
        $relay = Start-TestRelay
        $folder = Join-Path ([System.IO.Path]::GetTempPath()) "smtp-relay-certificate-$([guid]::NewGuid().ToString('n'))"
        $null = New-Item -ItemType Directory -Path $folder
        $password = ConvertTo-SecureString 'pfx secret' -AsPlainText -Force

        function New-Pair {
            param([string]$Name, [int]$Days = 90, [int]$Bits = 2048)
            $key = [System.Security.Cryptography.RSA]::Create($Bits)
            $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new(
                "CN=$Name", $key, 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
            $names = [System.Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
            $names.AddDnsName($Name)
            $request.CertificateExtensions.Add($names.Build($false))
            $begin = [DateTimeOffset]::Now.AddDays(-100)
            $request.CreateSelfSigned($begin, [DateTimeOffset]::Now.AddDays($Days))
        }

        function Save-Pfx {
            param([object]$Certificate, [string]$Name)
            $path = Join-Path $folder $Name
            [System.IO.File]::WriteAllBytes($path, $Certificate.Export('Pfx', 'pfx secret'))
            $path
        }

        function Get-Shown {
            $client = [System.Net.Sockets.TcpClient]::new('127.0.0.1', $relay.Port)
            try {
                $stream = $client.GetStream()
                $reader = [System.IO.StreamReader]::new($stream)
                $writer = [System.IO.StreamWriter]::new($stream)
                $writer.NewLine = "`r`n"
                $writer.AutoFlush = $true
                $null = $reader.ReadLine()
                $writer.WriteLine('EHLO test')
                while ($reader.ReadLine() -match '^250-') { }
                $writer.WriteLine('STARTTLS')
                $null = $reader.ReadLine()
                $ssl = [System.Net.Security.SslStream]::new($stream, $false, [AnyServer]::Callback)
                $ssl.AuthenticateAsClient('relay.example')
                $ssl.RemoteCertificate.GetCertHashString()
            } finally {
                $client.Dispose()
            }
        }
        if (-not ('AnyServer' -as [type])) {
            Add-Type -TypeDefinition 'public static class AnyServer {
                public static readonly System.Net.Security.RemoteCertificateValidationCallback Callback = (s, c, h, e) => true; }'
        }
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction SilentlyContinue
    }

    It 'begin with the self-signed one' {
        $certificate = @(Get-SmtpCertificate)
        $certificate.Count | Should -Be 1
        $certificate[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Certificate'
        $certificate[0].Name, $certificate[0].Source, $certificate[0].Status | Should -Be 'SelfSigned', 'Automatic', 'Valid'
        $certificate[0].UsedBy | Should -Be 'Default'
        $certificate[0].NotAfter | Should -BeOfType [datetime]
        Get-Shown | Should -Be $certificate[0].Thumbprint
        ($certificate | Format-Table | Out-String -Width 160) | Should -Match 'Name +Status +DaysLeft +Subject'
    }

    It 'come from a PFX file, go to a listener, and are renewed under the same name' {
        $pair = New-Pair -Name relay.example
        $made = Import-SmtpCertificate -Name Relay -Path (Save-Pfx -Certificate $pair -Name relay.pfx) -Password $password
        $made.Thumbprint, $made.KeyAlgorithm, $made.Status | Should -Be $pair.Thumbprint, 'RSA 2048', 'Valid'
        $made.DaysLeft | Should -BeIn 89, 90
        (Set-SmtpCertificate -Identity Relay -Listener Default -Comment 'first' -PassThru).UsedBy | Should -Be 'Default'
        (Get-SmtpListener).Certificates | Should -Be 'Relay'
        Get-Shown | Should -Be $pair.Thumbprint
        $renewed = New-Pair -Name relay.example -Days 300
        $path = Save-Pfx -Certificate $renewed -Name renewed.pfx
        $refusal = Get-Refusal { Import-SmtpCertificate -Name relay -Path $path -Password $password }
        $refusal[0].CategoryInfo.Category | Should -Be 'ResourceExists'
        $refusal[0].Exception.Message | Should -BeLike '*-Force*'
        $null = Import-SmtpCertificate -Name relay -Path $path -Password $password -Force
        Get-Shown | Should -Be $renewed.Thumbprint
        (Get-SmtpCertificate -Identity Relay).Comment | Should -Be 'first'
    }

    It 'come from PEM files, from a file that is watched, and from the pipeline' {
        $pair = New-Pair -Name pem.example
        $certificate, $key = (Join-Path $folder 'c.pem'), (Join-Path $folder 'k.pem')
        Set-Content -LiteralPath $certificate -Value $pair.ExportCertificatePem()
        Set-Content -LiteralPath $key -Value $pair.PrivateKey.ExportPkcs8PrivateKeyPem()
        (Import-SmtpCertificate -Name Pem -Path $certificate, $key).Thumbprint | Should -Be $pair.Thumbprint
        $watched = Import-SmtpCertificate -Name Watched -File $certificate -KeyFile $key
        $watched.Source, $watched.File | Should -Be 'File', $certificate
        $next = New-Pair -Name pem.example
        Set-Content -LiteralPath $certificate -Value $next.ExportCertificatePem()
        Set-Content -LiteralPath $key -Value $next.PrivateKey.ExportPkcs8PrivateKeyPem()
        Wait-Until { (Get-SmtpCertificate -Identity Watched).Thumbprint -eq $next.Thumbprint }
        ($pair | Import-SmtpCertificate -Name Piped).Thumbprint | Should -Be $pair.Thumbprint
        (Get-Refusal { [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($pair.RawData) | Import-SmtpCertificate -Name Public })[0].Exception.Message |
            Should -BeLike '*no private key*'
    }

    It 'are made by an authority of the relay' {
        $root = New-SmtpCertificate -Name Root -Authority
        $root.IsAuthority | Should -BeTrue
        $made = New-SmtpCertificate -Name Made -DnsName made.example, 192.0.2.7 -SignedBy Root -Days 30
        $made.Issuer | Should -Be $root.Subject
        $made.DnsNames | Should -Be 'made.example', '192.0.2.7'
        $trusted = Join-Path $folder 'root.pem'
        Set-Content -LiteralPath $trusted -Value (Get-SmtpCertificate -Identity Root).Pem
        Get-Content -LiteralPath $trusted -Raw | Should -Not -Match 'PRIVATE'
        (New-SmtpCertificate -Name Old -KeyAlgorithm RSA).KeyAlgorithm | Should -Be 'RSA 2048'
        New-SmtpCertificate -Name Never -WhatIf
        @(Get-SmtpCertificate | Where-Object Name -EQ Never).Count | Should -Be 0
    }

    It 'are refused with what is wrong' {
        $cases = @(
            @{ Pair = @{ Days = -5 }; Message = '*has expired*' }
            @{ Pair = @{ Bits = 1024 }; Message = '*1024 bits*too weak*' }
        )
        foreach ($case in $cases) {
            $pair = $case.Pair
            $path = Save-Pfx -Certificate (New-Pair -Name bad.example @pair) -Name bad.pfx
            $refusal = Get-Refusal { Import-SmtpCertificate -Name Bad -Path $path -Password $password }
            $refusal[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.CertificateRefused*'
            $refusal[0].Exception.Message | Should -BeLike $case.Message
        }
        $path = Save-Pfx -Certificate (New-Pair -Name good.example) -Name good.pfx
        $wrong = ConvertTo-SecureString 'wrong' -AsPlainText -Force
        (Get-Refusal { Import-SmtpCertificate -Name Bad -Path $path -Password $wrong })[0].Exception.Message | Should -BeLike '*password does not open*'
        (Get-Refusal { Import-SmtpCertificate -Name Bad -Path $path })[0].Exception.Message | Should -BeLike '*give it*'
        (Get-Refusal { Import-SmtpCertificate -Name Bad -Path "$folder/nothing.pfx" })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.FileFailed*'
        if ([System.IO.Path]::DirectorySeparatorChar -ne '\') {
            (Get-Refusal { Import-SmtpCertificate -Name Bad -Find 'CN=x' })[0].Exception.Message | Should -BeLike '*only Windows has a certificate store*'
        }
        (Get-Refusal { New-SmtpCertificate -Name Bad -SignedBy Old })[0].Exception.Message | Should -BeLike '*no authority*'
        (Get-Refusal { New-SmtpCertificate -Name Bad -DnsName 'a b' })[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        (Get-Refusal { Set-SmtpCertificate -Identity Old -Listener Nowhere })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        (Get-Refusal { Set-SmtpCertificate -Identity Nobody -Comment x })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        (Get-Refusal { Get-SmtpCertificate -Identity Nobody })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        @(Get-SmtpCertificate | Where-Object Name -EQ Bad).Count | Should -Be 0
    }

    It 'are not removed while they are used, unless that is meant' {
        $refusal = Get-Refusal { Remove-SmtpCertificate -Identity Relay -Confirm:$false }
        $refusal[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InUse*'
        $refusal[0].Exception.Message | Should -BeLike '*listener Default*'
        Remove-SmtpCertificate -Identity Relay -WhatIf
        Get-SmtpCertificate -Identity Old | Remove-SmtpCertificate -Confirm:$false
        Remove-SmtpCertificate -Identity Relay -Force
        @((Get-SmtpListener).Certificates).Count | Should -Be 0
        Get-Shown | Should -Be (Get-SmtpCertificate -Identity SelfSigned).Thumbprint
    }

    It 'are looked at by Test-SmtpListener' {
        $steps = @(Test-SmtpListener)
        $steps[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.ListenerTest'
        $steps.Step | Should -Be 'Connect', 'Greeting', 'Ehlo', 'StartTls', 'Certificate', 'Ehlo', 'Authentication'
        ($steps | Where-Object Step -EQ StartTls).Detail | Should -BeLike 'TLSv1.3*'
        $certificate = $steps | Where-Object Step -EQ Certificate
        $certificate.Status, $certificate.Listener, $certificate.Binding | Should -Be 'Warning', 'Default', "127.0.0.1:$($relay.Port)"
        $certificate.Action | Should -BeLike '*self-signed*'
        $steps[0].Elapsed | Should -BeOfType [timespan]
        ($steps | Format-Table | Out-String -Width 200) | Should -Match 'Listener +Binding +Step +Status +Detail'
        $null = Disable-SmtpListener -Identity Default
        (Get-SmtpListener | Test-SmtpListener).Status | Should -Be 'Failed'
        (Get-Refusal { Test-SmtpListener -Identity Nobody })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }
}

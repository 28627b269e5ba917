# Listeners as an administrator works with them, and .NET's SmtpClient as their client.

Describe 'Listeners' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
        $hop = Start-TestNextHop
        $relay = Start-TestRelay -SmartHost "127.0.0.1:$($hop.Port)"
        $password = 'correct horse battery'
        $null = New-SmtpAccount -Name scanner -Password (ConvertTo-SecureString $password -AsPlainText -Force)

        # .NET checks certificates, and has no switch for it but this one of the whole process.
        function Send-BySmtp {
            param([int]$Port, [switch]$EnableSsl, [pscredential]$Credential)
            $mail = [System.Net.Mail.MailMessage]::new('app@example.com', 'someone@example.net', 'From .NET', 'some text')
            $client = [System.Net.Mail.SmtpClient]::new('localhost', $Port)
            $client.EnableSsl = [bool]$EnableSsl
            if ($Credential) {
                $client.Credentials = $Credential.GetNetworkCredential()
            }
            $before = [System.Net.ServicePointManager]::ServerCertificateValidationCallback
            try {
                [System.Net.ServicePointManager]::ServerCertificateValidationCallback = [AnyCertificate]::Callback
                $client.Send($mail)
            } finally {
                [System.Net.ServicePointManager]::ServerCertificateValidationCallback = $before
                $client.Dispose()
                $mail.Dispose()
            }
        }
        if (-not ('AnyCertificate' -as [type])) {
            # A script block can't be called on the thread of the handshake.
            Add-Type -TypeDefinition 'public static class AnyCertificate {
                public static readonly System.Net.Security.RemoteCertificateValidationCallback Callback = (s, c, h, e) => true; }'
        }
        $credential = [pscredential]::new('scanner', (ConvertTo-SecureString $password -AsPlainText -Force))
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Stop-TestNextHop -NextHop $hop
    }

    It 'are shown with their state' {
        $listener = @(Get-SmtpListener)
        $listener.Count | Should -Be 1
        $listener[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Listener'
        $listener[0].Name | Should -Be 'Default'
        $listener[0].Status | Should -Be 'Listening'
        $listener[0].Bindings | Should -Be "127.0.0.1:$($relay.Port)"
        $listener[0].TlsMode | Should -Be 'Optional'
        $listener[0].MinimumTlsVersion | Should -Be '1.2'
        $listener[0].ConnectionInactivityTimeout | Should -Be ([timespan]'00:10:00')
        ($listener | Format-Table | Out-String -Width 160) | Should -Match 'Name +Status +Bindings'
        Get-SmtpListener -Identity Def* | ForEach-Object Name | Should -Be 'Default'
        (Get-Refusal { Get-SmtpListener -Identity Nobody })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'take what .NET sends, in each mode it knows' {
        $optional, $required = Get-FreePort -Count 2
        $null = New-SmtpListener -Name Tls -Binding "127.0.0.1:$optional"
        $made = New-SmtpListener -Name Submission -Binding "127.0.0.1:$required" -TlsMode Required -RequireAuthentication $true
        $made.Status | Should -Be 'Listening'
        $made.RequireAuthentication | Should -BeTrue
        Send-BySmtp -Port $relay.Port
        Send-BySmtp -Port $optional -EnableSsl
        Send-BySmtp -Port $required -EnableSsl -Credential $credential
        { Send-BySmtp -Port $required } | Should -Throw '*STARTTLS*'
        { Send-BySmtp -Port $required -EnableSsl } | Should -Throw '*Authentication required*'
        Wait-Until { $hop.Messages.Count -ge 3 }
        @($hop.Messages.ToArray() | Where-Object { $_ -match 'with ESMTPSA \(TLSv1\.[23] \S+\) id' }).Count | Should -Be 1
        @($hop.Messages.ToArray() | Where-Object { $_ -match 'with ESMTPS \(TLSv1\.[23] \S+\) id' }).Count | Should -Be 1
    }

    It 'are changed, closed, opened and removed' {
        $port, $other = Get-FreePort -Count 2
        $parameter = @{
            Name                       = 'Changing'
            Binding                    = "127.0.0.1:$port", "[::1]:$port"
            Fqdn                       = 'other.example'
            MaxInboundConnection       = 5
            ConnectionTimeout          = [timespan]'01:00:00'
            MaxMessagesPerConnection   = 10
            MaxMessageSize             = 1MB
            RemoteIPRange              = '127.0.0.0/8', '::1'
            DeniedIPRange              = '127.0.0.9'
            DisabledExtension          = 'DSN'
            AuthenticationMethod       = 'LOGIN'
            ProtocolLoggingLevel       = 'None'
            Comment                    = 'for a test'
        }
        $made = New-SmtpListener @parameter
        $made.Bindings | Should -Be "127.0.0.1:$port", "[::1]:$port"
        $made.ConnectionTimeout | Should -Be ([timespan]'01:00:00')
        $made.MaxMessageSize | Should -Be 1MB
        $made.RemoteIPRanges | Should -Be '127.0.0.0/8', '::1'
        $changed = Set-SmtpListener -Identity Changing -Binding "127.0.0.1:$other" -ConnectionTimeout $null -MaxMessageSize $null -Fqdn '' -DisabledExtension @() -PassThru
        $changed.Bindings | Should -Be "127.0.0.1:$other"
        foreach ($name in 'ConnectionTimeout', 'MaxMessageSize', 'Fqdn') {
            $changed.$name | Should -BeNullOrEmpty
        }
        $changed.DisabledExtensions.Count | Should -Be 0
        (Disable-SmtpListener -Identity Changing -PassThru).Status | Should -Be 'Disabled'
        (Get-SmtpListener -Identity Changing | Enable-SmtpListener -PassThru).Status | Should -Be 'Listening'
        Set-SmtpListener -Identity Changing -Comment x -WhatIf
        (Get-SmtpListener -Identity Changing).Comment | Should -Be 'for a test'
        Remove-SmtpListener -Identity Changing -WhatIf
        (Get-Refusal { Remove-SmtpListener -Identity Changing })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.*'
        Get-SmtpListener -Identity Changing | Remove-SmtpListener -Force
        @(Get-SmtpListener | Where-Object Name -EQ Changing).Count | Should -Be 0
    }

    It 'refuse what would be unsafe or does not go together, with the path' {
        $cases = @(
            @{ Setting = @{ MinimumTlsVersion = '1.0'; CipherProfile = 'Legacy' }; Message = '*minimumTlsVersion*old devices only*' }
            @{ Setting = @{ LegacyClients = $true }; Message = '*legacyClients*remoteIPRanges*' }
            @{ Setting = @{ Certificate = 'nowhere' }; Message = '*certificates*no certificate of this relay*' }
            @{ Setting = @{ ClientCertificate = 'Require' }; Message = '*clientCertificate*would not hold*' }
            @{ Setting = @{ RemoteIPRange = '10.0.0' }; Message = '*remoteIPRanges*' }
            @{ Setting = @{ AuthenticationMethod = 'CRAM' }; Message = '*authenticationMethods*must be one of PLAIN, LOGIN*' }
        )
        foreach ($case in $cases) {
            $setting = $case.Setting
            $refusal = Get-Refusal { New-SmtpListener -Name Bad -Binding 127.0.0.1:2599 @setting }
            $refusal[0].Exception.Message | Should -BeLike $case.Message
            $refusal[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
            $refusal[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }
        (Get-Refusal { New-SmtpListener -Name Bad -Binding here })[0].Exception.Message | Should -BeLike '*bindings*'
        (Get-Refusal { New-SmtpListener -Name default -Binding 127.0.0.1:2599 })[0].CategoryInfo.Category | Should -Be 'ResourceExists'
        (Get-Refusal { Set-SmtpListener -Identity Nobody -Enabled $true })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        (Get-Refusal { Remove-SmtpListener -Identity Nobody -Force })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        @(Get-SmtpListener | Where-Object Name -EQ Bad).Count | Should -Be 0
    }

    It 'tell what does not work' {
        $made = New-SmtpListener -Name Taken -Binding 192.0.2.77:2599
        $made.Status | Should -Be 'Failed'
        $made.Error | Should -BeLike '*192.0.2.77*'
        (Get-SmtpRelay).Health | Should -Be 'Red'
        Remove-SmtpListener -Identity Taken -Force
    }

    It 'say which client certificates may relay' {
        Set-RelayRestriction -ClientCertificate 5D41402ABC4B2A76B9719D911017C592AE2D3F10, 'CN=printer.example'
        (Get-RelayRestriction)[0].ClientCertificates | Should -Be '5D41402ABC4B2A76B9719D911017C592AE2D3F10', 'CN=printer.example'
        (Get-Refusal { Set-RelayRestriction -ClientCertificate 'printer' })[0].Exception.Message | Should -BeLike '*clientCertificates*thumbprint*'
        Set-RelayRestriction -ClientCertificate @()
    }
}

# Which connector mail takes: address spaces, costs and conditions as the cmdlets set them, and smart hosts with weights.

Describe 'The routing of connectors' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force

        # Name of the connector that this mail would take.
        function Get-Way {
            param([string]$Recipient, [string]$Sender = 'app@contoso.example', [string]$From = '127.0.0.1', [hashtable]$More = @{})
            (Test-RelayRestriction -IPAddress $From -Sender $Sender -Recipient $Recipient @More).Connector
        }

        $hop = Start-TestNextHop
        $relay = Start-TestRelay -SmartHost "127.0.0.1:$($hop.Port)"
        Add-RelayRestriction -IPAddress 192.0.2.0/24
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Stop-TestNextHop -NextHop $hop
    }

    AfterEach {
        Get-SmtpConnector | Where-Object -Property Name -Like -Value 'Way*' | Remove-SmtpConnector -Force
    }

    It 'goes by the most specific address space, then by cost' {
        $null = New-SmtpConnector -Name WayAll -Type Capture -AddressSpace '*.example' -Cost 1
        $null = New-SmtpConnector -Name WayBelow -Type Capture -AddressSpace '*.fabrikam.example' -Cost 90
        $null = New-SmtpConnector -Name WayOne -Type Capture -AddressSpace mail.fabrikam.example -Cost 90
        $null = New-SmtpConnector -Name WayCheap -Type Capture -AddressSpace mail.fabrikam.example -Cost 10
        Get-Way 'a@mail.fabrikam.example' | Should -Be 'WayCheap'
        Get-Way 'a@other.fabrikam.example' | Should -Be 'WayBelow'
        Get-Way 'a@northwind.example' | Should -Be 'WayAll'
        Get-Way 'a@northwind.test' | Should -Be 'SmartHost'
        Get-SmtpConnector -Identity WayCheap | Set-SmtpConnector -Cost 95
        Get-Way 'a@mail.fabrikam.example' | Should -Be 'WayOne'
        Set-SmtpConnector -Identity WayOne -Enabled $false
        Get-Way 'a@mail.fabrikam.example' | Should -Be 'WayCheap'
        Set-SmtpConnector -Identity WayCheap -AddressSpace 'elsewhere.example', '*.elsewhere.example'
        Get-Way 'a@mail.fabrikam.example' | Should -Be 'WayBelow'
        Get-Way 'a@deep.elsewhere.example' | Should -Be 'WayCheap'
    }

    It 'asks for sender, sender domain and network, and takes conditions away again' {
        $null = New-SmtpConnector -Name WayBoss -Type Capture -AddressSpace '*' -Sender boss@contoso.example
        $null = New-SmtpConnector -Name WayTeam -Type Capture -AddressSpace '*' -SenderDomain contoso.example
        $null = New-SmtpConnector -Name WayFloor -Type Capture -AddressSpace '*' -SenderDomain contoso.example -RemoteIPRange 192.0.2.0/28
        Get-Way 'a@fabrikam.test' -Sender BOSS@contoso.example | Should -Be 'WayBoss'
        Get-Way 'a@fabrikam.test' -Sender me@contoso.example | Should -Be 'WayTeam'
        Get-Way 'a@fabrikam.test' -Sender me@contoso.example -From 192.0.2.3 | Should -Be 'WayFloor'
        Get-Way 'a@fabrikam.test' -Sender me@contoso.example -From 192.0.2.99 | Should -Be 'WayTeam'
        Get-Way 'a@fabrikam.test' -Sender me@northwind.example | Should -Be 'SmartHost'
        $after = Set-SmtpConnector -Identity WayFloor -RemoteIPRange @() -SenderDomain northwind.example -PassThru
        $after.RemoteIPRanges.Count | Should -Be 0
        $after.SenderDomains | Should -Be 'northwind.example'
        Get-Way 'a@fabrikam.test' -Sender me@northwind.example | Should -Be 'WayFloor'
        Get-Way 'a@fabrikam.test' -Sender me@contoso.example -From 192.0.2.3 | Should -Be 'WayTeam'
    }

    It 'asks for listener and account' {
        $listener = (Get-SmtpListener)[0].Name
        $null = New-SmtpListener -Name WayDoor -Binding "127.0.0.1:$(Get-FreePort)"
        try {
            $null = New-SmtpConnector -Name WayHere -Type Capture -AddressSpace '*' -Listener WayDoor
            $null = New-SmtpConnector -Name WayWho -Type Capture -AddressSpace '*' -Account scanner
            Get-Way 'a@fabrikam.test' -More @{ Listener = 'WayDoor' } | Should -Be 'WayHere'
            Get-Way 'a@fabrikam.test' -More @{ Listener = $listener } | Should -Be 'SmartHost'
            Get-Way 'a@fabrikam.test' -More @{ Account = 'scanner'; Listener = $listener } | Should -Be 'WayWho'
            Get-Way 'a@fabrikam.test' -More @{ Account = 'printer'; Listener = $listener } | Should -Be 'SmartHost'
            $refusal = Get-Refusal { New-SmtpConnector -Name WayLost -Type Capture -AddressSpace '*' -Listener Nowhere }
            $refusal[0].Exception.Message | Should -Match '"Nowhere" is no listener of this relay; see Get-SmtpListener'
            @(Get-SmtpConnector -Identity WayLost*).Count | Should -Be 0
        } finally {
            Get-SmtpConnector -Identity WayHere | Remove-SmtpConnector -Force
            Remove-SmtpListener -Identity WayDoor -Force
        }
    }

    It 'refuses what can not be kept' -ForEach @(
        @{ Setting = 'addressSpaces'; Wish = @{ Type = 'Capture'; AddressSpace = 'no space' } }
        @{ Setting = 'cost'; Wish = @{ Type = 'Capture'; Cost = 0 } }
        @{ Setting = 'remoteIPRanges'; Wish = @{ Type = 'Capture'; RemoteIPRange = '300.1.1.1' } }
        @{ Setting = 'smartHosts'; Wish = @{ Type = 'DirectThenSmartHost' } }
        @{ Setting = 'tlsMode'; Wish = @{ Type = 'DirectThenSmartHost'; SmartHost = 'a.example'; TlsMode = 'MtaSts' } }
        @{ Setting = 'authenticationMethod'; Wish = @{ Type = 'Direct'; AuthenticationMethod = 'PLAIN' } }
    ) {
        $refusal = Get-Refusal { New-SmtpConnector -Name WayWrong @Wish }
        $refusal[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        $refusal[0].Exception.Message | Should -Match $Setting
        @(Get-SmtpConnector -Identity WayWrong*).Count | Should -Be 0
    }

    It 'shares mail out over smart hosts by their weights, and keeps their order without' {
        function Submit-Shared {
            param([int]$Count)
            $before = $hop.Messages.Count + $second.Messages.Count
            1..$Count | ForEach-Object { "Subject: shared $_`n`nx" } | Submit-SmtpMessage -Sender a@contoso.example -Recipient b@shared.example | Out-Null
            Wait-Until { $hop.Messages.Count + $second.Messages.Count -eq $before + $Count }
        }
        $second = Start-TestNextHop
        try {
            $first = $hop.Messages.Count
            $hosts = "127.0.0.1:$($hop.Port);weight=1000", "127.0.0.1:$($second.Port)"
            $connector = New-SmtpConnector -Name WayShared -AddressSpace shared.example -SmartHost $hosts -SmartHostSelection Weighted -MaxConnections 1
            $connector.SmartHosts | Should -Be $hosts
            # That the other one gets three of ten is a chance of one in ten million.
            Submit-Shared 10
            $second.Messages.Count | Should -BeLessThan 3
            $hosts = "127.0.0.1:$($hop.Port)", "127.0.0.1:$($second.Port);weight=1000"
            $null = Set-SmtpConnector -Identity WayShared -SmartHost $hosts
            Submit-Shared 10
            $hop.Messages.Count - $first | Should -BeLessThan 13
            $before = $second.Messages.Count
            $null = Set-SmtpConnector -Identity WayShared -SmartHostSelection Ordered
            Submit-Shared 5
            $second.Messages.Count | Should -Be $before
        } finally {
            Stop-TestNextHop -NextHop $second
        }
    }

    It 'takes each recipient of a message its own way' {
        $null = New-SmtpConnector -Name WayKept -Type Capture -AddressSpace kept.example
        $count = $hop.Messages.Count
        $sent = "Subject: both`n`nx" | Submit-SmtpMessage -Sender a@contoso.example -Recipient one@kept.example, two@other.test
        Wait-Until { $hop.Messages.Count -eq $count + 1 }
        $find = { Get-SmtpTrackingLog -InternalMessageId $sent.InternalMessageId | Where-Object -Property EventId -In -Value DELIVER, SEND }
        Wait-Until { @(& $find).Count -eq 2 }
        $entries = & $find
        ($entries | Where-Object -Property Recipients -EQ -Value one@kept.example).ConnectorId | Should -Be 'WayKept'
        ($entries | Where-Object -Property Recipients -EQ -Value two@other.test).ConnectorId | Should -Be 'SmartHost'
    }
}

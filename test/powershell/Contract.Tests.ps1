# The commands against the contract of the control port: neither side can drift.

BeforeDiscovery {
    # Renamed: parameter of the command -> property of the method. Own: only the command has it. Filled:
    # only the method has it, and the command fills it in.
    $controlText = [System.IO.File]::ReadAllText([System.IO.Path]::GetFullPath("$PSScriptRoot/../../schemas/control.schema.json"))
    $listenerSettings = ($controlText | ConvertFrom-Json -AsHashtable).properties['listener.set'].properties.params.properties.Keys |
        Where-Object { $_ -ne 'name' }
    $contract = @(
        @{ Command = 'Get-SmtpRelay'; Method = 'relay.get' }
        @{ Command = 'Stop-SmtpRelay'; Method = 'relay.stop'; Own = 'InputObject', 'PassThru' }
        @{ Command = 'Suspend-SmtpRelay'; Method = 'relay.suspend'; Own = 'Inbound', 'Outbound', 'PassThru'; Filled = 'inbound', 'outbound' }
        @{ Command = 'Resume-SmtpRelay'; Method = 'relay.resume'; Own = 'Inbound', 'Outbound', 'PassThru'; Filled = 'inbound', 'outbound' }
        @{ Command = 'Get-SmtpRelayConfiguration'; Method = 'settings.get' }
        @{ Command = 'Set-SmtpRelayConfiguration'; Method = 'settings.set'; Renamed = @{ BanExemptIPRange = 'banExemptIPRanges' }; Own = 'PassThru' }
        @{ Command = 'Get-SmtpLogging'; Method = 'logging.get' }
        @{ Command = 'Set-SmtpLogging'; Method = 'logging.set'; Renamed = @{ ProtocolLogField = 'protocolLogFields' }; Own = 'PassThru' }
        @{ Command = 'Test-SmtpRelayConfiguration'; Method = 'settings.compare'; Own = 'Path', 'Quiet'; Filled = 'content' }
        @{ Command = 'Restore-SmtpRelayConfiguration'; Method = 'settings.restore'; Own = 'Force' }
        @{ Command = 'Get-IisSmtpConfiguration'; Method = 'iis.plan'; Renamed = @{ VirtualServer = 'virtualServers' }; Own = 'Path'; Filled = 'content', 'merge', 'openTo' }
        @{ Command = 'Import-IisSmtpConfiguration'; Method = 'iis.import'; Renamed = @{ VirtualServer = 'virtualServers'; Credential = 'credentials'; Network = 'openTo' }; Own = 'Path', 'AcceptOpenRelay', 'ReportPath', 'Force'; Filled = 'content' }
        @{ Command = 'Get-RelayRestriction'; Method = 'restriction.get' }
        @{ Command = 'Set-RelayRestriction'; Method = 'restriction.set'; Renamed = @{ IPAddress = 'entries'; ClientCertificate = 'clientCertificates' }; Own = 'Comment', 'Force', 'PassThru'; Filled = 'acceptOpenRelay' }
        @{ Command = 'Add-RelayRestriction'; Method = 'restriction.add'; Renamed = @{ IPAddress = 'entries' }; Own = 'Comment', 'Force', 'PassThru'; Filled = 'acceptOpenRelay' }
        @{ Command = 'Remove-RelayRestriction'; Method = 'restriction.remove'; Renamed = @{ IPAddress = 'entries' }; Own = 'PassThru' }
        @{ Command = 'Test-RelayRestriction'; Method = 'restriction.test'; Renamed = @{ IPAddress = 'ipAddress' } }
        @{ Command = 'Get-SmtpDomain'; Method = 'domain.list'; Own = 'Identity' }
        @{ Command = 'New-SmtpDomain'; Method = 'domain.create' }
        @{ Command = 'Set-SmtpDomain'; Method = 'domain.set'; Renamed = @{ Identity = 'name' }; Own = 'PassThru' }
        @{ Command = 'Remove-SmtpDomain'; Method = 'domain.remove'; Renamed = @{ Identity = 'name' } }
        @{ Command = 'Get-SmtpAccount'; Method = 'account.list'; Own = 'Identity' }
        @{ Command = 'New-SmtpAccount'; Method = 'account.create'; Renamed = @{ AllowedRecipient = 'allowedRecipients'; RemoteIPRange = 'remoteIPRanges' }; Own = 'Credential' }
        @{ Command = 'Set-SmtpAccount'; Method = 'account.set'; Renamed = @{ AllowedRecipient = 'allowedRecipients'; Identity = 'name'; RemoteIPRange = 'remoteIPRanges' }; Own = 'Credential', 'PassThru' }
        @{ Command = 'Remove-SmtpAccount'; Method = 'account.remove'; Renamed = @{ Identity = 'name' } }
        @{ Command = 'Get-SmtpListener'; Method = 'listener.list'; Own = 'Identity' }
        @{ Command = 'New-SmtpListener'; Method = 'listener.create'; Renamed = @{ Binding = 'bindings'; Certificate = 'certificates'; AuthenticationMethod = 'authenticationMethods'; RemoteIPRange = 'remoteIPRanges'; DeniedIPRange = 'deniedIPRanges'; AllowedSender = 'allowedSenders'; AllowedRecipient = 'allowedRecipients'; DisabledExtension = 'disabledExtensions' } }
        @{ Command = 'Set-SmtpListener'; Method = 'listener.set'; Renamed = @{ Identity = 'name'; Binding = 'bindings'; Certificate = 'certificates'; AuthenticationMethod = 'authenticationMethods'; RemoteIPRange = 'remoteIPRanges'; DeniedIPRange = 'deniedIPRanges'; AllowedSender = 'allowedSenders'; AllowedRecipient = 'allowedRecipients'; DisabledExtension = 'disabledExtensions' }; Own = 'PassThru' }
        @{ Command = 'Enable-SmtpListener'; Method = 'listener.set'; Renamed = @{ Identity = 'name' }; Own = 'PassThru'; Filled = $listenerSettings }
        @{ Command = 'Disable-SmtpListener'; Method = 'listener.set'; Renamed = @{ Identity = 'name' }; Own = 'PassThru'; Filled = $listenerSettings }
        @{ Command = 'Remove-SmtpListener'; Method = 'listener.remove'; Renamed = @{ Identity = 'name' }; Own = 'Force' }
        @{ Command = 'Get-SmtpBan'; Method = 'ban.list'; Renamed = @{ IPAddress = 'ipAddress' } }
        @{ Command = 'Remove-SmtpBan'; Method = 'ban.remove'; Renamed = @{ IPAddress = 'ipAddress' } }
        @{ Command = 'Test-SmtpListener'; Method = 'listener.test'; Own = 'Identity'; Filled = 'name' }
        @{ Command = 'Get-SmtpCertificate'; Method = 'certificate.list'; Own = 'Identity' }
        @{ Command = 'New-SmtpCertificate'; Method = 'certificate.create'; Renamed = @{ DnsName = 'dnsNames' }; Own = 'Authority', 'Force'; Filled = 'authority', 'replace' }
        @{ Command = 'Import-SmtpCertificate'; Method = 'certificate.import'; Own = 'Path', 'InputObject', 'Force'; Filled = 'content', 'replace' }
        @{ Command = 'Set-SmtpCertificate'; Method = 'certificate.set'; Renamed = @{ Identity = 'name'; Listener = 'listeners' }; Own = 'PassThru' }
        @{ Command = 'Remove-SmtpCertificate'; Method = 'certificate.remove'; Renamed = @{ Identity = 'name' }; Own = 'Force'; Filled = 'force' }
        @{ Command = 'Get-SmtpConnector'; Method = 'connector.list'; Own = 'Identity' }
        @{ Command = 'New-SmtpConnector'; Method = 'connector.create'; Renamed = @{ AddressSpace = 'addressSpaces'; SmartHost = 'smartHosts'; Sender = 'senders'; SenderDomain = 'senderDomains'; RemoteIPRange = 'remoteIPRanges'; Listener = 'listeners'; Account = 'accounts' } }
        @{ Command = 'Set-SmtpConnector'; Method = 'connector.set'; Renamed = @{ Identity = 'name'; AddressSpace = 'addressSpaces'; SmartHost = 'smartHosts'; Sender = 'senders'; SenderDomain = 'senderDomains'; RemoteIPRange = 'remoteIPRanges'; Listener = 'listeners'; Account = 'accounts' }; Own = 'PassThru' }
        @{ Command = 'Get-SmtpConnectorCredential'; Method = 'credential.list'; Own = 'Identity' }
        @{ Command = 'Set-SmtpConnectorCredential'; Method = 'credential.set'; Renamed = @{ Identity = 'name' }; Own = 'Credential', 'ServiceAccountPath', 'Remove', 'PassThru'; Filled = 'userName', 'password', 'serviceAccount', 'remove' }
        @{ Command = 'Resolve-SmtpStatus'; Method = 'status.resolve'; Renamed = @{ Reply = 'status' } }
        @{ Command = 'Get-SmtpConnectorPreset'; Method = 'preset.list' }
        @{ Command = 'Test-SmtpConnector'; Method = 'connector.test'; Renamed = @{ Identity = 'name' }; Own = 'Send'; Filled = 'send', 'test', 'after', 'cancel' }
        @{ Command = 'Remove-SmtpConnector'; Method = 'connector.remove'; Renamed = @{ Identity = 'name' }; Own = 'Force' }
        @{ Command = 'Get-SmtpSession'; Method = 'session.list'; Renamed = @{ IPAddress = 'ipAddress' }; Own = 'Trace', 'Duration' }
        @{ Command = 'Stop-SmtpSession'; Method = 'session.stop'; Own = 'Force'; Filled = 'force' }
        @{ Command = 'Export-SmtpRelayReport'; Method = 'report.create'; Own = 'Path', 'Force' }
        @{ Command = 'Test-SmtpRelay'; Method = 'health.test'; Own = 'As', 'Deliverability'; Filled = 'deliverability' }
        @{ Command = 'Test-SmtpReverseDns'; Method = 'reversedns.test'; Renamed = @{ IPAddress = 'ipAddress' } }
        @{ Command = 'Get-SmtpStatistic'; Method = 'statistic.list' }
        @{ Command = 'Get-SmtpRewriteRule'; Method = 'rewrite.list'; Own = 'Identity' }
        @{ Command = 'New-SmtpRewriteRule'; Method = 'rewrite.create'; Renamed = @{ Exception = 'exceptions'; Sender = 'senders'; RemoteIPRange = 'remoteIPRanges'; Listener = 'listeners'; Account = 'accounts'; Connector = 'connectors' } }
        @{ Command = 'Set-SmtpRewriteRule'; Method = 'rewrite.set'; Renamed = @{ Identity = 'name'; Exception = 'exceptions'; Sender = 'senders'; RemoteIPRange = 'remoteIPRanges'; Listener = 'listeners'; Account = 'accounts'; Connector = 'connectors' }; Own = 'PassThru' }
        @{ Command = 'Remove-SmtpRewriteRule'; Method = 'rewrite.remove'; Renamed = @{ Identity = 'name' }; Own = 'Force' }
        @{ Command = 'Get-SmtpWebhook'; Method = 'webhook.list'; Own = 'Identity' }
        @{ Command = 'New-SmtpWebhook'; Method = 'webhook.create'; Renamed = @{ Event = 'events' } }
        @{ Command = 'Set-SmtpWebhook'; Method = 'webhook.set'; Renamed = @{ Identity = 'name'; Event = 'events' }; Own = 'PassThru' }
        @{ Command = 'Remove-SmtpWebhook'; Method = 'webhook.remove'; Renamed = @{ Identity = 'name' } }
        @{ Command = 'Test-SmtpWebhook'; Method = 'webhook.test'; Renamed = @{ Identity = 'name' } }
        @{ Command = 'Get-SmtpAlertMail'; Method = 'alertmail.get' }
        @{ Command = 'Set-SmtpAlertMail'; Method = 'alertmail.set'; Renamed = @{ Recipient = 'recipients'; Event = 'events' }; Own = 'Test', 'PassThru' }
        @{ Command = 'Set-SmtpAlertMail'; Method = 'alertmail.test'; Own = 'Enabled', 'Recipient', 'Sender', 'Connector', 'Event', 'Interval', 'MaxPerDay', 'Test', 'PassThru' }
        @{ Command = 'Get-SmtpDkimKey'; Method = 'dkim.list'; Own = 'Identity' }
        @{ Command = 'New-SmtpDkimKey'; Method = 'dkim.create' }
        @{ Command = 'Import-SmtpDkimKey'; Method = 'dkim.import'; Own = 'Path', 'Force'; Filled = 'content', 'replace' }
        @{ Command = 'Set-SmtpDkimKey'; Method = 'dkim.set'; Renamed = @{ Identity = 'name' }; Own = 'PassThru' }
        @{ Command = 'Remove-SmtpDkimKey'; Method = 'dkim.remove'; Renamed = @{ Identity = 'name' }; Own = 'Force' }
        @{ Command = 'Test-SmtpDkimKey'; Method = 'dkim.test'; Own = 'Identity'; Filled = 'name' }
        @{ Command = 'Get-SmtpQueue'; Method = 'queue.list' }
        @{ Command = 'Restart-SmtpQueue'; Method = 'queue.retry'; Own = 'PassThru' }
        @{ Command = 'Suspend-SmtpQueue'; Method = 'queue.suspend'; Own = 'PassThru' }
        @{ Command = 'Resume-SmtpQueue'; Method = 'queue.resume'; Own = 'PassThru' }
        @{ Command = 'Get-SmtpMessage'; Method = 'message.list'; Own = 'InputObject' }
        @{ Command = 'Remove-SmtpMessage'; Method = 'message.remove'; Own = 'Force'; Filled = 'after', 'limit', 'count', 'show' }
        @{ Command = 'Suspend-SmtpMessage'; Method = 'message.suspend'; Own = 'PassThru'; Filled = 'after', 'limit', 'count', 'show' }
        @{ Command = 'Resume-SmtpMessage'; Method = 'message.resume'; Own = 'PassThru'; Filled = 'after', 'limit', 'count', 'show' }
        @{ Command = 'Restart-SmtpMessage'; Method = 'message.retry'; Own = 'PassThru'; Filled = 'after', 'limit', 'count', 'show' }
        @{ Command = 'Move-SmtpMessage'; Method = 'message.move'; Own = 'PassThru'; Filled = 'after', 'limit', 'count', 'show' }
        @{ Command = 'Export-SmtpMessage'; Method = 'message.export'; Own = 'Path', 'Format', 'Force'; Filled = 'offset' }
        @{ Command = 'Submit-SmtpMessage'; Method = 'message.import'; Renamed = @{ Recipient = 'recipients' }; Own = 'Path', 'InputObject'; Filled = 'content', 'transfer', 'offset', 'more' }
        @{ Command = 'Import-SmtpMessage'; Method = 'message.import'; Renamed = @{ Recipient = 'recipients' }; Own = 'Path', 'Include', 'Recurse', 'MoveTo', 'Remove'; Filled = 'content', 'transfer', 'offset', 'more' }
        @{ Command = 'Get-SmtpCapturedMessage'; Method = 'captured.list' }
        @{ Command = 'Clear-SmtpCapturedMessage'; Method = 'captured.clear'; Own = 'Force' }
        @{ Command = 'Get-SmtpBadMail'; Method = 'badmail.list' }
        @{ Command = 'Restart-SmtpBadMail'; Method = 'badmail.restart'; Renamed = @{ Recipient = 'recipients' }; Own = 'Filter', 'PassThru' }
        @{ Command = 'Export-SmtpBadMail'; Method = 'badmail.export'; Own = 'Path', 'Format', 'Force'; Filled = 'offset' }
        @{ Command = 'Clear-SmtpBadMail'; Method = 'badmail.clear'; Own = 'Force'; Filled = 'limit' }
        @{ Command = 'Send-SmtpTestMessage'; Method = 'message.submit'; Renamed = @{ To = 'recipients'; From = 'sender' }; Own = 'Wait', 'Timeout' }
        @{ Command = 'Send-SmtpTestMessage'; Method = 'message.result'; Own = 'To', 'From', 'Subject', 'Body', 'Timeout'; Filled = 'internalMessageId' }
        @{ Command = 'Get-SmtpLog'; Method = 'log.read'; Renamed = @{ SessionId = 'session' }; Own = 'Path', 'Wait', 'AsSession' }
        @{ Command = 'Get-SmtpTrackingLog'; Method = 'tracking.read' }
        @{ Command = 'Get-SmtpMessageTrace'; Method = 'tracking.trace' }
    )
    foreach ($row in $contract) {
        foreach ($key in 'Renamed', 'Own', 'Filled') {
            if (-not $row.ContainsKey($key)) {
                $row[$key] = if ($key -eq 'Renamed') { @{} } else { @() }
            }
        }
    }
    $table = @{ Contract = $contract }
}

BeforeAll {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    Import-Module "$root/SmtpRelay.psd1" -Force
    $control = Get-Content -Path "$root/schemas/control.schema.json" -Raw | ConvertFrom-Json -AsHashtable
    $relay = Get-Content -Path "$root/schemas/relay.schema.json" -Raw | ConvertFrom-Json -AsHashtable

    function Resolve-Node {
        param([hashtable]$Node)
        while ($Node.ContainsKey('$ref')) {
            $file, $pointer = $Node['$ref'].Split('#')
            $schema = if ($file -eq 'relay.schema.json') { $relay } else { $control }
            $Node = $schema['$defs'][$pointer.Split('/')[-1]]
        }
        $Node
    }

    function Get-OwnParameter {
        param([System.Management.Automation.CommandInfo]$Command)
        $common = @([System.Management.Automation.PSCmdlet]::CommonParameters) + @([System.Management.Automation.PSCmdlet]::OptionalCommonParameters) + 'ComputerName', 'Session'
        $Command.Parameters.Values | Where-Object { $_.Name -notin $common }
    }

    function ConvertTo-CamelCase {
        param([string]$Text)
        $Text.Substring(0, 1).ToLowerInvariant() + $Text.Substring(1)
    }
}

Describe 'The contract' -ForEach $table {
    It 'has a command for every method' {
        $methods = $control.properties.Keys | Where-Object { $_ -ne 'rpc.discover' } | Sort-Object
        @($methods).Count | Should -BeGreaterThan 25
        $Contract.Method | Sort-Object -Unique | Should -Be $methods
    }

    It 'has a method for every command, but for those of the service and the report from files' {
        # Those of the service, and what reads files by itself.
        $service = 'Install-SmtpRelay', 'Uninstall-SmtpRelay', 'Start-SmtpRelay', 'Restart-SmtpRelay', 'Get-SmtpClientReport', 'Update-SmtpRelay'
        $commands = (Get-Module -Name SmtpRelay).ExportedFunctions.Keys | Where-Object { $_ -notin $service } | Sort-Object
        $Contract.Command | Sort-Object -Unique | Should -Be $commands
    }
}

Describe '<Command> and <Method>' -ForEach $contract {
    BeforeAll {
        $commandInfo = Get-Command -Name $Command -Module SmtpRelay
        $properties = $control.properties[$Method].properties.params.properties
        $required = @($control.properties[$Method].properties.params.required)
        $pairs = @(foreach ($parameter in Get-OwnParameter -Command $commandInfo) {
                if ($parameter.Name -in $Own) {
                    continue
                }
                $property = ConvertTo-CamelCase -Text $parameter.Name
                if ($Renamed.ContainsKey($parameter.Name)) {
                    $property = $Renamed[$parameter.Name]
                }
                [pscustomobject]@{ Parameter = $parameter; Property = $property }
            })
    }

    It 'have the same parameters' {
        $here = @(@($pairs.Property) + @($Filled) | Where-Object { $_ } | Sort-Object)
        $there = @($properties.Keys | Where-Object { $_ } | Sort-Object)
        $here | Should -Be $there
    }

    It 'have the same values to choose from' {
        foreach ($pair in $pairs) {
            $node = Resolve-Node -Node $properties[$pair.Property]
            $set = $pair.Parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.ValidateSetAttribute] }
            if ($node.ContainsKey('enum')) {
                $set | Should -Not -BeNullOrEmpty -Because "-$($pair.Parameter.Name) is a choice"
                $set.ValidValues | Should -Be $node['enum']
            } elseif ($set) {
                # A list, each item of which is a choice.
                $node.ContainsKey('items') | Should -BeTrue -Because "-$($pair.Parameter.Name) is no choice"
                $set.ValidValues | Should -Be (Resolve-Node -Node $node['items'])['enum']
            }
        }
    }

    It 'have the same types' {
        foreach ($pair in $pairs) {
            $node = Resolve-Node -Node $properties[$pair.Property]
            $isArray = @($node['type']) -contains 'array'
            $type = $pair.Parameter.ParameterType
            if ($pair.Property -eq 'wait' -or $type -eq [securestring] -or $pair.Property -eq 'resultSize') {
                continue
            }
            $type.IsArray | Should -Be $isArray -Because "-$($pair.Parameter.Name)"
            $element = if ($isArray) { $type.GetElementType() } else { $type }
            $inner = [System.Nullable]::GetUnderlyingType($element)
            if ($inner) {
                @($node['type']) | Should -Contain 'null' -Because "-$($pair.Parameter.Name)"
                $element = $inner
            }
            $item = if ($isArray) { Resolve-Node -Node $node['items'] } else { $node }
            $expected = if ($node['unit'] -eq 's') {
                'TimeSpan'
            } elseif ([string]$node['format'] -like 'date-time*') {
                'DateTime'
            } elseif (@($item['type']) -contains 'integer') {
                'Int32', 'Int64'
            } elseif (@($item['type']) -contains 'boolean') {
                'Boolean', 'SwitchParameter'
            } else {
                'String', 'PSCredential'
            }
            $element.Name | Should -BeIn $expected -Because "-$($pair.Parameter.Name)"
            if ($node['maximum'] -gt [int]::MaxValue) {
                $element.Name | Should -Be 'Int64'
            }
        }
    }

    It 'ask for the same' {
        foreach ($pair in $pairs) {
            if ($pair.Property -in $required -and $pair.Parameter.Name -notin 'From', 'Subject', 'Body') {
                $mandatory = $pair.Parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.ParameterAttribute] -and $_.Mandatory }
                $mandatory | Should -Not -BeNullOrEmpty -Because "-$($pair.Parameter.Name) is required"
            }
        }
    }
}

Describe 'The types of answers' {
    It 'all have a view' {
        $titles = @{ Relay = 'Service' }
        # These are never shown by themselves.
        $inner = 'ConnectorTestRun', 'Removed', 'Cleared', 'MessageChange', 'DeliveryResult', 'MessageContent'
        foreach ($name in $control['$defs'].Keys | Where-Object { $_ -notin $inner }) {
            $title = if ($titles.ContainsKey($name)) { $titles[$name] } else { $name }
            Get-FormatData -TypeName "SmtpRelay.$title" | Should -Not -BeNullOrEmpty -Because "SmtpRelay.$title is shown"
        }
    }

    It 'have the properties that their views name' {
        $xml = [xml][System.IO.File]::ReadAllText("$root/powershell/SmtpRelay.format.ps1xml")
        $own = @{ 'SmtpRelay.TestResult' = $null; 'SmtpRelay.TraceLine' = $null; 'SmtpRelay.RelayRestriction' = $null; 'SmtpRelay.ImportResult' = $null }
        foreach ($view in $xml.Configuration.ViewDefinitions.View) {
            $type = $view.ViewSelectedBy.TypeName
            if ($own.ContainsKey($type)) {
                continue
            }
            $name = $type.Split('.')[1] -replace '^Service$', 'Relay'
            $definition = if ($control['$defs'].Contains($name)) { $control['$defs'][$name] } else { $relay['$defs'][$name] }
            $view.SelectNodes('.//PropertyName') | ForEach-Object {
                $definition.properties.Keys | Should -Contain $_.InnerText -Because "$type is shown with it"
            }
            $view.SelectNodes('.//ScriptBlock') | ForEach-Object {
                foreach ($match in [regex]::Matches($_.InnerText, '\$_\.([A-Z]\w*)')) {
                    $definition.properties.Keys | Should -Contain $match.Groups[1].Value
                }
            }
        }
    }

    It 'make a plan for every method' {
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Methods = @($control.properties.Keys) } {
            foreach ($method in $Methods) {
                (GetResultPlan -Method $method).Kind | Should -BeIn 'Array', 'Object'
            }
        }
    }
}

Describe 'The problems of the engine' {
    It 'all have a category here' {
        $text = [System.IO.File]::ReadAllText("$root/src/contract/problems.ts")
        $ids = @([regex]::Matches($text, '(?m)^\s+([A-Z]\w+): \{\s*code:') | ForEach-Object { $_.Groups[1].Value })
        $ids.Count | Should -BeGreaterThan 10
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Ids = $ids } {
            $script:ProblemCategory.Keys | Sort-Object | Should -Be ($Ids | Sort-Object)
        }
    }
}

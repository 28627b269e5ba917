# Turns the bound parameters of a cmdlet into the params of its method: the same name in camelCase,
# times in seconds, dates in UTC, a password in clear for the way over the loopback.

$script:NotForTheEngine = @(
    'PassThru', 'Force', 'InputObject', 'Credential', 'ComputerName', 'Session'
    'Verbose', 'Debug', 'ErrorAction', 'WarningAction', 'InformationAction', 'ProgressAction', 'ErrorVariable'
    'WarningVariable', 'InformationVariable', 'OutVariable', 'OutBuffer', 'PipelineVariable', 'WhatIf', 'Confirm'
)

# Where an empty text, an empty list or nothing means "back to the default".
$script:NullableParameter = @(
    'Fqdn', 'Postmaster', 'SourceAddress', 'MaxMessagesPerMinute', 'Comment', 'PickupDirectory', 'DropDirectory', 'NdrCopyTo'
    'RetryInterval', 'MessageExpirationTimeout', 'DelayNotificationTimeout'
    'Banner', 'ConnectionTimeout', 'MaxMessagesPerConnection', 'MaxMessageSize', 'MaxRecipientsPerMessage', 'MaxMessagesPerHour'
    'DefaultDomain', 'NewAddress', 'HeaderName', 'HeaderValue', 'HeaderMatch'
    'AuthenticationUserName', 'TenantId', 'ClientId', 'TokenCertificate', 'TokenEndpoint', 'TokenScope'
    'TlsDomain', 'TlsCertificate'
    'ProtocolLogPath', 'MessageTrackingLogPath', 'ActivityLogPath'
    'ProtocolLogMaxFileSize', 'MessageTrackingLogMaxFileSize', 'ActivityLogMaxFileSize'
)

function ConvertToMethodParameter {
    param(
        [Parameter(Mandatory)][System.Collections.IDictionary]$Bound,
        # Parameters whose name differs in the contract: @{ Identity = 'name' }.
        [hashtable]$Rename = @{}
    )

    $result = @{}
    foreach ($name in @($Bound.Keys)) {
        if ($script:NotForTheEngine -contains $name) {
            continue
        }
        $target = $name.Substring(0, 1).ToLowerInvariant() + $name.Substring(1)
        if ($Rename.ContainsKey($name)) {
            $target = $Rename[$name]
        }
        $value = $Bound[$name]
        if ($name -eq 'SmartHost') {
            $result[$target] = [object[]]@(foreach ($text in $value) { ConvertToSmartHost -Text $text })
        } elseif ($name -eq 'Binding') {
            $result[$target] = [object[]]@(foreach ($text in $value) { ConvertToBinding -Text $text })
        } elseif ($name -eq 'ResultSize') {
            $result[$target] = ConvertToResultSize -Text $value
        } elseif ($script:NullableParameter -contains $name -and [string]::IsNullOrEmpty($value)) {
            $result[$target] = $null
        } elseif ($name -eq 'TlsCertificate') {
            $result[$target] = ResolveCertificateName -Text $value
        } elseif ($value -is [array]) {
            $result[$target] = [object[]]@(foreach ($item in $value) { ConvertToMethodValue -Value $item })
        } else {
            $result[$target] = ConvertToMethodValue -Value $value
        }
    }
    $result
}

function ConvertToMethodValue {
    param([AllowNull()][object]$Value)

    if ($Value -is [timespan]) {
        return ConvertToSecond -Value $Value
    }
    if ($Value -is [datetime]) {
        return $Value.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [System.Globalization.CultureInfo]::InvariantCulture)
    }
    if ($Value -is [switch]) {
        return $Value.IsPresent
    }
    if ($Value -is [securestring]) {
        return [System.Net.NetworkCredential]::new('', $Value).Password
    }
    if ($Value -is [psobject] -and $Value.PSObject.BaseObject -is [string]) {
        return [string]$Value
    }
    $Value
}

# Seconds of a TimeSpan. PowerShell turns a plain number into that many ticks of 100 ns; the relay knows
# whole seconds only, so less than a second can only be such a number, and it is taken as seconds.
function ConvertToSecond {
    param([Parameter(Mandatory)][timespan]$Value)

    if ($Value.Ticks -gt 0 -and $Value.Ticks -lt [timespan]::TicksPerSecond) {
        return $Value.Ticks
    }
    $seconds = $Value.TotalSeconds
    if ($seconds -eq [math]::Floor($seconds)) {
        return [long]$seconds
    }
    $seconds
}

function ConvertToResultSize {
    param([Parameter(Mandatory)][string]$Text)

    if ($Text -eq 'Unlimited') {
        return $null
    }
    [long]$Text
}

# What a question or -WhatIf says about a change: "maxMessageSize to 36700160, fqdn to (default)".
function FormatChange {
    param(
        [Parameter(Mandatory)][System.Collections.IDictionary]$Parameter,
        [string[]]$Except = @('name')
    )

    $parts = foreach ($name in ($Parameter.Keys | Sort-Object)) {
        if ($Except -contains $name) {
            continue
        }
        $value = $Parameter[$name]
        if ($name -eq 'password') {
            $text = 'a new one'
        } elseif ($null -eq $value) {
            $text = '(default)'
        } elseif ($value -is [array]) {
            $text = @(foreach ($item in $value) {
                    if ($item -is [System.Collections.IDictionary] -and $item.Contains('address')) {
                        FormatBinding -Value $item
                    } elseif ($item -is [System.Collections.IDictionary]) {
                        FormatSmartHost -Value $item
                    } else {
                        $item
                    }
                }) -join ', '
        } else {
            $text = [string]$value
        }
        "$name to $text"
    }
    @($parts) -join '; '
}

# Smart hosts as an administrator writes them: host, host:port, [IPv6]:port, or an IPv6 address alone; each may
# be followed by ;weight=3.

function ConvertToSmartHost {
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Text)

    $value = $Text.Trim()
    $port = $null
    $weight = $null
    if ($value -match '^(?<rest>.*?)\s*;\s*weight\s*=\s*(?<weight>[0-9]{1,6})$') {
        $value = $Matches['rest']
        $weight = [int]$Matches['weight']
    }
    if ($value -match '^\[(?<host>[^\]]+)\](:(?<port>[0-9]{1,6}))?$') {
        $name = $Matches['host']
        if ($Matches.ContainsKey('port')) {
            $port = [int]$Matches['port']
        }
    } elseif ($value -match '^(?<host>[^:]+):(?<port>[0-9]{1,6})$') {
        $name = $Matches['host']
        $port = [int]$Matches['port']
    } else {
        $name = $value
    }
    # The engine judges host and port; here they are only taken apart.
    $result = @{ host = $name }
    if ($null -ne $port) {
        $result.port = $port
    }
    if ($null -ne $weight) {
        $result.weight = $weight
    }
    $result
}

function FormatSmartHost {
    param([Parameter(Mandatory)][System.Collections.IDictionary]$Value)

    $port = $Value['port']
    if ($null -eq $port) {
        $port = 25
    }
    $suffix = ''
    if ($Value['weight'] -gt 1) {
        $suffix = ';weight={0}' -f $Value['weight']
    }
    if (([string]$Value['host']).Contains(':')) {
        return '[{0}]:{1}{2}' -f $Value['host'], $port, $suffix
    }
    '{0}:{1}{2}' -f $Value['host'], $port, $suffix
}

# Smart hosts as an administrator writes them: host, host:port, [IPv6]:port, or an IPv6 address alone.

function ConvertToSmartHost {
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Text)

    $value = $Text.Trim()
    $port = $null
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
    if ($null -eq $port) {
        return @{ host = $name }
    }
    @{ host = $name; port = $port }
}

function FormatSmartHost {
    param([Parameter(Mandatory)][System.Collections.IDictionary]$Value)

    $port = $Value['port']
    if ($null -eq $port) {
        $port = 25
    }
    if (([string]$Value['host']).Contains(':')) {
        return '[{0}]:{1}' -f $Value['host'], $port
    }
    '{0}:{1}' -f $Value['host'], $port
}

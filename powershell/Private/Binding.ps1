# Bindings of listeners as an administrator writes them: address:port, [IPv6]:port, or a port alone.

function ConvertToBinding {
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Text)

    $value = $Text.Trim()
    if ($value -match '^[0-9]{1,6}$') {
        return @{ address = '0.0.0.0'; port = [int]$value }
    }
    if ($value -match '^\[(?<address>[^\]]+)\]:(?<port>[0-9]{1,6})$' -or $value -match '^(?<address>[^:]+):(?<port>[0-9]{1,6})$') {
        return @{ address = $Matches['address']; port = [int]$Matches['port'] }
    }
    # Without a port; the engine says what is missing.
    @{ address = $value }
}

function FormatBinding {
    param([Parameter(Mandatory)][System.Collections.IDictionary]$Value)

    if (([string]$Value['address']).Contains(':')) {
        return '[{0}]:{1}' -f $Value['address'], $Value['port']
    }
    '{0}:{1}' -f $Value['address'], $Value['port']
}

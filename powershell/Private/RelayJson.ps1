# JSON in and out, the same in Windows PowerShell 5.1 and PowerShell 7: objects become dictionaries,
# and a text that looks like a date stays a text.

$script:JsonReader = $null

function ConvertFromRelayJson {
    param([Parameter(Mandatory)][string]$Text)

    if ($null -eq $script:JsonReader) {
        $script:JsonReader = GetJsonReader
    }
    if ($script:JsonReader -is [hashtable]) {
        $options = $script:JsonReader
        return ConvertFrom-Json -InputObject $Text @options
    }
    $script:JsonReader.DeserializeObject($Text)
}

# PowerShell 7: the options of ConvertFrom-Json. 5.1: the .NET serializer, because ConvertFrom-Json of
# 5.1 makes objects only, and stops at 2 MB of text on some builds.
function GetJsonReader {
    if ($PSVersionTable.PSVersion.Major -lt 6) {
        Add-Type -AssemblyName System.Web.Extensions
        $serializer = New-Object -TypeName System.Web.Script.Serialization.JavaScriptSerializer
        $serializer.MaxJsonLength = [int]::MaxValue
        return $serializer
    }
    $options = @{ AsHashtable = $true }
    # Came with 7.5; asking Get-Command instead would cost more than the whole first call.
    if ($PSVersionTable.PSVersion -ge [version]'7.5') {
        $options.DateKind = 'String'
    }
    $options
}

function ConvertToRelayJson {
    param([Parameter(Mandatory)][object]$Value)

    ConvertTo-Json -InputObject $Value -Depth 20 -Compress
}

# The content of a JSON file as a dictionary; nothing when the file is missing, unreadable or broken.
function ReadJsonFile {
    param([Parameter(Mandatory)][string]$Path)

    try {
        if (-not [System.IO.File]::Exists($Path)) {
            return
        }
        $value = ConvertFromRelayJson -Text (ReadTextFile -Path $Path)
    } catch {
        return
    }
    if ($value -is [System.Collections.IDictionary]) {
        $value
    }
}

# Writes the whole file or leaves the old one: under another name first, then renamed.
function WriteJsonFile {
    param(
        [Parameter(Mandatory)][string]$Path,
        [Parameter(Mandatory)][System.Collections.IDictionary]$Value
    )

    $temporary = "$Path.new"
    $text = (ConvertTo-Json -InputObject $Value -Depth 20) + "`n"
    WriteTextFile -Path $temporary -Text $text
    if ([System.IO.File]::Exists($Path)) {
        [System.IO.File]::Replace($temporary, $Path, [NullString]::Value)
    } else {
        [System.IO.File]::Move($temporary, $Path)
    }
}

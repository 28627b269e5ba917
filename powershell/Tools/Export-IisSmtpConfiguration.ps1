<#
.SYNOPSIS
Writes the SMTP configuration of IIS 6 (also the IIS 6 SMTP service of newer Windows) into a file of JSON.

.DESCRIPTION
For the old server: one file, no module, Windows PowerShell 2.0 or newer, run as administrator. It only reads.
Passwords are not written. On the new server: Get-IisSmtpConfiguration and Import-IisSmtpConfiguration.

.PARAMETER Path
The file to write. Without it the JSON goes to the output.

.PARAMETER WebRoot
Folders whose web.config files are looked at for PickupDirectoryFromIis.

.EXAMPLE
.\Export-IisSmtpConfiguration.ps1 -Path C:\Temp\old.json -WebRoot C:\inetpub\wwwroot
#>
param(
    [string]$Path,
    [string[]]$WebRoot = @()
)

$ErrorActionPreference = 'Stop'
$notes = New-Object System.Collections.ArrayList
$secrets = 'RoutePassword', 'LogOdbcPassword', 'AnonymousUserPass', 'SmtpDsPassword'
$lists = 'RelayIpList', 'IPSecurity'

# PowerShell 2 has no ConvertTo-Json.
function ConvertTo-JsonText {
    param($Value)

    if ($null -eq $Value) {
        return 'null'
    }
    if ($Value -is [bool]) {
        return $Value.ToString().ToLowerInvariant()
    }
    if ($Value -is [byte] -or $Value -is [int] -or $Value -is [long] -or $Value -is [uint32] -or $Value -is [double]) {
        return $Value.ToString([System.Globalization.CultureInfo]::InvariantCulture)
    }
    if ($Value -is [System.Collections.IDictionary]) {
        $members = @()
        foreach ($key in $Value.Keys) {
            $members += (ConvertTo-JsonText -Value ([string]$key)) + ':' + (ConvertTo-JsonText -Value $Value[$key])
        }
        return '{' + [string]::Join(',', $members) + '}'
    }
    if ($Value -isnot [string] -and $Value -is [System.Collections.IEnumerable]) {
        $items = @()
        foreach ($item in $Value) {
            $items += ConvertTo-JsonText -Value $item
        }
        return '[' + [string]::Join(',', $items) + ']'
    }
    $text = New-Object System.Text.StringBuilder
    foreach ($character in ([string]$Value).ToCharArray()) {
        $code = [int]$character
        if ($code -lt 32 -or $code -gt 126 -or $character -eq '"' -or $character -eq '\') {
            $null = $text.Append('\u' + $code.ToString('x4'))
        } else {
            $null = $text.Append($character)
        }
    }
    '"' + $text.ToString() + '"'
}

# An address list of ADSI: an object of COM, which is asked by name.
function Read-AddressList {
    param($List, $Stored)

    $read = @{ stored = $Stored }
    foreach ($name in 'GrantByDefault', 'IPGrant', 'IPDeny', 'DomainGrant', 'DomainDeny') {
        $value = $List.GetType().InvokeMember($name, [System.Reflection.BindingFlags]::GetProperty, $null, $List, $null)
        $key = $name.Substring(0, 1).ToLowerInvariant() + $name.Substring(1)
        if ($name -like 'IP*') {
            $key = 'ip' + $name.Substring(2)
        }
        if ($name -eq 'GrantByDefault') {
            $read[$key] = [bool]$value
        } else {
            $read[$key] = @(foreach ($item in $value) { [string]$item })
        }
    }
    $read
}

# Paths of ADSI name the computer in different ways.
function ConvertTo-Place {
    param([string]$Path)

    ($Path -replace '^IIS://[^/]*/?', '').Trim('/').ToLowerInvariant()
}

# Whether a property is kept at this key, and not only shown there because of the key above or the schema.
# Nothing where that cannot be told.
function Test-Stored {
    param($Entry, [string]$Name)

    try {
        $paths = @($Entry.psbase.Invoke('GetDataPaths', @($Name, 0)))
    } catch {
        return
    }
    $own = ConvertTo-Place -Path $Entry.psbase.Path
    foreach ($path in $paths) {
        if ((ConvertTo-Place -Path ([string]$path)) -eq $own) {
            return $true
        }
    }
    $false
}

function Read-Key {
    param($Entry, [string]$Location)

    $properties = @{}
    $addressLists = @{}
    foreach ($name in @($Entry.psbase.Properties.PropertyNames)) {
        if ($secrets -contains $name) {
            $properties[$name] = @{ type = 'Secret'; value = '(secret)' }
            continue
        }
        try {
            $collection = $Entry.psbase.Properties[$name]
            if ($collection.Count -eq 0) {
                continue
            }
            $value = $collection.Value
            if ($null -eq $value) {
                # PowerShell says nothing of a getter that failed.
                throw 'it is counted, and has no value'
            }
            $stored = Test-Stored -Entry $Entry -Name $name
            if ($lists -contains $name) {
                $addressLists[$name] = Read-AddressList -List $value -Stored $stored
            } elseif ($value -is [System.__ComObject]) {
                $properties[$name] = @{ type = 'Unreadable'; value = $null }
                $null = $notes.Add("$name of $Location is an object and was left out.")
            } else {
                if ($value -is [array]) {
                    $value = @(foreach ($item in $value) { if ($item -is [byte]) { $item } else { [string]$item } })
                }
                $properties[$name] = @{ type = $collection.Value.GetType().Name; value = $value; stored = $stored }
            }
        } catch {
            # A value that is there and cannot be read must not look like one that is not.
            $properties[$name] = @{ type = 'Unreadable'; value = $null }
            $null = $notes.Add("$name of $Location could not be read: " + $_.Exception.Message)
        }
    }
    @{ location = $Location; class = [string]$Entry.psbase.SchemaClassName; properties = $properties; addressLists = $addressLists }
}

function Read-Certificate {
    $store = New-Object System.Security.Cryptography.X509Certificates.X509Store 'My', 'LocalMachine'
    $store.Open('ReadOnly')
    foreach ($certificate in $store.Certificates) {
        @{
            thumbprint    = $certificate.Thumbprint
            subject       = $certificate.Subject
            notAfter      = $certificate.NotAfter.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')
            hasPrivateKey = $certificate.HasPrivateKey
        }
    }
    $store.Close()
}

function Measure-Folder {
    param([string]$Folder)

    $files = 0
    $bytes = [long]0
    if ($Folder -and (Test-Path -LiteralPath $Folder)) {
        foreach ($file in (New-Object System.IO.DirectoryInfo $Folder).GetFiles()) {
            $files++
            $bytes += $file.Length
        }
    }
    @{ path = $Folder; files = $files; bytes = $bytes }
}

function Find-PickupFromIis {
    param([string[]]$Root)

    foreach ($folder in $Root) {
        foreach ($file in @(Get-ChildItem -Path $folder -Recurse -Filter web.config -ErrorAction SilentlyContinue)) {
            if ([System.IO.File]::ReadAllText($file.FullName) -match 'PickupDirectoryFromIis') {
                $file.FullName
            }
        }
    }
}

$service = New-Object System.DirectoryServices.DirectoryEntry 'IIS://localhost/SmtpSvc'
$keys = New-Object System.Collections.ArrayList
$folders = New-Object System.Collections.ArrayList
$null = $keys.Add((Read-Key -Entry $service -Location '/LM/SmtpSvc'))
foreach ($server in @($service.psbase.Children)) {
    $location = '/LM/SmtpSvc/' + $server.psbase.Name
    if ([string]$server.psbase.SchemaClassName -ne 'IIsSmtpServer') {
        continue
    }
    $key = Read-Key -Entry $server -Location $location
    $null = $keys.Add($key)
    foreach ($name in 'QueueDirectory', 'PickupDirectory', 'DropDirectory', 'BadMailDirectory') {
        if ($key.properties[$name]) {
            $null = $folders.Add((Measure-Folder -Folder $key.properties[$name].value))
        }
    }
    foreach ($container in @($server.psbase.Children)) {
        if ($container.psbase.Name -ne 'Domain') {
            continue
        }
        foreach ($domain in @($container.psbase.Children)) {
            $null = $keys.Add((Read-Key -Entry $domain -Location ($location + '/Domain/' + $domain.psbase.Name)))
        }
    }
}

# The thumbprint is not a property of the settings in every version; WMI knows it, and the bytes of address lists.
function Add-FromWmi {
    param($Keys, $Objects, [string[]]$Property)

    foreach ($object in $Objects) {
        foreach ($key in $Keys) {
            if ($key.location -ne '/LM/' + $object.Name) {
                continue
            }
            foreach ($name in $Property) {
                if ($null -ne $object.$name -and -not $key.properties[$name]) {
                    $key.properties[$name] = @{ type = 'Byte[]'; value = @($object.$name) }
                }
            }
        }
    }
}

try {
    $namespace = 'root\MicrosoftIISv2'
    Add-FromWmi -Keys $keys -Property 'SSLCertHash' -Objects @(Get-WmiObject -Namespace $namespace -Class IIsSmtpServer)
    foreach ($class in 'IIsSmtpServiceSetting', 'IIsSmtpServerSetting', 'IIsSmtpDomainSetting') {
        Add-FromWmi -Keys $keys -Property $lists -Objects @(Get-WmiObject -Namespace $namespace -Class $class)
    }
} catch {
    $null = $notes.Add('WMI (root\MicrosoftIISv2) is not there: ' + $_.Exception.Message)
}

$start = ''
try {
    $start = [string](Get-WmiObject -Class Win32_Service -Filter "Name='SMTPSVC'").StartMode
} catch {
    $null = $notes.Add('The start type of the service could not be read.')
}

$export = @{
    format                 = 'SmtpRelay.IisSmtpExport'
    version                = 1
    computer               = [System.Environment]::MachineName
    system                 = [string][System.Environment]::OSVersion.VersionString
    exported               = [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ')
    serviceStart           = $start
    keys                   = $keys
    certificates           = @(Read-Certificate)
    folders                = $folders
    pickupDirectoryFromIis = @(Find-PickupFromIis -Root $WebRoot)
    notes                  = $notes
}
$json = ConvertTo-JsonText -Value $export
if ($Path) {
    $file = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
    [System.IO.File]::WriteAllText($file, $json)
} else {
    $json
}

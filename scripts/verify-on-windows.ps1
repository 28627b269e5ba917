# Checks an installed SmtpRelay on a real Windows, for what could not be tried where it was made: rights, the
# service manager, the event log, the firewall, log-ons. Run it as an administrator, in Windows PowerShell 5.1
# and in PowerShell 7:
#
#     .\verify-on-windows.ps1              # looks only
#     .\verify-on-windows.ps1 -Disruptive  # also stops, kills and restarts the relay, and sends a test message
#
# Each check prints PASS, FAIL or SKIP with a reason. The result file, with versions but without addresses,
# names of accounts or mail, is what we would like to get.
param(
    [string]$Module = $PSScriptRoot,
    [string]$Result = (Join-Path ([Environment]::GetFolderPath('Desktop')) 'SmtpRelay-verification.txt'),
    [switch]$Disruptive
)

$ErrorActionPreference = 'Stop'
$lines = New-Object System.Collections.Generic.List[string]
$failed = 0

function Write-Line([string]$Text) {
    $lines.Add($Text)
    Write-Output $Text
}

# The block returns nothing when all is well, a sentence when not, or "skip: why".
function Test-Item([string]$Name, [scriptblock]$Block) {
    $said = ''
    try {
        $said = [string](& $Block | Select-Object -Last 1)
    } catch {
        $said = $_.Exception.Message
    }
    if ($said -like 'skip: *') {
        Write-Line "SKIP  $Name ($($said.Substring(6)))"
    } elseif ($said) {
        $script:failed++
        Write-Line "FAIL  ${Name}: $said"
    } else {
        Write-Line "PASS  $Name"
    }
}

function Get-AclProblem([string]$Path, [string[]]$Allowed) {
    $acl = Get-Acl -LiteralPath $Path
    $others = @($acl.GetAccessRules($true, $true, [System.Security.Principal.SecurityIdentifier]) |
            Where-Object { $_.AccessControlType -eq 'Allow' -and $Allowed -notcontains $_.IdentityReference.Value })
    if ($others.Count -gt 0) {
        "others have rights too: $(@($others | ForEach-Object { $_.IdentityReference.Value } | Sort-Object -Unique) -join ', ')"
    }
}

Write-Line "SmtpRelay verification, $(Get-Date -Format o)"
Write-Line "Windows $([Environment]::OSVersion.Version), $env:PROCESSOR_ARCHITECTURE, PowerShell $($PSVersionTable.PSVersion) $($PSVersionTable.PSEdition)"

Test-Item 'runs as an administrator' {
    $principal = New-Object System.Security.Principal.WindowsPrincipal ([System.Security.Principal.WindowsIdentity]::GetCurrent())
    if (-not $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)) { 'start PowerShell as an administrator' }
}
Test-Item 'module is imported' { Import-Module (Join-Path $Module 'SmtpRelay.psd1') -Force }
Test-Item 'every command has its help' {
    $poor = @(Get-Command -Module SmtpRelay -CommandType Function | Where-Object { -not (Get-Help $_.Name).Synopsis })
    if ($poor.Count -gt 0) { "$($poor.Name -join ', ')" }
}
Test-Item 'files are those of the package' {
    $list = Join-Path $Module 'files.sha256'
    if (-not (Test-Path $list)) { return 'skip: no files.sha256, this is no package' }
    foreach ($line in Get-Content $list) {
        if ((Get-FileHash -LiteralPath (Join-Path $Module $line.Substring(66)) -Algorithm SHA256).Hash -ne $line.Substring(0, 64)) { return "$($line.Substring(66)) differs" }
    }
}
Test-Item 'node.exe is signed as Node.js has it' {
    $node = Join-Path $Module 'node.exe'
    if (-not (Test-Path $node)) { return 'skip: no node.exe in the package' }
    $signature = Get-AuthenticodeSignature $node
    if ($signature.Status -ne 'Valid') { "signature is $($signature.Status)" }
}

$relay = $null
Test-Item 'Get-SmtpRelay answers' { $script:relay = Get-SmtpRelay; if ($relay.Status -ne 'Running') { "status is $($relay.Status): install with Install-SmtpRelay -Start first" } }
$service = Get-Service -Name SmtpRelay -ErrorAction SilentlyContinue
$key = Get-ItemProperty -Path HKLM:\SYSTEM\CurrentControlSet\Services\SmtpRelay -ErrorAction SilentlyContinue
Test-Item 'service exists and runs' { if (-not $service) { 'there is none' } elseif ($service.Status -ne 'Running') { "it is $($service.Status)" } }
Test-Item 'service starts with Windows, delayed' { if ($key.Start -ne 2 -or $key.DelayedAutostart -ne 1) { "Start=$($key.Start) DelayedAutostart=$($key.DelayedAutostart)" } }
Test-Item 'service has a quoted path' { if ($key.ImagePath -notmatch '^".+\\SmtpRelay\.exe" --data ".+"') { 'it is not quoted' } }
Test-Item 'service runs as an account without a password' { if ($key.ObjectName -ne 'NT SERVICE\SmtpRelay') { "skip: another account was chosen" } }
Test-Item 'service is started again after failures' { if ((sc.exe qfailure SmtpRelay | Out-String) -notmatch 'RESTART.+5000') { 'no restart actions' } }
Test-Item 'service counts an end with an error as a failure' { if ((sc.exe qfailureflag SmtpRelay | Out-String) -notmatch 'TRUE|: 1') { 'the failure flag is not set' } }
Test-Item 'service may take a minute when Windows shuts down' { if ($key.PreshutdownTimeout -ne 60000) { "PreshutdownTimeout=$($key.PreshutdownTimeout)" } }
Test-Item 'node.exe runs as the account of the service' {
    $owner = (Get-CimInstance Win32_Process -Filter "ProcessId=$($relay.ProcessId)" | Invoke-CimMethod -MethodName GetOwner).User
    if ($key.ObjectName -eq 'NT SERVICE\SmtpRelay' -and $owner -ne 'SmtpRelay') { "it runs as somebody else" }
}

$sid = & (Get-Module SmtpRelay) { . ReadServiceCode; GetAccountSid -Account $args[0] } $key.ObjectName
$allowed = 'S-1-5-18', 'S-1-5-32-544', $sid
Test-Item 'SID of the service account is what Windows says' {
    $real = (New-Object System.Security.Principal.NTAccount $key.ObjectName).Translate([System.Security.Principal.SecurityIdentifier]).Value
    if ($real -ne $sid) { 'it differs' }
}
Test-Item 'data folder is for SYSTEM, administrators and the service only' { Get-AclProblem $relay.DataPath $allowed }
Test-Item 'control.token inherits that' { Get-AclProblem (Join-Path $relay.DataPath 'control.token') $allowed }
Test-Item 'Pickup and Queue inherit that' { foreach ($name in 'Queue', 'Pickup') { Get-AclProblem (Join-Path $relay.DataPath $name) $allowed } }
Test-Item 'DPAPI encrypts and decrypts' {
    $exe = Join-Path $Module 'SmtpRelay.exe'
    $secret, $entropy = [Convert]::ToBase64String([byte[]](1..40)), [Convert]::ToBase64String([byte[]](9..40))
    $stored = "$secret`n$entropy" | & $exe --protect
    if (("$stored`n$entropy" | & $exe --unprotect) -ne $secret) { 'it does not come back' }
}
Test-Item 'event log has what the service said, in words' {
    $entry = Get-WinEvent -FilterHashtable @{ LogName = 'Application'; ProviderName = 'SmtpRelay' } -MaxEvents 1
    if ($entry.Message -notmatch 'relay') { "the text is: $($entry.Message)" }
}
Test-Item 'firewall rule is there' {
    $rule = Get-NetFirewallRule -DisplayName 'SmtpRelay (SMTP)' -ErrorAction SilentlyContinue
    if (-not $rule) { 'skip: installed without -OpenFirewall' } elseif ([string]$rule.Enabled -ne 'True') { 'it is not enabled' }
}
Test-Item '.NET bridge loads in node.exe (NTLM, Kerberos, Windows accounts)' {
    $code = "import('./dist/platform/windows.js').then(async m => { await m.loadWindowsBridge().open(); console.log('bridge ok'); }, e => console.log(e.message))"
    Push-Location $Module
    try { $said = & .\node.exe --input-type=module -e $code 2>&1 | Out-String } finally { Pop-Location }
    if ($said -notmatch 'bridge ok') { $said.Trim() }
}
Test-Item 'Windows account logs on by Negotiate' {
    $listener = Get-SmtpListener | Where-Object { $_.Enabled -and $_.AuthenticationMethods -contains 'GSSAPI' } | Select-Object -First 1
    if (-not $listener) { return 'skip: no listener offers GSSAPI (Set-SmtpListener -AuthenticationMethod GSSAPI, NTLM)' }
    $client = New-Object System.Net.Mail.SmtpClient '127.0.0.1', ([int]([string]$listener.Bindings[0] -replace '.*:'))
    $client.UseDefaultCredentials = $true
    $client.EnableSsl = $false
    $client.Send('verify@example.com', 'verify@example.com', 'SmtpRelay verification', 'Log-on with the Windows account of this session.')
}

if ($Disruptive) {
    Test-Item 'stops within a minute and starts again' {
        Stop-SmtpRelay -Timeout '00:00:40'
        if ((Get-Service SmtpRelay).Status -ne 'Stopped') { return 'it did not stop' }
        Start-SmtpRelay
        if ((Get-SmtpRelay).Status -ne 'Running') { 'it does not run' }
    }
    Test-Item 'is started again by Windows when node.exe is killed' {
        Stop-Process -Id (Get-SmtpRelay).ProcessId -Force
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        do { Start-Sleep -Seconds 1 } until ((Get-SmtpRelay).Status -eq 'Running' -or $clock.Elapsed.TotalSeconds -gt 60)
        if ((Get-SmtpRelay).Status -ne 'Running') { 'not within a minute' }
    }
    Test-Item 'leaves no node.exe behind when SmtpRelay.exe is killed' {
        $node = (Get-SmtpRelay).ProcessId
        Stop-Process -Name SmtpRelay -Force
        Start-Sleep -Seconds 40
        if (Get-Process -Id $node -ErrorAction SilentlyContinue) { 'it still runs' }
    }
    Test-Item 'takes a message' {
        $state = Send-SmtpTestMessage -To 'verify@example.com' -From 'verify@example.com'
        if (-not $state) { 'no answer' }
    }
} else {
    Write-Line 'SKIP  stop, kill and recovery, test message (not asked for with -Disruptive)'
}

Write-Line "$failed failed"
[System.IO.File]::WriteAllLines($Result, $lines)
Write-Output "Result file: $Result"
exit [int]($failed -gt 0)

# How long an administrator waits: loading the module in a shell that is up, and Get-SmtpQueue on an
# idle relay. Starts a relay of its own; prints one object per measurement, in milliseconds.
#   dotnet pwsh -NoProfile -File scripts/bench/cmdlets.ps1
param([int]$Rounds = 20)

$ErrorActionPreference = 'Stop'
$root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")

function Get-Median {
    param([double[]]$Value)

    $sorted = @($Value | Sort-Object)
    [math]::Round($sorted[[math]::Floor($sorted.Count / 2)], 1)
}

function New-Measurement {
    param([string]$What, [double[]]$Value)

    [pscustomobject]@{ What = $What; Median = Get-Median $Value; Smallest = [math]::Round(($Value | Measure-Object -Minimum).Minimum, 1); Largest = [math]::Round(($Value | Measure-Object -Maximum).Maximum, 1); Rounds = $Value.Count }
}

# Each load in a fresh shell: a second Import-Module finds everything compiled.
# The .NET tool is found from the folder that holds its manifest, pwsh on the PATH.
$shell, $first = if ([System.Diagnostics.Process]::GetCurrentProcess().ProcessName -eq 'dotnet') { 'dotnet', @('pwsh') } else { 'pwsh', @() }
$measure = "`$clock = [System.Diagnostics.Stopwatch]::StartNew(); Import-Module '$root/SmtpRelay.psd1'; `$clock.Elapsed.TotalMilliseconds"
# A shell that is up has parsed, piped and formatted before: its prompt alone does so.
$warm = "`$null = Get-Process -Id `$PID | Select-Object Name | Out-String; `$null = Get-ChildItem . | Sort-Object Name | Format-Table | Out-String"
function Measure-Import {
    param([string]$Command)

    foreach ($round in 1..10) {
        [double](& $shell @first -NoProfile -NonInteractive -Command $Command | Select-Object -Last 1)
    }
}
Push-Location $root
New-Measurement -What 'Import-Module, shell is up' -Value (Measure-Import "$warm; $measure")
New-Measurement -What 'Import-Module, very first command of the process' -Value (Measure-Import $measure)
Pop-Location

Import-Module "$root/test/powershell/TestRelay.psm1"
$relay = Start-TestRelay
try {
    $null = Get-SmtpQueue
    $calls = foreach ($round in 1..$Rounds) {
        (Measure-Command { Get-SmtpQueue }).TotalMilliseconds
    }
    New-Measurement -What 'Get-SmtpQueue, idle relay' -Value $calls
    $states = foreach ($round in 1..$Rounds) {
        (Measure-Command { Get-SmtpRelay }).TotalMilliseconds
    }
    New-Measurement -What 'Get-SmtpRelay' -Value $states
} finally {
    Stop-TestRelay $relay
}

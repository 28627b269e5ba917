# Runs the tests of the PowerShell module with the Pester that was restored into .tools:
#     dotnet restore scripts/pester/pester.csproj
#     dotnet pwsh -NoProfile -NonInteractive -File test/powershell/run.ps1
# The last line is "PESTER passed=<n> failed=<n> skipped=<n>"; the exit code is 1 when a test failed.
param(
    # Only test files whose name matches.
    [string]$Name = '*'
)

$ErrorActionPreference = 'Stop'
$root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
$pester = Get-ChildItem -Path "$root/.tools/nuget/pester" -Filter Pester.psd1 -Recurse -ErrorAction SilentlyContinue |
    Select-Object -First 1
if (-not $pester) {
    [Console]::Error.WriteLine('Pester is missing; run: dotnet restore scripts/pester/pester.csproj')
    'PESTER passed=0 failed=1 skipped=0'
    exit 1
}
Import-Module $pester.FullName

$configuration = New-PesterConfiguration
$configuration.Run.Path = @(Get-ChildItem -Path $PSScriptRoot -Filter "$Name.Tests.ps1" | ForEach-Object { $_.FullName })
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.RenderMode = 'Plaintext'
$result = Invoke-Pester -Configuration $configuration

# A file that cannot even be read has no failed test, but it has failed.
$failed = $result.FailedCount + $result.FailedContainersCount + $result.FailedBlocksCount
if ($result.TotalCount -eq 0) {
    $failed++
}
'PESTER passed={0} failed={1} skipped={2}' -f $result.PassedCount, $failed, ($result.SkippedCount + $result.NotRunCount)
exit [int]($failed -gt 0)

# Runs Windows.Tests.ps1 and writes what came of it into a file: pwsh.exe without a console ends with 0 and
# runs nothing, so neither its exit code nor its output says anything. Done means: the file is there.
param(
    # The package, unpacked into a folder of the test first; or a module folder that is there already.
    [string]$Zip,
    [string]$Module = 'C:\SmtpRelayTest\SmtpRelay',
    [Parameter(Mandatory)][string]$Pester,
    [Parameter(Mandatory)][string]$Result
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$env:SMTP_RELAY_TEST_MODULE = $Module
$report = @{ passed = 0; failed = 1; skipped = 0; failures = @(); version = [string]$PSVersionTable.PSVersion; os = [string]$PSVersionTable.OS }
try {
    if ($Zip) {
        Expand-Archive -Path $Zip -DestinationPath ([System.IO.Path]::GetDirectoryName($Module)) -Force
    }
    Import-Module $Pester
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = "$PSScriptRoot\Windows.Tests.ps1"
    $configuration.Run.PassThru = $true
    $configuration.Output.Verbosity = 'Detailed'
    $configuration.Output.RenderMode = 'Plaintext'
    $run = Invoke-Pester -Configuration $configuration
    $report.passed = $run.PassedCount
    $report.failed = $run.FailedCount + $run.FailedContainersCount + $run.FailedBlocksCount
    $report.skipped = $run.SkippedCount + $run.NotRunCount
    $report.failures = @($run.Failed | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord -join ' ')" })
} catch {
    $report.failures = @([string]$_)
}
[System.IO.File]::WriteAllText($Result, ($report | ConvertTo-Json -Depth 4))
exit [int]($report.failed -gt 0)

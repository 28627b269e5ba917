# The package of Linux as an administrator gets it: unpacked without a network, installed, updated to another
# version, put back after one that does not work. (That of Windows: npm run test:windows.)

BeforeDiscovery {
    $script:leaveOut = [System.IO.Path]::DirectorySeparatorChar -eq '\' -or -not (Get-Command -Name tar, gzip -CommandType Application -ErrorAction Ignore)
}

Describe 'The package' -Skip:$leaveOut {
    BeforeAll {
        $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
        $processor = if ([System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture -eq 'Arm64') { 'arm64' } else { 'x64' }
        $node = "$root/node_modules/node-linux-$processor/bin/node"
        $said = & $node "$root/scripts/package/package.mjs" "linux-$processor" --out "$TestDrive/out" 2>&1 | Out-String
        $tarball = @(Get-ChildItem -Path "$TestDrive/out" -Filter *.tar.gz)[0].FullName
        $place = New-Item -ItemType Directory -Path "$TestDrive/place"
        tar -xzf $tarball -C $place
        $module = "$place/SmtpRelay"
        $data = "$TestDrive/data"
        # In a process of its own: this session may have the module of the working copy. The PATH has no Node.
        $shell, $first = if ([System.Diagnostics.Process]::GetCurrentProcess().ProcessName -eq 'dotnet') { 'dotnet', @('pwsh') } else { 'pwsh', @() }
        function Invoke-InPackage([string]$Script) {
            $command = "`$ErrorActionPreference = 'Stop'; `$env:SMTP_RELAY_DATA = '$data'; Import-Module '$module/SmtpRelay.psd1'; $Script"
            Push-Location $root
            try {
                & $shell @first -NoProfile -NonInteractive -Command $command 2>&1 | Out-String
            } finally {
                Pop-Location
            }
        }
        # Another version: the same files with another number, and the sums of that.
        function New-OtherVersion([string]$Name, [string]$Version, [scriptblock]$Change) {
            $folder = "$TestDrive/$Name"
            $null = New-Item -ItemType Directory -Path $folder
            tar -xzf $tarball -C $folder
            foreach ($file in 'SmtpRelay.psd1', 'package.json') {
                $path = "$folder/SmtpRelay/$file"
                [System.IO.File]::WriteAllText($path, [System.IO.File]::ReadAllText($path).Replace('0.1.0', $Version))
            }
            if ($Change) {
                & $Change "$folder/SmtpRelay"
            }
            $lines = foreach ($line in [System.IO.File]::ReadAllLines("$folder/SmtpRelay/files.sha256")) {
                $file = $line.Substring(66)
                (Get-FileHash -LiteralPath "$folder/SmtpRelay/$file" -Algorithm SHA256).Hash.ToLowerInvariant() + "  $file"
            }
            [System.IO.File]::WriteAllLines("$folder/SmtpRelay/files.sha256", [string[]]$lines)
            "$folder/SmtpRelay"
        }
    }

    AfterAll {
        if (Test-Path "$data/settings.json") {
            $null = Invoke-InPackage 'Uninstall-SmtpRelay -RemoveData -Force'
        }
    }

    It 'says its size, and has sums, licences and a bill of materials' {
        $said | Should -Match '[0-9.]+ MiB unpacked'
        Get-Content "$TestDrive/out/SHA256SUMS" | Should -Match ((Get-FileHash $tarball -Algorithm SHA256).Hash.ToLowerInvariant())
        $notices = Get-Content "$module/THIRD-PARTY-NOTICES.txt" -Raw
        $bill = Get-Content "$module/sbom.cdx.json" -Raw | ConvertFrom-Json
        $bill.bomFormat | Should -Be 'CycloneDX'
        $folders = @(Get-ChildItem -Path "$module/node_modules" -Directory | Where-Object { $_.Name -notlike '@*' })
        $folders.Count | Should -BeGreaterThan 20
        foreach ($folder in $folders) {
            $notices | Should -Match ([regex]::Escape("$($folder.Name) "))
            $bill.components.name | Should -Contain $folder.Name
        }
        $bill.components.name | Should -Contain 'Node.js'
    }

    It 'holds what runs, and nothing of its making' {
        Test-Path "$module/dist/main.js" | Should -BeTrue
        Test-Path "$module/bin/node" | Should -BeTrue
        Test-Path "$module/src" | Should -BeFalse
        @(Get-ChildItem -Path "$module/node_modules" -Directory).Name | Should -Not -Contain 'typescript'
        @(Get-ChildItem -Path "$module/powershell/Private" -Recurse -Filter *.ps1).Count | Should -Be 1
        Get-Content "$module/smtp-relay.service" -Raw | Should -Match 'ProtectSystem=strict'
    }

    It 'exports the commands of the working copy, from one file' {
        $exported = Invoke-InPackage '(Get-Module SmtpRelay).ExportedFunctions.Keys | Sort-Object'
        $exported.Trim() -split '\s+' | Should -Be @((Import-PowerShellDataFile "$root/SmtpRelay.psd1").FunctionsToExport | Sort-Object)
        Invoke-InPackage 'Get-Help about_SmtpRelay' | Should -Match 'SMTP_RELAY_DATA'
    }

    It 'is installed, and takes mail' {
        $ports = 1..2 | ForEach-Object {
            $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
            $listener.Start()
            $listener.LocalEndpoint.Port
            $listener.Stop()
        }
        $text = Invoke-InPackage "Install-SmtpRelay -Port $($ports[0]) -ControlPort $($ports[1]) -SmartHost 127.0.0.1:1 -ServiceHost Process -Start; Send-SmtpTestMessage -From a@example.com -To b@example.org; `$relay = Get-SmtpRelay; '{0} {1} {2}' -f `$relay.Status, `$relay.Version, `$relay.Queued"
        $text | Should -Match 'Running 0\.1\.0 1'
        (Get-Content "$data/install.json" -Raw | ConvertFrom-Json).node | Should -Be "$module/bin/node"
    }

    It 'refuses to update to what is damaged or not newer' {
        Invoke-InPackage "Update-SmtpRelay -Path '$tarball'" | Should -Match 'not newer'
        $damaged = New-OtherVersion -Name damaged -Version '0.2.0'
        Add-Content -Path "$damaged/dist/main.js" -Value '//'
        Invoke-InPackage "Update-SmtpRelay -Path '$damaged'" | Should -Match 'dist/main.js is damaged'
        Invoke-InPackage '(Get-SmtpRelay).Version' | Should -Match '0\.1\.0'
    }

    It 'puts the old version back when the new one does not start' {
        $broken = New-OtherVersion -Name broken -Version '0.3.0' -Change { param($folder) Set-Content -Path "$folder/dist/main.js" -Value 'process.exit(3);' }
        $text = Invoke-InPackage "Update-SmtpRelay -Path '$broken'"
        $text | Should -Match 'back in its place'
        Invoke-InPackage "`$relay = Get-SmtpRelay; '{0} {1} {2}' -f `$relay.Status, `$relay.Version, `$relay.Queued" | Should -Match 'Running 0\.1\.0 1'
    }

    It 'updates to a version that works, with the mail that waits' {
        $newer = New-OtherVersion -Name newer -Version '0.2.0'
        Invoke-InPackage "(Update-SmtpRelay -Path '$newer' -PassThru).Version" | Should -Match '0\.2\.0'
        Invoke-InPackage "`$relay = Get-SmtpRelay; '{0} {1} {2}' -f `$relay.Status, `$relay.Version, `$relay.Queued" | Should -Match 'Running 0\.2\.0 1'
        @(Get-ChildItem -Path $place -Force).Name | Should -Be 'SmtpRelay'
    }
}

# An update that fails, at each of its steps: afterwards the old version lies in its place, whole, and what else
# lay there lies there still. Folders and programs are real; the relay does not run here (Package.Tests.ps1).

BeforeDiscovery {
    $script:leaveOut = [System.IO.Path]::DirectorySeparatorChar -eq '\'
}

BeforeAll {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    Import-Module "$root/SmtpRelay.psd1" -Force

    # What an update looks at of a module folder.
    function New-Version([string]$Path, [string]$Version, [switch]$NoEngine, [switch]$NoNode) {
        $null = New-Item -ItemType Directory -Path "$Path/dist", "$Path/bin" -Force
        Set-Content -Path "$Path/SmtpRelay.psd1" -Value "@{ ModuleVersion = '$Version' }"
        Set-Content -Path "$Path/package.json" -Value '{"nodeFlags":[],"nodeEnvironment":{}}'
        Set-Content -Path "$Path/marker" -Value $Version
        $null = New-Item -ItemType SymbolicLink -Path "$Path/schemas" -Target "$root/schemas"
        if (-not $NoEngine) {
            Set-Content -Path "$Path/dist/main.js" -Value ''
        }
        if (-not $NoNode) {
            Set-Content -Path "$Path/bin/node" -Value ''
        }
        $Path
    }

    # A Node of the PATH that does something else.
    function New-Node([string]$Folder, [string]$Script) {
        $null = New-Item -ItemType Directory -Path $Folder
        Set-Content -Path "$Folder/node" -Value "#!/bin/sh`n$Script"
        chmod +x "$Folder/node"
        $Folder
    }

    function Invoke-Update([string]$Module, [string]$Package, [string]$Data) {
        InModuleScope -ModuleName SmtpRelay -Parameters @{ Module = $Module; Package = $Package; Data = $Data } {
            . ReadServiceCode
            $before = $script:ModuleRoot
            $script:ModuleRoot = $Module
            try {
                UpdateRelay -DataPath $Data -Package $Package -Timeout '00:00:05'
            } catch {
                $_
            } finally {
                $script:ModuleRoot = $before
            }
        }
    }
}

Describe 'An update' -Skip:$leaveOut {
    BeforeEach {
        $work = "$TestDrive/$([guid]::NewGuid().ToString('n'))"
        $module = New-Version -Path "$work/SmtpRelay" -Version '0.1.0'
        $data = "$work/data"
        $null = New-Item -ItemType Directory -Path $data
        Set-Content -Path "$data/settings.json" -Value '{"general":{"controlPort":1}}'
        Set-Content -Path "$data/install.json" -Value '{"serviceHost":"Process","version":"0.1.0"}'
    }

    It 'puts the new version into the place of the old one, and writes it down' {
        Invoke-Update -Module $module -Package (New-Version -Path "$work/new/SmtpRelay" -Version '0.2.0') -Data $data | Should -BeNullOrEmpty
        Get-Content "$module/marker" | Should -Be '0.2.0'
        (Get-Content "$data/install.json" -Raw | ConvertFrom-Json).version | Should -Be '0.2.0'
        @(Get-ChildItem $work).Name | Should -Be @('data', 'new', 'SmtpRelay')
    }

    It 'never removes what an earlier update left behind, which may be the only good version' {
        $left = New-Version -Path "$module.before-update" -Version '0.0.9'
        Invoke-Update -Module $module -Package (New-Version -Path "$work/new/SmtpRelay" -Version '0.2.0') -Data $data | Should -BeNullOrEmpty
        Get-Content "$module/marker" | Should -Be '0.2.0'
        Get-Content "$left/marker" | Should -Be '0.0.9'
    }

    It 'with a package that cannot be moved leaves everything as it was' {
        $left = New-Version -Path "$module.before-update" -Version '0.0.9'
        # Another file system: folders can't be renamed from there.
        $package = New-Version -Path "/dev/shm/smtp-relay-$([guid]::NewGuid().ToString('n'))" -Version '0.2.0'
        try {
            $problem = Invoke-Update -Module $module -Package $package -Data $data
        } finally {
            Remove-Item -LiteralPath $package -Recurse
        }
        $problem.FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.UpdateFailed*'
        $problem.Exception.Message | Should -Match '0\.1\.0 is back in its place'
        Get-Content "$module/marker" | Should -Be '0.1.0'
        Get-Content "$left/marker" | Should -Be '0.0.9'
    }

    It 'to a version that cannot be registered goes back, with the old data about it' {
        $problem = Invoke-Update -Module $module -Package (New-Version -Path "$work/new/SmtpRelay" -Version '0.2.0' -NoEngine) -Data $data
        $problem.Exception.Message | Should -Match 'engine is missing'
        Get-Content "$module/marker" | Should -Be '0.1.0'
        (Get-Content "$data/install.json" -Raw | ConvertFrom-Json).version | Should -Be '0.1.0'
    }

    It 'beside versions of a gallery touches none of them' {
        $gallery = "$work/gallery/SmtpRelay"
        $old = New-Version -Path "$gallery/0.1.0" -Version '0.1.0'
        $other = New-Version -Path "$gallery/0.2.0" -Version '0.2.0 as it was'
        $problem = Invoke-Update -Module $old -Package (New-Version -Path "$work/new/SmtpRelay" -Version '0.2.0' -NoEngine) -Data $data
        $problem.FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.UpdateFailed*'
        Get-Content "$old/marker" | Should -Be '0.1.0'
        Get-Content "$other/marker" | Should -Be '0.2.0 as it was'
        @(Get-ChildItem $gallery).Name | Should -Be @('0.1.0', '0.2.0')
    }

    It 'says where the old version lies when it cannot be put back, and runs it from there' {
        # The package brings no Node, and the one of the PATH puts something in the way of going back.
        $package = New-Version -Path "$work/new/SmtpRelay" -Version '0.2.0' -NoNode
        $path = $env:PATH
        $env:PATH = (New-Node -Folder "$work/tools" -Script "mkdir -p '$package/in-the-way'") + ":$path"
        try {
            $problem = Invoke-Update -Module $module -Package $package -Data $data
        } finally {
            $env:PATH = $path
        }
        $problem.FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.UpdateFailed*'
        $problem.Exception.Message | Should -Match 'did not wholly succeed.*SmtpRelay\.before-update'
        Get-Content "$module.before-update/marker" | Should -Be '0.1.0'
        $install = Get-Content "$data/install.json" -Raw | ConvertFrom-Json
        $install.version | Should -Be '0.1.0'
        $install.entry | Should -Be "$module.before-update/dist/main.js"
    }

    It 'that is interrupted goes back too' {
        $package = New-Version -Path "$work/new/SmtpRelay" -Version '0.2.0' -NoNode
        $path = $env:PATH
        $env:PATH = (New-Node -Folder "$work/tools" -Script 'sleep 15') + ":$path"
        $shell = [powershell]::Create().AddScript({
                param($Root, $Module, $Package, $Data)
                Import-Module "$Root/SmtpRelay.psd1"
                & (Get-Module SmtpRelay) {
                    . ReadServiceCode
                    $script:ModuleRoot = $args[0]
                    UpdateRelay -DataPath $args[2] -Package $args[1] -Timeout '00:00:05'
                } $Module $Package $Data
            }).AddArgument($root).AddArgument($module).AddArgument($package).AddArgument($data)
        try {
            $null = $shell.BeginInvoke()
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            while (-not ((Test-Path "$module/marker") -and (Get-Content "$module/marker") -eq '0.2.0')) {
                $clock.Elapsed.TotalSeconds | Should -BeLessThan 60
                Start-Sleep -Milliseconds 50
            }
            Start-Sleep -Milliseconds 500
            $shell.Stop()
        } finally {
            $env:PATH = $path
            $shell.Dispose()
        }
        Get-Content "$module/marker" | Should -Be '0.1.0'
    }
}

Describe 'A package' -Skip:$leaveOut {
    BeforeEach {
        $package = New-Version -Path "$TestDrive/$([guid]::NewGuid().ToString('n'))" -Version '0.2.0'
        Remove-Item "$package/schemas"
        function Set-List([scriptblock]$Change = { $args }) {
            $lines = foreach ($file in Get-ChildItem -Path $package -Recurse -File | Where-Object { $_.Name -ne 'files.sha256' }) {
                (Get-FileHash -LiteralPath $file.FullName -Algorithm SHA256).Hash.ToLowerInvariant() + '  ' + $file.FullName.Substring($package.Length + 1)
            }
            [System.IO.File]::WriteAllLines("$package/files.sha256", [string[]]@(& $Change @lines))
        }
        function Get-Fault {
            InModuleScope -ModuleName SmtpRelay -Parameters @{ Folder = $package } {
                . ReadServiceCode
                try { AssertPackage -Folder $Folder -Path 'p.zip' } catch { "$($_.FullyQualifiedErrorId) $_" }
            }
        }
    }

    It 'is taken when it has what its list says, no more and no less' {
        Set-List
        Get-Fault | Should -BeNullOrEmpty
    }

    It 'is refused with <Title>' -ForEach @(
        @{ Title = 'no list'; Do = { }; Match = 'no files.sha256' }
        @{ Title = 'an empty list'; Do = { Set-List { } }; Match = 'psd1 is not part of it' }
        @{ Title = 'a file more'; Do = { Set-List; Set-Content "$package/dist/more.js" 'x' }; Match = 'dist/more.js does not belong' }
        @{ Title = 'a file less'; Do = { Set-List; Remove-Item "$package/marker" }; Match = 'marker is missing' }
        @{ Title = 'a changed file'; Do = { Set-List; Set-Content "$package/marker" 'x' }; Match = 'marker is damaged' }
        @{ Title = 'a file outside of it'; Do = { Set-Content "$TestDrive/outside" ''; Set-List { $args; "$('0' * 64)  ./../outside" } }; Match = 'lies outside' }
        @{ Title = 'a line that is none'; Do = { Set-List { $args; 'what' } }; Match = 'a line that is none: what' }
        @{ Title = 'the program of another system'; Do = { Set-Content "$package/SmtpRelay.exe" 'MZ'; Set-List }; Match = 'another operating system' }
    ) {
        . $Do
        Get-Fault | Should -Match "^SmtpRelay\.PackageRefused.*$Match"
    }
}

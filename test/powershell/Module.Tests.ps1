# The module as a whole: manifest, names, help, syntax, confirmation, views.

BeforeDiscovery {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $public = @(Get-ChildItem -Path "$root/powershell/Public" -Filter *.ps1 | ForEach-Object { @{ Name = $_.BaseName; Path = $_.FullName } })
    $source = @(Get-ChildItem -Path "$root/powershell", "$root/SmtpRelay.psd1" -Include *.ps1, *.psm1, *.psd1, *.ps1xml -Recurse |
            ForEach-Object { @{ Name = $_.FullName.Substring($root.Length + 1); Path = $_.FullName } })
    $planted = @(
        @{ Text = '$a = $b ? 1 : 2'; Finding = 'ternary' }
        @{ Text = '$a ?? $b'; Finding = 'operator ?? ' }
        @{ Text = '$a ??= $b'; Finding = 'operator ??=' }
        @{ Text = '${a}?.Name'; Finding = 'null-conditional' }
        @{ Text = '${a}?[0]'; Finding = 'null-conditional' }
        @{ Text = '${a}?.ToString()'; Finding = 'null-conditional' }
        @{ Text = 'Get-Date && Get-Date'; Finding = 'chain' }
        @{ Text = 'Get-Date || Get-Date'; Finding = 'chain' }
        @{ Text = 'Get-Date &'; Finding = 'background' }
        @{ Text = 'function f { process { 1 } clean { 2 } }'; Finding = 'clean block' }
        @{ Text = '1, 2 | ForEach-Object -Parallel { $_ }'; Finding = 'Parallel' }
        @{ Text = '1, 2 | % -Par { $_ }'; Finding = 'Parallel' }
        @{ Text = 'ConvertFrom-Json $t -AsHashtable'; Finding = 'AsHashtable' }
        @{ Text = 'if ($IsWindows) { 1 }'; Finding = 'IsWindows' }
        @{ Text = 'Join-String'; Finding = 'Join-String' }
        @{ Text = '[System.IO.Path]::GetRelativePath($a, $b)'; Finding = 'GetRelativePath' }
        @{ Text = '[System.Text.Json.JsonDocument]::Parse($t)'; Finding = 'type System.Text.Json.JsonDocument' }
        @{ Text = '[System.Collections.Generic.PriorityQueue[string,int]]$q'; Finding = 'type System.Collections.Generic.PriorityQueue' }
        @{ Text = '[System.IO.File]::ReadAllBytesAsync($p)'; Finding = 'member System.IO.File::ReadAllBytesAsync' }
        @{ Text = '[System.IO.File]::Move($a, $b, $true)'; Finding = 'overload System.IO.File::Move with 3' }
        @{ Text = '[Convert]::ToHexString($a)'; Finding = 'ToHexString' }
        @{ Text = "'gr$([char]0xFC)n'"; Finding = 'U+00FC' }
        @{ Text = 'if ('; Finding = 'does not parse' }
    )
}

BeforeAll {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    Import-Module "$root/SmtpRelay.psd1" -Force
    Import-Module "$PSScriptRoot/WindowsPowerShellSyntax.psm1" -Force
    $module = Get-Module -Name SmtpRelay
}

Describe 'The manifest' {
    BeforeAll {
        $manifest = Test-ModuleManifest -Path "$root/SmtpRelay.psd1"
        $data = Import-PowerShellDataFile -Path "$root/SmtpRelay.psd1"
    }

    It 'names the root module, the editions and the oldest version' {
        $data.RootModule | Should -Be 'powershell/SmtpRelay.psm1'
        $manifest.PowerShellVersion | Should -Be '5.1'
        $manifest.CompatiblePSEditions | Should -Be @('Desktop', 'Core')
        $manifest.Version | Should -Be ([version]'0.1.0')
    }

    It 'exports exactly the commands in Public' {
        $files = Get-ChildItem -Path "$root/powershell/Public" -Filter *.ps1 | ForEach-Object { $_.BaseName } | Sort-Object
        @($files).Count | Should -BeGreaterThan 30
        $data.FunctionsToExport | Sort-Object | Should -Be $files
        $module.ExportedFunctions.Keys | Sort-Object | Should -Be $files
    }

    It 'exports the aliases in the words of Exchange and nothing else' {
        $module.ExportedAliases.Keys | Sort-Object | Should -Be @('Redirect-SmtpMessage', 'Retry-SmtpMessage', 'Retry-SmtpQueue')
        $module.ExportedCmdlets.Count | Should -Be 0
        $module.ExportedVariables.Count | Should -Be 0
        (Get-Alias -Name Retry-SmtpQueue).Definition | Should -Be 'Restart-SmtpQueue'
    }

    It 'imports without a warning about its verbs' {
        $shell = [powershell]::Create()
        $null = $shell.AddCommand('Import-Module').AddParameter('Name', "$root/SmtpRelay.psd1").Invoke()
        $warning = @($shell.Streams.Warning) + @($shell.Streams.Error)
        $shell.Dispose()
        $warning | Should -BeNullOrEmpty
    }
}

Describe 'The command <Name>' -ForEach $public {
    BeforeAll {
        $command = Get-Command -Name $Name -Module SmtpRelay
        $help = Get-Help -Name $Name -Full
        $own = @($command.Parameters.Keys | Where-Object {
                $_ -notin [System.Management.Automation.PSCmdlet]::CommonParameters -and
                $_ -notin [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
            })
    }

    It 'is the only function of its file' {
        $ast = [System.Management.Automation.Language.Parser]::ParseFile($Path, [ref]$null, [ref]$null)
        $functions = $ast.FindAll({ $args[0] -is [System.Management.Automation.Language.FunctionDefinitionAst] }, $true)
        @($functions).Count | Should -Be 1
        $functions[0].Name | Should -Be $Name
    }

    It 'has an approved verb and a noun of ours' {
        $command.Verb | Should -BeIn (Get-Verb).Verb
        $command.Noun | Should -Match '^(Iis)?Smtp[A-Z]|^RelayRestriction$'
        $command.Noun | Should -Not -Match '[^s](?<!Statu|Dn)s$'
    }

    It 'has a synopsis, a description, outputs and links' {
        $help.Synopsis.Trim() | Should -Match '^[A-Z].*[.]$'
        $help.Synopsis | Should -Not -Match ([regex]::Escape($Name))
        ($help.description | Out-String).Trim().Length | Should -BeGreaterThan 40
        ($help.returnValues | Out-String).Trim() | Should -Not -BeNullOrEmpty
        @($help.relatedLinks.navigationLink).Count | Should -BeGreaterThan 0
    }

    It 'describes every parameter, and only those it has' {
        foreach ($parameter in $own) {
            $text = (Get-Help -Name $Name -Parameter $parameter -ErrorAction SilentlyContinue).description | Out-String
            $text.Trim().Length | Should -BeGreaterThan 8 -Because "-$parameter needs help"
        }
        $ast = [System.Management.Automation.Language.Parser]::ParseFile($Path, [ref]$null, [ref]$null)
        $function = $ast.Find({ $args[0] -is [System.Management.Automation.Language.FunctionDefinitionAst] }, $true)
        $described = @($function.GetHelpContent().Parameters.Keys)
        foreach ($parameter in $described) {
            $own | Should -Contain $parameter
        }
        $described.Count | Should -Be $own.Count
    }

    It 'has an example with its call and a sentence' {
        $examples = @($help.examples.example)
        $examples.Count | Should -BeGreaterThan 0
        foreach ($example in $examples) {
            $example.code | Should -Match ('(?i)' + [regex]::Escape($Name))
            ($example.remarks | Out-String).Trim() | Should -Match '^[A-Z].*[.]$'
        }
    }

    It 'links to commands that exist' {
        foreach ($link in $help.relatedLinks.navigationLink) {
            $text = $link.linkText
            if ($text -ne 'about_SmtpRelay') {
                Get-Command -Name $text -Module SmtpRelay -ErrorAction SilentlyContinue | Should -Not -BeNullOrEmpty -Because "$text is linked"
            }
        }
    }

    It 'knows -WhatIf exactly when it changes something' {
        $changes = $command.Verb -in 'Add', 'Clear', 'Disable', 'Enable', 'Export', 'Import', 'Install', 'Move', 'New', 'Remove', 'Restart', 'Restore', 'Resume', 'Send', 'Set', 'Start', 'Stop', 'Submit', 'Suspend', 'Uninstall', 'Update'
        $command.Parameters.ContainsKey('WhatIf') | Should -Be $changes
        $text = [System.IO.File]::ReadAllText($Path)
        ($text -match 'ShouldProcess\(|ConfirmChange |ChangeRelayService ') | Should -Be $changes
    }

    It 'names a type that has a view, or nothing' {
        $types = @($command.OutputType | ForEach-Object { $_.Name } | Where-Object { $_ -notin 'System.Void', 'System.IO.FileInfo' })
        foreach ($type in $types) {
            $type | Should -Match '^SmtpRelay\.'
            Get-FormatData -TypeName $type | Should -Not -BeNullOrEmpty
        }
    }
}

Describe 'What asks by itself' {
    It 'is what cannot be taken back, and knows -Force' {
        $high = @(foreach ($function in $module.ExportedFunctions.Values) {
                $attribute = $function.ScriptBlock.Attributes | Where-Object { $_ -is [System.Management.Automation.CmdletBindingAttribute] }
                if ($attribute.ConfirmImpact -eq 'High') {
                    $function.Name
                    $function.Parameters.ContainsKey('Force') | Should -BeTrue
                }
            })
        $high | Sort-Object | Should -Be @('Clear-SmtpBadMail', 'Clear-SmtpCapturedMessage', 'Import-IisSmtpConfiguration', 'Remove-SmtpCertificate', 'Remove-SmtpConnector', 'Remove-SmtpDkimKey', 'Remove-SmtpListener', 'Remove-SmtpMessage', 'Remove-SmtpRewriteRule', 'Restore-SmtpRelayConfiguration', 'Uninstall-SmtpRelay')
    }
}

Describe 'The source file <Name>' -ForEach $source {
    It 'is understood by Windows PowerShell 5.1' {
        $text = [System.IO.File]::ReadAllText($Path)
        if ($Path -like '*.ps1xml') {
            $text | Should -Match '^[\x09\x0A\x0D\x20-\x7E]*$'
            { [xml]$text } | Should -Not -Throw
        } else {
            Find-ModernSyntax -Text $text -Name $Name | Should -BeNullOrEmpty
        }
    }

    It 'has no byte order mark, tab, trailing space, backtick continuation or Write-Host' {
        $text = [System.IO.File]::ReadAllText($Path)
        $text | Should -Not -Match '\t'
        $text | Should -Not -Match '[ ]\r?\n'
        $text | Should -Not -Match '`\r?\n'
        $text | Should -Not -Match 'Write-Host'
        $text | Should -Match '\n$'
        [System.IO.File]::ReadAllBytes($Path)[0] | Should -Not -Be 0xEF
    }
}

Describe 'The script blocks of the views' {
    It 'are understood by Windows PowerShell 5.1' {
        $xml = [xml][System.IO.File]::ReadAllText("$root/powershell/SmtpRelay.format.ps1xml")
        $blocks = @($xml.SelectNodes('//ScriptBlock') | ForEach-Object { $_.InnerText })
        $blocks.Count | Should -BeGreaterThan 5
        foreach ($block in $blocks) {
            Find-ModernSyntax -Text $block | Should -BeNullOrEmpty
        }
    }
}

Describe 'The search for modern syntax' {
    It 'finds <Text>' -ForEach $planted {
        @(Find-ModernSyntax -Text $Text) -join ' ' | Should -BeLike "*$($Finding.Trim())*"
    }

    It 'finds nothing in plain code' {
        $plain = "foreach (`$a in 1, 2) { if (`$a -gt 1) { [pscustomobject]@{ A = `$a } | ForEach-Object -Process { `$_ } } }"
        Find-ModernSyntax -Text $plain | Should -BeNullOrEmpty
    }
}

Describe 'The help topic' {
    BeforeAll {
        $file = Get-ChildItem -Path "$root/powershell/en-US", "$root/en-US" -Filter about_SmtpRelay.help.txt -ErrorAction SilentlyContinue
    }

    It 'exists once, in plain text' {
        @($file).Count | Should -Be 1
        $text = [System.IO.File]::ReadAllText($file.FullName)
        $text | Should -Match 'Install-SmtpRelay'
        $text | Should -Match '^[\x0A\x0D\x20-\x7E]*$'
        $text -split '\r?\n' | ForEach-Object { $_.Length | Should -BeLessOrEqual 110 }
    }

    # Get-Help looks beside the manifest, where a package puts the folder en-US.
    It 'is found by Get-Help in the layout of a package' {
        $package = New-Item -ItemType Directory -Path "$TestDrive/package/SmtpRelay"
        Copy-Item -Path "$root/SmtpRelay.psd1", "$root/powershell", "$root/powershell/en-US" -Destination $package -Recurse
        $shell, $first = if ([System.Diagnostics.Process]::GetCurrentProcess().ProcessName -eq 'dotnet') { 'dotnet', @('pwsh') } else { 'pwsh', @() }
        Push-Location $root
        try {
            $text = & $shell @first -NoProfile -NonInteractive -Command "Import-Module '$package/SmtpRelay.psd1'; Get-Help about_SmtpRelay" | Out-String
        } finally {
            Pop-Location
        }
        $text | Should -Match 'SMTP_RELAY_DATA'
    }
}

Describe 'The checklist for a real Windows' {
    It 'is understood by Windows PowerShell 5.1' {
        $text = [System.IO.File]::ReadAllText("$root/scripts/verify-on-windows.ps1")
        @(Find-ModernSyntax -Text $text | Where-Object { $_ -notmatch 'NTAccount|WindowsPrincipal' }) | Should -BeNullOrEmpty
    }
}

Describe 'about_SmtpRelay' {
    It 'names every command, and none that is not there' {
        $text = [System.IO.File]::ReadAllText([System.IO.Path]::GetFullPath("$PSScriptRoot/../../powershell/en-US/about_SmtpRelay.help.txt"))
        # "New-, Set-SmtpDomain" names two.
        $named = foreach ($match in [regex]::Matches($text, '(?<verbs>(?:[A-Z][a-z]+-,\s+)*[A-Z][a-z]+)-(?<noun>[A-Z][A-Za-z]+)')) {
            foreach ($verb in [regex]::Matches($match.Groups['verbs'].Value, '[A-Z][a-z]+')) { "$verb-$($match.Groups['noun'].Value)" }
        }
        $exported = @((Get-Module -Name SmtpRelay).ExportedFunctions.Keys)
        $exported.Count | Should -BeGreaterThan 60
        @($exported | Where-Object { $named -notcontains $_ }) | Should -BeNullOrEmpty
        @($named | Where-Object { $exported -notcontains $_ }) | Should -BeNullOrEmpty
    }
}

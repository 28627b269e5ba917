# BadMail and files of messages, against a real relay.

Describe 'Bad mail and imported files' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force

        function Add-BadMail {
            param([string]$Name, [string]$Text = "x-sender: <>`r`nx-receiver: <a@example.com>`r`nSubject: $Name`r`n`r`nx`r`n", [string]$Reason = 'No such user.')
            [System.IO.File]::WriteAllText("$badMail/$Name.BAD", $Text)
            if ($Reason) {
                [System.IO.File]::WriteAllText("$badMail/$Name.BDR", "This message could not be delivered: $Reason`r`n")
            }
        }

        function New-MailFile {
            param([string]$Name, [string]$Text = "x-sender: <me@example.com>`nx-receiver: <a@example.com>`nSubject: $Name`n`nx`n", [string]$Folder = $inbox)
            $null = New-Item -Path $Folder -ItemType Directory -Force
            [System.IO.File]::WriteAllText("$Folder/$Name", $Text)
        }

        $hop = Start-TestNextHop
        $relay = Start-TestRelay -SmartHost "127.0.0.1:$($hop.Port)"
        $badMail = "$($relay.DataPath)/BadMail"
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Stop-TestNextHop -NextHop $hop
    }

    BeforeEach {
        $inbox = "$TestDrive/inbox"
        Suspend-SmtpRelay -Outbound
    }

    AfterEach {
        Clear-SmtpBadMail -Identity * -Force
        Remove-Item -Path "$TestDrive/*" -Recurse -Force
        if ((Get-SmtpRelay).Queued -gt 0) {
            Remove-SmtpMessage -Identity * -WithNDR $false -Force
        }
    }

    Context 'Get-SmtpBadMail' {
        It 'shows it with its reason, by name, wildcard, filter and order' {
            Add-BadMail -Name one
            Start-Sleep -Milliseconds 20
            Add-BadMail -Name two -Reason 'Mailbox full.'
            $all = Get-SmtpBadMail
            $all.Identity | Should -Be @('two', 'one')
            $all[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.BadMail'
            $all[0].Reason | Should -Be 'Mailbox full.'
            $all[0].FromAddress | Should -Be '<>'
            $all[0].Recipients | Should -Be 'a@example.com'
            $all[0].Timestamp | Should -BeOfType [datetime]
            (Get-SmtpBadMail -Identity 't*').Identity | Should -Be 'two'
            (Get-SmtpBadMail -Filter "Reason -like '*full*'").Identity | Should -Be 'two'
            (Get-SmtpBadMail -SortOrder '+Subject').Identity | Should -Be @('one', 'two')
            (Get-SmtpBadMail -ResultSize 1).Identity | Should -Be 'two'
            $all | Get-SmtpBadMail | Should -HaveCount 2
            Get-SmtpBadMail -Identity 'nothing*' | Should -BeNullOrEmpty
        }

        It 'refuses a name that is not there, a path, and a wrong filter with its position' {
            (Get-Refusal { Get-SmtpBadMail -Identity nothing })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
            (Get-Refusal { Get-SmtpBadMail -Identity '../settings' })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter,*'
            (Get-Refusal { Get-SmtpBadMail -Filter 'Size -gt' })[0].Exception.Message | Should -BeLike '*position*'
            (Get-Refusal { Get-SmtpBadMail -SortOrder Colour })[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        }
    }

    Context 'Restart-SmtpBadMail' {
        It 'puts it into the queue, through the pipeline, by wildcard and filter' {
            foreach ($name in 'a1', 'a2', 'b1', 'b2', 'c1') {
                Add-BadMail -Name $name
            }
            Restart-SmtpBadMail -Identity a1 | Should -BeNullOrEmpty
            $sent = Get-SmtpBadMail -Identity a2 | Restart-SmtpBadMail -PassThru
            $sent.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Submission'
            $sent.Subject | Should -Be 'a2'
            $sent.PSObject.Properties.Name | Should -Not -Contain 'Transfer'
            Restart-SmtpBadMail -Identity 'b*'
            (Restart-SmtpBadMail -Filter "Subject -eq 'c1'" -Sender me@example.com -Recipient b@example.com, c@example.com -PassThru).Recipients | Should -HaveCount 2
            Get-SmtpBadMail | Should -BeNullOrEmpty
            (Get-SmtpRelay).Queued | Should -Be 5
        }

        It 'changes nothing with -WhatIf, and leaves what it refuses' {
            Add-BadMail -Name ok
            Add-BadMail -Name nobody -Text "Subject: x`r`n`r`nx"
            Restart-SmtpBadMail -Identity * -WhatIf
            (Get-SmtpRelay).Queued | Should -Be 0
            $refusal = (Get-Refusal { Restart-SmtpBadMail -Identity * })[0]
            $refusal.FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotAccepted,*'
            $refusal.Exception.Message | Should -BeLike '*No sender*'
            (Get-SmtpBadMail).Identity | Should -Be 'nobody'
            (Get-SmtpRelay).Queued | Should -Be 1
            (Get-Refusal { Restart-SmtpBadMail -Identity nobody -Sender x -Recipient a@example.com })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter,*'
            (Get-Refusal { Restart-SmtpBadMail -Identity nothing })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
        }
    }

    Context 'Export-SmtpBadMail' {
        It 'writes .eml and .json' {
            Add-BadMail -Name one
            $file = Get-SmtpBadMail | Export-SmtpBadMail -Path "$TestDrive/out/"
            $file.Name | Should -Be 'one.eml'
            $text = [System.IO.File]::ReadAllText("$badMail/one.BAD")
            [System.IO.File]::ReadAllText($file.FullName) | Should -Be $text
            $json = Export-SmtpBadMail -Identity o* -Path "$TestDrive/one.json" -Format Json | Get-Content -Raw | ConvertFrom-Json
            $json.Reason | Should -Be 'No such user.'
            [System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String($json.Content)) | Should -Be $text
            (Get-Refusal { Export-SmtpBadMail -Identity one -Path "$TestDrive/one.json" })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.FileExists,*'
            (Export-SmtpBadMail -Identity one -Path "$TestDrive/one.json" -Force).Name | Should -Be 'one.json'
            Export-SmtpBadMail -Identity one -Path "$TestDrive/whatif.eml" -WhatIf
            Test-Path -Path "$TestDrive/whatif.eml" | Should -BeFalse
            (Get-Refusal { Export-SmtpBadMail -Identity nothing -Path $TestDrive })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
            (Get-SmtpBadMail).Identity | Should -Be 'one'
        }
    }

    Context 'Clear-SmtpBadMail' {
        It 'removes by name, filter and age' {
            foreach ($name in 'a', 'b', 'c', 'd') {
                Add-BadMail -Name $name
            }
            foreach ($file in "$badMail/d.BAD", "$badMail/d.BDR") {
                [System.IO.File]::SetLastWriteTimeUtc($file, [datetime]::UtcNow.AddDays(-3))
            }
            Clear-SmtpBadMail -Identity * -WhatIf
            Get-SmtpBadMail | Should -HaveCount 4
            Clear-SmtpBadMail -OlderThan '2.00:00:00' -Force
            (Get-SmtpBadMail -SortOrder Identity).Identity | Should -Be @('a', 'b', 'c')
            Clear-SmtpBadMail -Filter "Subject -eq 'b'" -Confirm:$false
            Get-SmtpBadMail -Identity a | Clear-SmtpBadMail -Force
            (Get-SmtpBadMail).Identity | Should -Be 'c'
            Clear-SmtpBadMail -Identity * -OlderThan 3600 -Force
            (Get-SmtpBadMail).Identity | Should -Be 'c'
            @(Get-ChildItem -Path $badMail).Name | Should -Be @('c.BAD', 'c.BDR')
        }

        It 'asks, and needs to be told what' {
            Add-BadMail -Name a
            $shell = [powershell]::Create()
            $null = $shell.AddScript("Import-Module '$PSScriptRoot/../../SmtpRelay.psd1'; Clear-SmtpBadMail -Identity a")
            $null = $shell.Invoke()
            $problem = @($shell.Streams.Error)
            $shell.Dispose()
            $problem[-1].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.ConfirmationRequired*'
            (Get-Refusal { Clear-SmtpBadMail -Identity nothing -Force })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
            (Get-SmtpBadMail).Identity | Should -Be 'a'
        }
    }

    Context 'Import-SmtpMessage' {
        It 'sends the files of a folder, the oldest first, and leaves them' {
            New-MailFile -Name 2.eml
            New-MailFile -Name 1.eml -Text "From: Jo <jo@example.com>`r`nTo: a@example.com`r`nBcc: b@example.com`r`nSubject: header`r`n`r`nx`r`n"
            New-MailFile -Name other.txt
            New-MailFile -Name 3.eml -Folder "$inbox/deeper"
            [System.IO.File]::SetLastWriteTimeUtc("$inbox/1.eml", [datetime]::UtcNow.AddHours(-1))
            $results = Import-SmtpMessage -Path $inbox
            $results.Result | Should -Be @('Imported', 'Imported')
            $results.File | Should -Be @('Left', 'Left')
            $results[0].PSObject.TypeNames[0] | Should -Be 'SmtpRelay.ImportResult'
            $results[0].FromAddress | Should -Be 'jo@example.com'
            $results[0].Recipients | Should -Be @('a@example.com', 'b@example.com')
            $results[1].Subject | Should -Be '2.eml'
            (Get-SmtpMessage -Identity $results[1].InternalMessageId).FromAddress | Should -Be 'me@example.com'
            @(Get-ChildItem -Path $inbox -File).Count | Should -Be 3
            (Import-SmtpMessage -Path $inbox -Recurse -Include '3*').Subject | Should -Be '3.eml'
        }

        It 'moves or removes what is in the queue, from the pipeline too, and leaves what is refused' {
            New-MailFile -Name good.eml
            New-MailFile -Name bad.eml -Text "Subject: nobody`n`nx"
            $refusal = $null
            $results = Import-SmtpMessage -Path $inbox -MoveTo "$TestDrive/done" -ErrorVariable refusal -ErrorAction SilentlyContinue
            ($results | Where-Object -Property Result -EQ -Value Refused).File | Should -Be 'Left'
            ($results | Where-Object -Property Result -EQ -Value Imported).File | Should -Be 'Moved'
            $refusal[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotAccepted,*'
            $refusal[0].Exception.Message | Should -BeLike '*bad.eml*No sender*'
            $refusal[0].TargetObject | Should -BeLike '*bad.eml'
            @(Get-ChildItem -Path $inbox).Name | Should -Be 'bad.eml'
            @(Get-ChildItem -Path "$TestDrive/done").Name | Should -Be 'good.eml'
            New-MailFile -Name good.eml
            $again = Get-ChildItem -Path "$inbox/good.eml" | Import-SmtpMessage -MoveTo "$TestDrive/done"
            Split-Path -Path $again.Place -Leaf | Should -Be "$($again.InternalMessageId)-good.eml"
            $forced = Import-SmtpMessage -Path "$inbox/b*.eml" -Sender '' -Recipient x@example.com -Remove
            $forced.FromAddress | Should -Be '<>'
            $forced.File | Should -Be 'Removed'
            @(Get-ChildItem -Path $inbox).Count | Should -Be 0
            (Get-SmtpRelay).Queued | Should -Be 3
        }

        It 'refuses a read-only file that is to go away, one that is too large, and a folder that is not there' {
            New-MailFile -Name fixed.eml
            (Get-Item -Path "$inbox/fixed.eml").IsReadOnly = $true
            $refusal = (Get-Refusal { Import-SmtpMessage -Path $inbox -Remove })[0]
            $refusal.FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.FileFailed,*'
            $refusal.Exception.Message | Should -BeLike '*read-only*'
            (Get-SmtpRelay).Queued | Should -Be 0
            (Import-SmtpMessage -Path $inbox).Result | Should -Be 'Imported'
            (Get-Item -Path "$inbox/fixed.eml").IsReadOnly = $false
            Set-SmtpRelayConfiguration -MaxMessageSize 64KB
            try {
                New-MailFile -Name large.eml -Text ("From: a@example.com`nTo: b@example.com`n`n" + "x`n" * 40000)
                $result = Import-SmtpMessage -Path "$inbox/large.eml" -ErrorAction SilentlyContinue
                $result.Result | Should -Be 'Refused'
                $result.Reason | Should -BeLike '*65536 are allowed*'
            } finally {
                Set-SmtpRelayConfiguration -MaxMessageSize 36MB
            }
            (Get-Refusal { Import-SmtpMessage -Path "$TestDrive/nowhere" })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
        }

        It 'sends large files in pieces, and changes nothing with -WhatIf' {
            New-MailFile -Name large.eml -Text ("From: a@example.com`nTo: b@example.com`nSubject: large`n`n" + ("0123456789`n" * 1600000))
            Import-SmtpMessage -Path $inbox -Remove -WhatIf
            (Get-SmtpRelay).Queued | Should -Be 0
            $result = Import-SmtpMessage -Path $inbox -Remove
            $result.Size | Should -BeGreaterThan 18MB
            (Get-SmtpMessage).Subject | Should -Be 'large'
            Test-Path -Path "$inbox/large.eml" | Should -BeFalse
        }

        It 'ends at the first file when no relay is there' {
            New-MailFile -Name 1.eml
            New-MailFile -Name 2.eml
            $before = $env:SMTP_RELAY_DATA
            $env:SMTP_RELAY_DATA = "$TestDrive/nothing"
            try {
                $refusal = @(Get-Refusal { Import-SmtpMessage -Path $inbox })
                $refusal.Count | Should -Be 1
                $refusal[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.RelayNotInstalled,*'
            } finally {
                $env:SMTP_RELAY_DATA = $before
            }
        }
    }
}

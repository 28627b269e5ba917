# What an administrator does with queues and waiting messages, against a real relay.

Describe 'The operations on queues and messages' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force

        # A message that waits because the next hop does not want it yet; returns its queue id.
        function Add-WaitingMessage {
            param([string]$Subject = 'Waits', [string]$To = 'waiting@example.com', [string]$From = 'a@example.com')
            $id = (Send-SmtpTestMessage -To $To -From $From -Subject $Subject).InternalMessageId
            Wait-Until { @(Get-SmtpMessage | Where-Object { $_.InternalMessageId -eq $id -and $_.RetryCount -gt 0 }).Count -gt 0 }
            $id
        }

        $later = '450 4.2.1 Try later'
        $hop = Start-TestNextHop -RecipientReply $later
        $relay = Start-TestRelay -SmartHost "127.0.0.1:$($hop.Port)"
    }

    AfterAll {
        Stop-TestRelay -Relay $relay
        Stop-TestNextHop -NextHop $hop
    }

    AfterEach {
        $hop.State.RecipientReply = '250 2.1.5 Ok'
        # A message that is on its way just now is refused; it is not suspended.
        Resume-SmtpMessage -Identity * -ErrorAction SilentlyContinue
        Resume-SmtpQueue -Identity *
        Restart-SmtpQueue -Identity *
        Wait-Until { (Get-SmtpRelay).Queued -eq 0 }
        $hop.State.RecipientReply = $later
    }

    Context 'A suspended queue' {
        It 'delivers nothing until it is resumed, also after a restart' {
            $null = Add-WaitingMessage
            $queue = Get-SmtpQueue | Suspend-SmtpQueue -PassThru
            $queue.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Queue'
            $queue.Status | Should -Be 'Suspended'
            $hop.State.RecipientReply = '250 2.1.5 Ok'
            Restart-SmtpQueue -Identity *
            Restart-SmtpRelay
            Start-Sleep -Milliseconds 500
            (Get-SmtpQueue).Status | Should -Be 'Suspended'
            (Get-SmtpRelay).Queued | Should -Be 1
            (Get-SmtpRelay).Warnings -join ' ' | Should -BeLike '*is suspended*'
            Resume-SmtpQueue -Identity * | Should -BeNullOrEmpty
            Restart-SmtpQueue -Identity *
            Wait-Until { (Get-SmtpRelay).Queued -eq 0 }
        }

        It 'is neither made nor ended with -WhatIf' {
            $null = Add-WaitingMessage
            Suspend-SmtpQueue -Identity * -WhatIf
            (Get-SmtpQueue).Status | Should -Not -Be 'Suspended'
            Suspend-SmtpQueue -Identity *
            Resume-SmtpQueue -Identity * -WhatIf
            (Get-SmtpQueue).Status | Should -Be 'Suspended'
        }

        It 'must be there' {
            (Get-Refusal { Suspend-SmtpQueue -Identity nowhere.example })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
            (Get-Refusal { Resume-SmtpQueue -Identity nowhere.example })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
        }
    }

    Context 'A suspended message' {
        It 'is held until it is resumed, through the pipeline' {
            $id = Add-WaitingMessage
            $message = Get-SmtpMessage | Suspend-SmtpMessage -PassThru
            $message.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Message'
            $message.Status | Should -Be 'Suspended'
            $message.InternalMessageId | Should -Be $id
            (Get-Refusal { Restart-SmtpMessage -Identity $id })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter,*'
            Restart-SmtpQueue -Identity *
            Start-Sleep -Milliseconds 300
            (Get-SmtpMessage).Status | Should -Be 'Suspended'
            $hop.State.RecipientReply = '250 2.1.5 Ok'
            Get-SmtpMessage | Resume-SmtpMessage | Should -BeNullOrEmpty
            Wait-Until { (Get-SmtpRelay).Queued -eq 0 }
        }

        It 'is neither made nor ended with -WhatIf' {
            $id = Add-WaitingMessage
            Suspend-SmtpMessage -Identity $id -WhatIf
            (Get-SmtpMessage).Status | Should -Be 'Retry'
            Suspend-SmtpMessage -Identity $id
            Resume-SmtpMessage -Identity $id -WhatIf
            (Get-SmtpMessage).Status | Should -Be 'Suspended'
        }
    }

    Context 'Restart-SmtpMessage' {
        It 'tries one message now, but not with -WhatIf' {
            $id = Add-WaitingMessage
            Restart-SmtpMessage -Identity $id -WhatIf
            Start-Sleep -Milliseconds 300
            (Get-SmtpMessage).RetryCount | Should -Be 1
            Get-SmtpMessage -Identity $id | Retry-SmtpMessage
            Wait-Until { (Get-SmtpMessage -Identity $id).RetryCount -eq 2 }
        }
    }

    Context 'Remove-SmtpMessage' {
        It 'removes what comes through the pipeline, and tells the sender' {
            $id = Add-WaitingMessage
            Get-SmtpMessage | Remove-SmtpMessage -Confirm:$false
            @(Get-SmtpMessage -Identity * | Where-Object -Property InternalMessageId -EQ -Value $id).Count | Should -Be 0
            $report = Get-SmtpMessage
            $report.FromAddress | Should -Be '<>'
            $report.Recipients[0].EmailAddress | Should -Be 'a@example.com'
        }

        It 'tells nobody with -WithNDR $false' {
            $null = Add-WaitingMessage
            Remove-SmtpMessage -Identity * -WithNDR $false -Force
            (Get-SmtpRelay).Queued | Should -Be 0
        }

        It 'does nothing with -WhatIf, and nothing where nobody can be asked' {
            $id = Add-WaitingMessage
            Remove-SmtpMessage -Identity $id -WhatIf
            (Get-SmtpRelay).Queued | Should -Be 1
            $shell = [powershell]::Create()
            $null = $shell.AddScript("Import-Module '$PSScriptRoot/../../SmtpRelay.psd1'; Remove-SmtpMessage -Identity $id")
            $null = $shell.Invoke()
            $problem = @($shell.Streams.Error)
            $shell.Dispose()
            $problem[-1].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.ConfirmationRequired*'
            (Get-SmtpRelay).Queued | Should -Be 1
        }

        It 'needs a message' {
            (Get-Refusal { Remove-SmtpMessage -Identity 00000000001 -Force })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
        }
    }

    Context '-Filter and -SortOrder' {
        It 'select and sort messages and queues in the engine' {
            $null = Add-WaitingMessage -Subject 'Report one'
            $null = Add-WaitingMessage -Subject 'Other' -From b@example.com
            (Get-SmtpMessage -Filter "Subject -like 'report*'").Subject | Should -Be 'Report one'
            (Get-SmtpMessage -Filter { FromAddress -eq 'B@EXAMPLE.COM' -and Size -lt 1MB }).Subject | Should -Be 'Other'
            @(Get-SmtpMessage -Filter 'Size -gt 1MB').Count | Should -Be 0
            (Get-SmtpMessage -SortOrder '+Subject').Subject | Should -Be @('Other', 'Report one')
            (Get-SmtpMessage -SortOrder '-Subject' -ResultSize 1).Subject | Should -Be 'Report one'
            (Get-SmtpQueue | Get-SmtpMessage -Filter "Recipients -contains 'waiting@example.com'" -SortOrder 'Subject').Subject | Should -Be @('Other', 'Report one')
            @(Get-SmtpQueue -Filter "MessageCount -ge 2 -and NextHopDomain -like '127*'").Count | Should -Be 1
            @(Get-SmtpQueue -Filter "Status -eq 'Suspended'").Count | Should -Be 0
            Suspend-SmtpQueue -Filter 'MessageCount -gt 1'
            (Get-SmtpQueue -Filter "Status -eq 'Suspended'" -SortOrder '-MessageCount').MessageCount | Should -Be 2
            Suspend-SmtpMessage -Filter "Subject -eq 'other'"
            (Get-SmtpMessage -Filter "Status -eq 'Suspended'").Subject | Should -Be 'Other'
            Remove-SmtpMessage -Filter "Subject -eq 'other'" -WithNDR $false -WhatIf
            Remove-SmtpMessage -Filter "Subject -eq 'other'" -WithNDR $false -Force
            (Get-SmtpMessage).Subject | Should -Be 'Report one'
        }

        It 'are refused with the position of the mistake' {
            $refusal = (Get-Refusal { Get-SmtpMessage -Filter "Subjekt -eq 'x'" })[0]
            $refusal.FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter,*'
            $refusal.Exception.Message | Should -BeLike '*position 1*Subject*'
            (Get-Refusal { Remove-SmtpMessage -Filter 'Size -gt' -Force })[0].Exception.Message | Should -BeLike '*position*'
            (Get-Refusal { Get-SmtpQueue -SortOrder '+Colour' })[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        }
    }

    Context 'Export-SmtpMessage and Submit-SmtpMessage' {
        It 'write a message and send it again' {
            $id = Add-WaitingMessage -Subject 'Copy me'
            $file = Get-SmtpMessage | Export-SmtpMessage -Path $TestDrive
            $file | Should -BeOfType [System.IO.FileInfo]
            $file.Name | Should -Be "$id.eml"
            $text = [System.IO.File]::ReadAllText($file.FullName)
            $text | Should -Match '^x-sender: <a@example.com>'
            $text | Should -Match 'Subject: Copy me'
            (Get-Refusal { Export-SmtpMessage -Identity $id -Path $TestDrive })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.FileExists,*'
            (Export-SmtpMessage -Identity $id -Path $TestDrive -Force).Name | Should -Be "$id.eml"
            $json = Export-SmtpMessage -Identity $id -Path "$TestDrive/new/one.json" -Format Json | Get-Content -Raw | ConvertFrom-Json
            $json.Subject | Should -Be 'Copy me'
            [System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String($json.Content)) | Should -Be $text
            Remove-SmtpMessage -Identity $id -WithNDR $false -Force
            $copy = Get-Item -Path "$TestDrive/*.eml" | Submit-SmtpMessage
            $copy.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Submission'
            $copy.FromAddress | Should -Be 'a@example.com'
            $copy.Recipients | Should -Be 'waiting@example.com'
            $copy.InternalMessageId | Should -Not -Be $id
            (Get-SmtpMessage -Identity $copy.InternalMessageId).Subject | Should -Be 'Copy me'
        }

        It 'send a text to whom they are told' {
            $sent = "Subject: Hello`r`n`r`nHow are you?" | Submit-SmtpMessage -Sender me@contoso.example -Recipient jo@example.com, kim@example.com
            $sent.Subject | Should -Be 'Hello'
            @($sent.Recipients).Count | Should -Be 2
        }

        It 'do nothing with -WhatIf, and say what is missing' {
            $id = Add-WaitingMessage
            Export-SmtpMessage -Identity $id -Path "$TestDrive/whatif.eml" -WhatIf
            Test-Path -Path "$TestDrive/whatif.eml" | Should -BeFalse
            Submit-SmtpMessage -InputObject 'Subject: x' -Sender a@example.com -Recipient b@example.com -WhatIf
            (Get-SmtpRelay).Queued | Should -Be 1
            (Get-Refusal { Submit-SmtpMessage -InputObject 'Subject: x' })[0].Exception.Message | Should -BeLike '*sender*x-sender*'
            (Get-Refusal { Submit-SmtpMessage -Path "$TestDrive/missing.eml" })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
            (Get-Refusal { Export-SmtpMessage -Identity 00000000001 -Path $TestDrive })[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.NotFound,*'
        }
    }

    Context 'What is not there, not said or not clear' {
        It 'is refused with its reason by every command' {
            $null = Add-WaitingMessage
            $null = New-SmtpConnector -Name Off -Type SmartHost -AddressSpace nobody.example -SmartHost 127.0.0.1:1 -Enabled $false
            try {
                foreach ($script in { Suspend-SmtpMessage -Identity 00000000001 }, { Resume-SmtpMessage -Identity 00000000001 },
                    { Restart-SmtpMessage -Identity 00000000001 }, { Move-SmtpMessage -Identity 00000000001 -Connector Off },
                    { Restart-SmtpQueue -Identity nowhere.example }, { Get-SmtpQueue -Identity nowhere.example }) {
                    (Get-Refusal $script)[0].FullyQualifiedErrorId | Should -Match '^SmtpRelay\.(NotFound|InvalidParameter),' -Because $script
                }
                foreach ($script in { Suspend-SmtpMessage -Identity nonsense }, { Move-SmtpMessage -Identity * -Connector Off }) {
                    (Get-Refusal $script)[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter,*' -Because $script
                }
                foreach ($script in { Suspend-SmtpMessage -Filter 'Size >> 1' }, { Resume-SmtpMessage -Filter 'Size >> 1' },
                    { Restart-SmtpMessage -Filter 'Size >> 1' }, { Move-SmtpMessage -Filter 'Size >> 1' -Connector SmartHost },
                    { Suspend-SmtpQueue -Filter 'Status >> 1' }, { Resume-SmtpQueue -Filter 'Status >> 1' }, { Restart-SmtpQueue -Filter 'Status >> 1' }) {
                    (Get-Refusal $script)[0].Exception.Message | Should -BeLike '*position*' -Because $script
                }
                (Get-SmtpMessage).Status | Should -Be 'Retry'
            } finally {
                Remove-SmtpConnector -Identity Off -Force
            }
        }

        It 'is nothing for a wildcard' {
            Suspend-SmtpMessage -Identity '9*\*' | Should -BeNullOrEmpty
            Remove-SmtpMessage -Identity '0000*' -Force | Should -BeNullOrEmpty
        }
    }

    Context 'Many messages' {
        It 'are suspended and removed, page by page' {
            Suspend-SmtpRelay -Outbound
            try {
                $files = 1..1020 | ForEach-Object { "Subject: $_`n`nx" } | Submit-SmtpMessage -Sender a@example.com -Recipient b@example.com
                @($files).Count | Should -Be 1020
                @(Suspend-SmtpMessage -Identity * -PassThru).Count | Should -Be 1020
                Remove-SmtpMessage -Filter "Status -eq 'Suspended'" -WithNDR $false -Force
                (Get-SmtpRelay).Queued | Should -Be 0
            } finally {
                Resume-SmtpRelay
            }
        }
    }

    Context 'Move-SmtpMessage' {
        It 'sends a message by another connector' {
            $second = Start-TestNextHop
            $null = New-SmtpConnector -Name Backup -Type SmartHost -AddressSpace nobody.example -SmartHost "127.0.0.1:$($second.Port)"
            try {
                $id = Add-WaitingMessage -Subject 'By another way'
                Get-SmtpMessage | Move-SmtpMessage -Connector Backup -WhatIf
                (Get-SmtpQueue).NextHopConnector | Should -Be 'SmartHost'
                (Get-Refusal { Move-SmtpMessage -Identity $id -Connector Nowhere })[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
                Get-SmtpMessage | Redirect-SmtpMessage -Connector Backup
                Restart-SmtpQueue -Identity *
                Wait-Until { $second.Messages.Count -eq 1 }
                $entry = Get-SmtpTrackingLog -EventId REDIRECT -InternalMessageId $id
                $entry.Source | Should -Be 'ADMIN'
                $entry.ConnectorId | Should -Be 'Backup'
            } finally {
                Remove-SmtpConnector -Identity Backup -Force
                Stop-TestNextHop -NextHop $second
            }
        }
    }

    Context 'Suspend-SmtpRelay and Resume-SmtpRelay' {
        It 'hold deliveries and new clients until they are told otherwise' {
            Suspend-SmtpRelay -WhatIf
            (Get-SmtpRelay).InboundSuspended | Should -BeFalse
            $service = Suspend-SmtpRelay -Outbound -Reason 'a test' -PassThru
            $service.Status | Should -Be 'Running'
            $service.OutboundSuspended | Should -BeTrue
            $service.InboundSuspended | Should -BeFalse
            $service.Warnings -join ' ' | Should -BeLike '*a test*'
            Resume-SmtpRelay -WhatIf
            (Get-SmtpRelay).OutboundSuspended | Should -BeTrue
            Resume-SmtpRelay | Should -BeNullOrEmpty
            (Get-SmtpRelay).OutboundSuspended | Should -BeFalse
        }

        It 'survive a restart, each by itself' {
            Suspend-SmtpRelay -Inbound
            Restart-SmtpRelay
            (Get-SmtpRelay).InboundSuspended | Should -BeTrue
            (Get-SmtpRelay).OutboundSuspended | Should -BeFalse
            Suspend-SmtpRelay -Outbound
            Resume-SmtpRelay -Inbound
            Restart-SmtpRelay
            (Get-SmtpRelay).InboundSuspended | Should -BeFalse
            (Get-SmtpRelay).OutboundSuspended | Should -BeTrue
            Resume-SmtpRelay -Outbound
        }
    }
}

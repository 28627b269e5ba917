# Webhooks and alert mail as an administrator works with them, with a receiver that really listens.

Describe 'Alerts' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../SmtpRelay.psd1" -Force
        Import-Module "$PSScriptRoot/TestRelay.psm1" -Force
        $relay = Start-TestRelay
        $port = Get-FreePort
        $receiver = [System.Net.HttpListener]::new()
        $receiver.Prefixes.Add("http://127.0.0.1:$port/")
        $receiver.Start()

        function Receive-Call {
            param([System.Threading.Tasks.Task]$Waiting, [int]$Status = 200)
            $Waiting.Wait(20000) | Should -BeTrue
            $context = $Waiting.Result
            $text = [System.IO.StreamReader]::new($context.Request.InputStream).ReadToEnd()
            $context.Response.StatusCode = $Status
            $context.Response.Close()
            [pscustomobject]@{ Header = $context.Request.Headers; Text = $text }
        }
    }

    AfterAll {
        $receiver.Close()
        Stop-TestRelay -Relay $relay
    }

    It 'go to webhooks that are made, shown, changed by the pipeline and removed' {
        $made = New-SmtpWebhook -Name Ops -Url "http://127.0.0.1:$port/" -Event LogOn, Queue -Comment 'for ops'
        $made.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.NewWebhook'
        $made.Secret | Should -Match '^whsec_'
        ($made | Out-String) | Should -Match 'Secret +: whsec_'
        $shown = Get-SmtpWebhook -Identity o*
        $shown.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.Webhook'
        ($shown.Events -join ' '), $shown.Waiting, $shown.Comment | Should -Be 'LogOn Queue', 0, 'for ops'
        $shown.PSObject.Properties.Name | Should -Not -Contain 'Secret'
        ($shown | Format-Table | Out-String -Width 160) | Should -Match 'Name +Enabled +Url'
        (Get-SmtpWebhook | Set-SmtpWebhook -Event @() -PassThru).Events.Count | Should -Be 0
        Set-SmtpWebhook -Identity Ops -Url "http://127.0.0.1:$port/new" -WhatIf
        (Get-SmtpWebhook).Url | Should -Be "http://127.0.0.1:$port/"
        Remove-SmtpWebhook -Identity Ops -WhatIf
        @(Get-SmtpWebhook).Count | Should -Be 1
        Get-SmtpWebhook | Remove-SmtpWebhook
        @(Get-SmtpWebhook).Count | Should -Be 0
    }

    It 'are signed with the secret that was given, and a refusal says why' {
        $null = New-SmtpWebhook -Name Ops -Url "http://127.0.0.1:$port/" -Secret (ConvertTo-SecureString -String 'a secret of our own' -AsPlainText -Force)
        $waiting = $receiver.GetContextAsync()
        $module = "$PSScriptRoot/../../SmtpRelay.psd1"
        $job = Start-ThreadJob -ScriptBlock {
            Import-Module $using:module
            Test-SmtpWebhook -Identity Ops
        }
        $call = Receive-Call -Waiting $waiting -Status 403
        $hmac = [System.Security.Cryptography.HMACSHA256]::new([System.Text.Encoding]::UTF8.GetBytes('a secret of our own'))
        $signed = '{0}.{1}.{2}' -f $call.Header['webhook-id'], $call.Header['webhook-timestamp'], $call.Text
        $call.Header['webhook-signature'] | Should -Be ('v1,' + [Convert]::ToBase64String($hmac.ComputeHash([System.Text.Encoding]::UTF8.GetBytes($signed))))
        ($call.Text | ConvertFrom-Json).type | Should -Be 'smtprelay.test'
        $result = $job | Receive-Job -Wait -AutoRemoveJob
        $result.Ok, $result.HttpStatus | Should -Be $false, 403
        $result.Detail | Should -BeLike '*secret*'
        $failure = $null
        New-SmtpWebhook -Name Bad -Url http://example.com/ -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'SmtpRelay.InvalidParameter*'
        $failure[0].Exception.Message | Should -BeLike '*url*https*'
    }

    It 'go out as mail, through a connector of their own' {
        (Get-SmtpAlertMail).Enabled | Should -BeFalse
        $failure = $null
        Set-SmtpAlertMail -Enabled $true -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].Exception.Message | Should -BeLike '*recipients*'
        $settings = Set-SmtpAlertMail -Enabled $true -Recipient ops@corp.example -Interval 00:30:00 -MaxPerDay 5 -Event MessageFailed -PassThru
        $settings.Interval, $settings.MaxPerDay, $settings.Events | Should -Be ([timespan]'00:30:00'), 5, 'MessageFailed'
        $sent = Set-SmtpAlertMail -Test
        $sent.PSObject.TypeNames[0] | Should -Be 'SmtpRelay.AlertMailTest'
        (Get-SmtpMessageTrace -MessageId $sent.MessageId | Out-String) | Should -Match 'ops@corp.example'
        (Set-SmtpRelayConfiguration -AlertDelay 00:01:00 -PassThru).AlertDelay | Should -Be ([timespan]'00:01:00')
    }
}

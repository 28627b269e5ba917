# Names at the Tab key. A completer never fails and never makes the administrator wait: no relay, no names.

function RegisterRelayCompleter {
    $connector = { param($command, $parameter, $word) GetCompletion -Method connector.list -Property Name -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpConnector, Set-SmtpConnector, Remove-SmtpConnector, Get-SmtpConnectorCredential, Set-SmtpConnectorCredential, Test-SmtpConnector -ParameterName Identity -ScriptBlock $connector
    Register-ArgumentCompleter -CommandName Move-SmtpMessage, Get-SmtpConnectorPreset -ParameterName Connector -ScriptBlock $connector
    $listener = { param($command, $parameter, $word) GetCompletion -Method listener.list -Property Name -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpListener, Set-SmtpListener, Remove-SmtpListener, Enable-SmtpListener, Disable-SmtpListener, Test-SmtpListener -ParameterName Identity -ScriptBlock $listener
    Register-ArgumentCompleter -CommandName Test-RelayRestriction, Set-SmtpCertificate -ParameterName Listener -ScriptBlock $listener
    $certificate = { param($command, $parameter, $word) GetCompletion -Method certificate.list -Property Name -Tip Subject -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpCertificate, Set-SmtpCertificate, Remove-SmtpCertificate -ParameterName Identity -ScriptBlock $certificate
    Register-ArgumentCompleter -CommandName New-SmtpListener, Set-SmtpListener -ParameterName Certificate -ScriptBlock $certificate
    Register-ArgumentCompleter -CommandName New-SmtpConnector, Set-SmtpConnector -ParameterName TokenCertificate -ScriptBlock $certificate
    Register-ArgumentCompleter -CommandName New-SmtpConnector, Set-SmtpConnector -ParameterName TlsCertificate -ScriptBlock $certificate
    Register-ArgumentCompleter -CommandName Set-SmtpConnectorCredential -ParameterName Certificate -ScriptBlock $certificate
    Register-ArgumentCompleter -CommandName New-SmtpCertificate -ParameterName SignedBy -ScriptBlock $certificate
    $rule = { param($command, $parameter, $word) GetCompletion -Method rewrite.list -Property Name -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpRewriteRule, Set-SmtpRewriteRule, Remove-SmtpRewriteRule -ParameterName Identity -ScriptBlock $rule
    Register-ArgumentCompleter -CommandName New-SmtpRewriteRule, Set-SmtpRewriteRule -ParameterName Connector -ScriptBlock $connector
    Register-ArgumentCompleter -CommandName New-SmtpRewriteRule, Set-SmtpRewriteRule -ParameterName Listener -ScriptBlock $listener
    $webhook = { param($command, $parameter, $word) GetCompletion -Method webhook.list -Property Name -Tip Url -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpWebhook, Set-SmtpWebhook, Remove-SmtpWebhook, Test-SmtpWebhook -ParameterName Identity -ScriptBlock $webhook
    Register-ArgumentCompleter -CommandName Set-SmtpAlertMail -ParameterName Connector -ScriptBlock $connector
    $dkim = { param($command, $parameter, $word) GetCompletion -Method dkim.list -Property Name -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpDkimKey, Set-SmtpDkimKey, Remove-SmtpDkimKey, Test-SmtpDkimKey -ParameterName Identity -ScriptBlock $dkim
    $domain = { param($command, $parameter, $word) GetCompletion -Method domain.list -Property Name -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpDomain, Set-SmtpDomain, Remove-SmtpDomain -ParameterName Identity -ScriptBlock $domain
    $account = { param($command, $parameter, $word) GetCompletion -Method account.list -Property Name -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpAccount, Set-SmtpAccount, Remove-SmtpAccount -ParameterName Identity -ScriptBlock $account
    Register-ArgumentCompleter -CommandName Test-RelayRestriction -ParameterName Account -ScriptBlock $account
    $ban = { param($command, $parameter, $word) GetCompletion -Method ban.list -Property IPAddress -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpBan, Remove-SmtpBan -ParameterName IPAddress -ScriptBlock $ban
    $session = { param($command, $parameter, $word) GetCompletion -Method session.list -Property Identity -Tip IPAddress -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpSession, Stop-SmtpSession -ParameterName Identity -ScriptBlock $session
    $queue = { param($command, $parameter, $word) GetCompletion -Method queue.list -Property Identity -Tip NextHopDomain -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpQueue, Restart-SmtpQueue, Suspend-SmtpQueue, Resume-SmtpQueue -ParameterName Identity -ScriptBlock $queue
    Register-ArgumentCompleter -CommandName Get-SmtpMessage -ParameterName Queue -ScriptBlock $queue
    $message = { param($command, $parameter, $word) GetCompletion -Method message.list -Property Identity -Tip Subject -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpMessage, Remove-SmtpMessage, Suspend-SmtpMessage, Resume-SmtpMessage, Restart-SmtpMessage, Move-SmtpMessage, Export-SmtpMessage -ParameterName Identity -ScriptBlock $message
    $captured = { param($command, $parameter, $word) GetCompletion -Method captured.list -Property Identity -Tip Subject -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpCapturedMessage, Clear-SmtpCapturedMessage -ParameterName Identity -ScriptBlock $captured
    $logField = { param($command, $parameter, $word) GetSchemaCompletion -Method logging.set -Property protocolLogFields -Word $word }
    Register-ArgumentCompleter -CommandName Set-SmtpLogging -ParameterName ProtocolLogField -ScriptBlock $logField
    $badMail = { param($command, $parameter, $word) GetCompletion -Method badmail.list -Property Identity -Tip Reason -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpBadMail, Restart-SmtpBadMail, Export-SmtpBadMail, Clear-SmtpBadMail -ParameterName Identity -ScriptBlock $badMail
}

function GetCompletion {
    param([string]$Method, [string]$Property, [string]$Tip, [AllowEmptyString()][string]$Word)

    try {
        $pattern = $Word.Trim('''', '"') + '*'
        foreach ($item in (InvokeRelayMethod -Method $Method -Timeout 1).Value) {
            $name = [string]$item.$Property
            $text = $name
            if ($Tip -and $item.$Tip) {
                $text = [string]$item.$Tip
            }
            if ($name -notlike $pattern) {
                continue
            }
            $insert = $name
            if ($name -match '[^\w.-]') {
                $insert = "'" + $name.Replace("'", "''") + "'"
            }
            [System.Management.Automation.CompletionResult]::new($insert, $name, 'ParameterValue', $text)
        }
    } catch {
        return
    }
}

# What a list in the contract may hold; no relay is needed for that.
function GetSchemaCompletion {
    param([string]$Method, [string]$Property, [AllowEmptyString()][string]$Word)

    $pattern = $Word.Trim('''', '"') + '*'
    $params = (GetRelaySchema -Name control)['properties'][$Method]['properties']['params']['properties']
    foreach ($name in $params[$Property]['items']['enum']) {
        if ($name -notlike $pattern) {
            continue
        }
        $insert = $name
        if ($name -match '[^\w.-]') {
            $insert = "'" + $name + "'"
        }
        [System.Management.Automation.CompletionResult]::new($insert, $name, 'ParameterValue', $name)
    }
}

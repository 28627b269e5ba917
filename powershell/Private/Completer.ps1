# Names at the Tab key. A completer never fails and never makes the administrator wait: no relay, no names.

function RegisterRelayCompleter {
    $nouns = @{
        'connector.list' = 'SmtpConnector'
        'domain.list'    = 'SmtpDomain'
        'account.list'   = 'SmtpAccount'
    }
    foreach ($method in @($nouns.Keys)) {
        $noun = $nouns[$method]
        $commands = "Get-$noun", "Set-$noun", "Remove-$noun"
        $script = [scriptblock]::Create("param(`$command, `$parameter, `$word) GetCompletion -Method '$method' -Property Name -Word `$word")
        Register-ArgumentCompleter -CommandName $commands -ParameterName Identity -ScriptBlock (BindToModule -Script $script)
    }
    $queue = BindToModule -Script { param($command, $parameter, $word) GetCompletion -Method 'queue.list' -Property Identity -Tip NextHopDomain -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpQueue, Restart-SmtpQueue -ParameterName Identity -ScriptBlock $queue
    Register-ArgumentCompleter -CommandName Get-SmtpMessage -ParameterName Queue -ScriptBlock $queue
    $message = BindToModule -Script { param($command, $parameter, $word) GetCompletion -Method 'message.list' -Property Identity -Tip Subject -Word $word }
    Register-ArgumentCompleter -CommandName Get-SmtpMessage -ParameterName Identity -ScriptBlock $message
    $account = BindToModule -Script { param($command, $parameter, $word) GetCompletion -Method 'account.list' -Property Name -Word $word }
    Register-ArgumentCompleter -CommandName Test-RelayRestriction -ParameterName Account -ScriptBlock $account
}

# A completer runs outside the module; bound to it, it finds the functions here.
function BindToModule {
    param([Parameter(Mandatory)][scriptblock]$Script)

    $ExecutionContext.SessionState.Module.NewBoundScriptBlock($Script)
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

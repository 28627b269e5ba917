# Questions to the administrator. Where nobody can be asked, the answer is an error that says how to go
# on, and nothing is changed.

# ShouldProcess of the command, for the commands that always ask.
function ConfirmChange {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Target,
        [Parameter(Mandatory)][string]$Action
    )

    try {
        $Cmdlet.ShouldProcess($Target, $Action)
    } catch {
        # Hosts have exceptions of different types for "nobody is there".
        $Cmdlet.WriteError((NewUnconfirmedError -Target $Target -Action $Action))
        $false
    }
}

# restriction.set and restriction.add: the engine refuses an open relay until it is told that the
# administrator wants one. Emits the restriction that is then in force; nothing when refused.
function SetRestriction {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Method,
        [Parameter(Mandatory)][hashtable]$Parameter,
        [switch]$Accept
    )

    $answer = InvokeRelayMethod -Method $Method -Parameter $Parameter
    $open = @($answer.Problem | Where-Object { $_.FullyQualifiedErrorId -eq 'SmtpRelay.OpenRelay' })
    if ($open.Count -gt 0) {
        if (-not $Accept -and -not (ConfirmOpenRelay -Cmdlet $Cmdlet -Problem $open[0])) {
            return
        }
        $answer = InvokeRelayMethod -Method $Method -Parameter ($Parameter + @{ acceptOpenRelay = $true })
    }
    foreach ($problem in $answer.Problem) {
        $Cmdlet.WriteError($problem)
    }
    $answer.Value
}

function ConfirmOpenRelay {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][System.Management.Automation.ErrorRecord]$Problem
    )

    $reason = $Problem.Exception.Message -replace ' Nothing was changed\.$'
    $query = "$reason Strangers could then send mail to anyone through this relay; such relays are found and abused " +
        'within hours, and their address ends on block lists. Open the relay to everyone?'
    $yesToAll = $false
    $noToAll = $false
    try {
        # True: a question of security, whose default answer is no.
        $Cmdlet.ShouldContinue($query, 'Open relay', $true, [ref]$yesToAll, [ref]$noToAll)
    } catch {
        # Hosts have exceptions of different types for "nobody is there".
        $record = @{
            Id       = 'OpenRelay'
            Category = 'SecurityError'
            Message  = "$reason Nothing was changed, because nobody could be asked."
            Target   = $Problem.TargetObject
            Action   = 'Name the networks that may relay; if the relay really must be open to everyone, add -Force.'
        }
        $Cmdlet.WriteError((NewRelayError @record))
        $false
    }
}

function NewUnconfirmedError {
    param([string]$Target, [string]$Action)

    $record = @{
        Id       = 'ConfirmationRequired'
        Category = 'OperationStopped'
        Message  = "'$Action' on '$Target' needs a confirmation, and nobody could be asked. Nothing was changed."
        Target   = $Target
        Action   = 'Add -Force or -Confirm:$false.'
    }
    NewRelayError @record
}

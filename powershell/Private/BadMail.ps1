# Bad mail by name, and sender and recipients that an administrator gives instead of a file's own.

# The names that -Identity or -Filter mean. One name is passed on as it is: the engine knows whether it is there.
function ExpandBadMail {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][System.Collections.IDictionary]$Bound,
        [Parameter(Mandatory)][hashtable]$Progress
    )

    $which = SelectByIdentityOrFilter -Bound $Bound
    if ($which.Parameter.ContainsKey('identity') -and $which.Parameter.identity -notmatch '[*?]') {
        return $which.Parameter.identity
    }
    $parameter = $which.Parameter + @{ resultSize = $null }
    $found = @(WriteRelayResult -Cmdlet $Cmdlet -Method badmail.list -Parameter $parameter -Target $which.Target -Timeout $script:LongScan)
    $Progress.Total = $found.Count
    foreach ($mail in $found) {
        $mail.Identity
    }
}

# -Sender and -Recipient as params of a method.
function SelectEnvelope {
    param([Parameter(Mandatory)][System.Collections.IDictionary]$Bound)

    $parameter = @{}
    if ($Bound.ContainsKey('Sender')) {
        $parameter.sender = [string]$Bound['Sender']
    }
    if ($Bound.ContainsKey('Recipient')) {
        $parameter.recipients = [object[]]$Bound['Recipient']
    }
    $parameter
}

# What was put into the queue, without what only the control port needs.
function WriteSubmission {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Method,
        [Parameter(Mandatory)][System.Collections.IDictionary]$Parameter,
        [object]$Target
    )

    foreach ($sent in WriteRelayResult -Cmdlet $Cmdlet -Method $Method -Parameter $Parameter -Target $Target -Timeout $script:LongScan) {
        $sent.PSObject.Properties.Remove('Transfer')
        $sent
    }
}

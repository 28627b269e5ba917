# Picks objects of a list by name: the very name first (a domain may be called *.example.com), then as
# a wildcard. A name without wildcards that nothing has is an error.

function WriteByIdentity {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Method,
        [AllowNull()][AllowEmptyString()][string]$Identity,
        # The word for the error: connector, domain, account.
        [Parameter(Mandatory)][string]$Noun
    )

    $answer = InvokeRelayMethod -Method $Method -Target $Identity
    foreach ($problem in $answer.Problem) {
        $Cmdlet.WriteError($problem)
    }
    if (@($answer.Problem).Count -gt 0 -or -not $Identity) {
        return $answer.Value
    }
    $found = @($answer.Value | Where-Object { $_.Name -eq $Identity })
    if ($found.Count -eq 0) {
        $found = @($answer.Value | Where-Object { $_.Name -like $Identity })
    }
    if ($found.Count -eq 0) {
        WriteNotFound -Cmdlet $Cmdlet -Identity $Identity -Noun $Noun
    }
    $found
}

function WriteNotFound {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Identity,
        [Parameter(Mandatory)][string]$Noun
    )

    if ([System.Management.Automation.WildcardPattern]::ContainsWildcardCharacters($Identity)) {
        return
    }
    $problem = @{
        Id       = 'NotFound'
        Category = 'ObjectNotFound'
        Message  = "There is no $Noun '$Identity'."
        Target   = $Identity
        Action   = "List what there is with $($Cmdlet.MyInvocation.MyCommand.Name)."
    }
    $Cmdlet.WriteError((NewRelayError @problem))
}

# Like WriteRelayResult, for the lists that the engine searches itself: a name that it does not find is
# an error, and a list that was cut at the default size says so.
function WriteRelayList {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Method,
        [System.Collections.IDictionary]$Parameter = @{},
        [string]$Noun = '',
        [double]$Timeout = 100
    )

    $answer = InvokeRelayMethod -Method $Method -Parameter $Parameter -Target $Parameter['identity'] -Timeout $Timeout
    foreach ($problem in $answer.Problem) {
        $Cmdlet.WriteError($problem)
    }
    $answer.Value
    $count = @($answer.Value).Count
    if ($count -eq 0 -and $Noun -and $Parameter['identity'] -and @($answer.Problem).Count -eq 0) {
        WriteNotFound -Cmdlet $Cmdlet -Identity $Parameter['identity'] -Noun $Noun
    }
    if ($count -eq 1000 -and -not $Parameter.Contains('resultSize') -and -not $Parameter.Contains('tail')) {
        $Cmdlet.WriteWarning('There may be more: the first 1000 are shown. Use -ResultSize Unlimited for all.')
    }
}

# What a command that changes queues or messages was told to change: { Parameter; Target }, the second in
# words for questions, -WhatIf and errors.
function SelectByIdentityOrFilter {
    param([Parameter(Mandatory)][System.Collections.IDictionary]$Bound)

    if ($Bound.ContainsKey('Filter')) {
        return @{ Parameter = @{ filter = [string]$Bound['Filter'] }; Target = "where $($Bound['Filter'])" }
    }
    @{ Parameter = @{ identity = [string]$Bound['Identity'] }; Target = [string]$Bound['Identity'] }
}

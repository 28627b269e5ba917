# The firewall of Windows: one rule for the ports of the listeners, for the relay's Node only.

$script:FirewallRule = 'SmtpRelay (SMTP)'

# The arguments of netsh that make the rule, and those that remove it.
function GetFirewallArgument {
    param(
        [Parameter(Mandatory)][int[]]$Port,
        [Parameter(Mandatory)][string]$Program
    )

    'advfirewall', 'firewall', 'add', 'rule', "name=$script:FirewallRule", 'dir=in', 'action=allow', 'protocol=TCP'
    'localport=' + (@($Port | Sort-Object -Unique) -join ',')
    "program=$Program"
}

function GetFirewallRemoval {
    'advfirewall', 'firewall', 'delete', 'rule', "name=$script:FirewallRule"
}

# The ports that clients of other computers reach: those of enabled listeners that are not bound to loopback.
function GetOpenPort {
    param([Parameter(Mandatory)][string]$DataPath)

    $settings = ReadJsonFile -Path ([System.IO.Path]::Combine($DataPath, 'settings.json'))
    $ports = foreach ($listener in @($settings['listeners'])) {
        if ($listener['enabled'] -ne $false) {
            foreach ($binding in @($listener['bindings'])) {
                if ($binding['address'] -notmatch '^(127\.|::1$)') {
                    [int]$binding['port']
                }
            }
        }
    }
    @($ports | Sort-Object -Unique)
}

# Makes the rule, or makes it anew: ports of listeners change, and with an update the place of Node. install.json
# says which rule there is, so that it can be put back, kept up and taken away.
function OpenFirewall {
    param(
        [Parameter(Mandatory)][string]$DataPath,
        [Parameter(Mandatory)][string]$Node,
        [AllowNull()][System.Collections.Generic.Stack[object]]$Undo
    )

    $path = [System.IO.Path]::Combine($DataPath, 'install.json')
    $install = ReadJsonFile -Path $path
    $before = $install['firewall']
    $ports = @(GetOpenPort -DataPath $DataPath)
    if ($ports.Count -eq 0 -and -not $before) {
        Write-Warning 'No listener is reached from other computers, so no firewall rule was made.'
        return
    }
    if ($Undo) {
        AddUndo -Undo $Undo -Step ${function:SetFirewallRule} -With $before
    }
    $install['firewall'] = $null
    if ($ports.Count -gt 0) {
        $install['firewall'] = @{ ports = [object[]]$ports; program = $Node }
    }
    SetFirewallRule -Rule $install['firewall']
    WriteJsonFile -Path $path -Value $install
}

# Only this rule, or none.
function SetFirewallRule {
    param([AllowNull()][System.Collections.IDictionary]$Rule)

    # A rule that is not there yet is no error.
    $null = InvokeProgram -Path 'netsh.exe' -Argument @(GetFirewallRemoval) -Timeout 60
    if ($Rule) {
        InvokeSystemTool -Path 'netsh.exe' -Argument @(GetFirewallArgument -Port ([int[]]@($Rule['ports'])) -Program $Rule['program'])
    }
}

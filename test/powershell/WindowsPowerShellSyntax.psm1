# Finds what Windows PowerShell 5.1 does not understand, by walking the syntax tree: 5.1 itself cannot run
# where these tests run.

# Parameters and commands that came after 5.1, for the commands that the module uses.
$newParameters = @{
    'ConvertFrom-Json'  = 'AsHashtable', 'Depth', 'NoEnumerate', 'DateKind'
    'ConvertTo-Json'    = 'AsArray', 'EnumsAsStrings', 'EscapeHandling'
    'ForEach-Object'    = 'Parallel', 'ThrottleLimit', 'TimeoutSeconds', 'AsJob'
    'Invoke-RestMethod' = 'NoProxy', 'SkipHttpErrorCheck', 'Authentication', 'Token'
    'Get-Content'       = 'AsByteStream'
    'Join-Path'         = 'AdditionalChildPath'
    'Select-String'     = 'Raw', 'NoEmphasis'
    'Start-Process'     = 'Environment'
    'Remove-Service'    = 'Name'
    'New-Service'       = 'SecurityDescriptorSddl'
}
$newCommands = 'Join-String', 'Get-Error', 'Test-Json', 'Remove-Service', 'Get-Uptime', 'ConvertFrom-SddlString', 'Start-ThreadJob'
$newVariables = 'IsWindows', 'IsLinux', 'IsMacOS', 'IsCoreCLR', 'EnabledExperimentalFeatures'
# Members that .NET Framework lacks.
$newMembers = 'SetUnixFileMode', 'GetRelativePath', 'ArgumentList', 'ToHexString', 'ReadAllTextAsync', 'IsWindows', 'IsLinux', 'ProcessPath', 'Clamp'

# Types that .NET Framework 4.7.2 has, with those of their static members that the module uses. A type or
# member that is not here is a finding: look it up in the documentation of .NET Framework before it is added.
$frameworkTypes = @{
    'Environment'                                                             = 'GetEnvironmentVariable', 'GetFolderPath', 'MachineName', 'OSVersion', 'UserName'
    'Microsoft.Win32.Registry'                                                = 'LocalMachine'
    'Microsoft.Win32.RegistryValueKind'                                       = 'DWord', 'ExpandString'
    'NullString'                                                              = 'Value'
    'System.ArgumentException'                                                = @()
    'System.BitConverter'                                                     = 'ToString', 'ToUInt32'
    'System.Collections.ArrayList'                                            = @()
    'System.Collections.Generic.Dictionary'                                   = 'new'
    'System.Collections.Generic.HashSet'                                      = 'new'
    'System.Collections.Generic.List'                                         = 'new'
    'System.Collections.Generic.Stack'                                        = 'new'
    'System.__ComObject'                                                      = @()
    'System.Collections.IEnumerable'                                          = @()
    'System.Environment'                                                      = 'MachineName', 'OSVersion'
    'System.IO.StreamReader'                                                  = 'new'
    'System.Net.Http.HttpCompletionOption'                                    = 'ResponseHeadersRead'
    'System.Reflection.BindingFlags'                                          = 'GetProperty', 'InvokeMethod', 'SetProperty'
    'System.Collections.IDictionary'                                          = @()
    'Convert'                                                                 = 'FromBase64String', 'ToBase64String'
    'System.Convert'                                                          = 'FromBase64String', 'ToBase64String'
    'System.Diagnostics.Process'                                              = 'GetProcessById', 'Start'
    'System.Diagnostics.ProcessStartInfo'                                     = 'new'
    'System.Diagnostics.Stopwatch'                                            = 'StartNew'
    'System.Globalization.CultureInfo'                                        = 'InvariantCulture'
    'System.Globalization.DateTimeStyles'                                     = 'RoundtripKind'
    'System.InvalidOperationException'                                        = 'new'
    'System.IO.Directory'                                                     = 'CreateDirectory', 'Delete', 'Exists', 'GetDirectories', 'GetFileSystemEntries', 'GetFiles', 'Move'
    'System.IO.DirectoryInfo'                                                 = 'new'
    'System.IO.File'                                                          = 'Create', 'Delete', 'Exists', 'Move', 'OpenRead', 'ReadAllBytes', 'ReadAllLines', 'ReadAllText', 'Replace', 'WriteAllBytes', 'WriteAllLines', 'WriteAllText'
    'System.IO.FileInfo'                                                      = 'new'
    'System.IO.IOException'                                                   = @()
    'System.IO.MemoryStream'                                                  = 'new'
    'System.IO.Path'                                                          = 'GetFileNameWithoutExtension', 'Combine', 'DirectorySeparatorChar', 'GetDirectoryName', 'GetExtension', 'GetFileName', 'GetFullPath', 'GetTempPath'
    'System.IO.SearchOption'                                                  = 'AllDirectories', 'TopDirectoryOnly'
    'System.IO.Stream'                                                        = @()
    'System.Net.Dns'                                                          = 'GetHostEntry', 'GetHostName'
    'System.Net.Http.Headers.AuthenticationHeaderValue'                       = 'new'
    'System.Net.Http.HttpClient'                                              = 'new'
    'System.Net.Http.HttpClientHandler'                                       = 'new'
    'System.Net.Http.HttpMethod'                                              = 'new'
    'System.Net.Http.HttpRequestMessage'                                      = 'new'
    'System.Net.Http.StringContent'                                           = 'new'
    'System.Net.NetworkCredential'                                            = 'new'
    'System.Net.Sockets.SocketException'                                      = @()
    'System.Net.Sockets.TcpClient'                                            = 'new'
    # From 4.7.1; asked on Linux only.
    'System.Runtime.InteropServices.RuntimeInformation'                       = 'OSArchitecture'
    'System.Security.Cryptography.SHA1'                                       = 'Create'
    'System.Security.Cryptography.SHA256'                                     = 'Create'
    'System.Security.Cryptography.X509Certificates.X509Certificate2'          = @()
    'System.Security.Cryptography.X509Certificates.X509Certificate2Collection' = 'new'
    'System.Security.Cryptography.X509Certificates.X509Chain'                 = 'new'
    'System.Security.Principal.NTAccount'                                     = 'new'
    'System.Security.Principal.SecurityIdentifier'                            = @()
    'System.Security.Principal.WindowsBuiltInRole'                            = 'Administrator'
    'System.Security.Principal.WindowsIdentity'                               = 'GetCurrent'
    'System.Security.Principal.WindowsPrincipal'                              = 'new'
    'System.StringComparer'                                                   = 'Ordinal', 'OrdinalIgnoreCase'
    'System.StringComparison'                                                 = 'Ordinal', 'OrdinalIgnoreCase'
    'System.Text.DecoderFallbackException'                                    = @()
    'System.Text.Encoding'                                                    = 'UTF8', 'Unicode', 'GetEncoding'
    'System.Text.UTF8Encoding'                                                = 'new'
    'System.Threading.CancellationTokenSource'                                = 'new'
    'System.Threading.Tasks.Task'                                             = 'WaitAny'
    'System.Threading.Timeout'                                                = 'InfiniteTimeSpan'
    'System.UnauthorizedAccessException'                                      = @()
}
# Short names of PowerShell, and static members of theirs.
$shortTypes = @{
    array = 'IndexOf', 'Reverse', 'Sort'; bool = @(); byte = @(); char = @(); datetime = 'Parse', 'UtcNow', 'Now', 'MinValue'; double = @(); guid = 'NewGuid'
    hashtable = @(); int = 'MaxValue', 'TryParse'; long = @(); math = 'Ceiling', 'Floor', 'Max', 'Min', 'Round'; nullable = @(); object = @(); ordered = @(); pscredential = 'new'
    pscustomobject = @(); psobject = @(); ref = @(); regex = 'Escape', 'IsMatch', 'Match', 'Matches', 'Replace', 'Split'; scriptblock = 'Create'; securestring = 'new'
    cultureinfo = 'CurrentCulture'; single = @(); string = 'IsNullOrEmpty', 'Join', 'Format', 'IsNullOrWhiteSpace'; switch = @(); timespan = 'FromSeconds', 'FromTicks', 'FromMinutes', 'TicksPerMillisecond', 'TicksPerSecond', 'Zero', 'Parse', 'MaxValue'
    type = @(); uint32 = @(); uri = 'EscapeDataString'; valuetype = @(); version = @(); void = @(); wildcardpattern = @(); xml = @()
}
# Overloads that came later: the most arguments that .NET Framework takes.
$mostArguments = @{ 'System.IO.File::Move' = 2; 'System.IO.Path::GetFullPath' = 1 }

function Find-ModernSyntax {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)][AllowEmptyString()][string]$Text,
        [string]$Name = 'text'
    )

    $tokens = $null
    $errors = $null
    $ast = [System.Management.Automation.Language.Parser]::ParseInput($Text, $Name, [ref]$tokens, [ref]$errors)
    foreach ($problem in $errors) {
        "${Name}:$($problem.Extent.StartLineNumber) does not parse: $($problem.Message)"
    }
    foreach ($match in [regex]::Matches($Text, '[^\x09\x0A\x0D\x20-\x7E]')) {
        $line = $Text.Substring(0, $match.Index).Split("`n").Count
        "${Name}:$line character U+$('{0:X4}' -f [int][char]$match.Value) is not ASCII"
    }
    foreach ($node in $ast.FindAll({ $true }, $true)) {
        $found = Get-Finding -Node $node
        if (-not $found) {
            $found = @(Get-TypeFinding -Node $node) -join ', '
        }
        if ($found) {
            "${Name}:$($node.Extent.StartLineNumber) $found"
        }
    }
}

function Get-Finding {
    param([System.Management.Automation.Language.Ast]$Node)

    switch ($Node.GetType().Name) {
        'TernaryExpressionAst' { return 'ternary operator' }
        'PipelineChainAst' { return 'pipeline chain && or ||' }
        'PipelineAst' {
            if ($Node.Background) {
                return 'background operator &'
            }
        }
        'BinaryExpressionAst' {
            if ($Node.Operator -eq 'QuestionQuestion') {
                return 'operator ??'
            }
        }
        'AssignmentStatementAst' {
            if ($Node.Operator -eq 'QuestionQuestionEquals') {
                return 'operator ??='
            }
        }
        { $_ -in 'MemberExpressionAst', 'InvokeMemberExpressionAst', 'IndexExpressionAst' } {
            if ($Node.NullConditional) {
                return 'null-conditional operator'
            }
        }
        { $_ -in 'MemberExpressionAst', 'InvokeMemberExpressionAst' } {
            if ([string]$Node.Member -in $newMembers) {
                return "member $($Node.Member)"
            }
        }
        'ScriptBlockAst' {
            if ($Node.CleanBlock) {
                return 'clean block'
            }
        }
        'VariableExpressionAst' {
            if ($Node.VariablePath.UserPath -in $newVariables) {
                return "variable `$$($Node.VariablePath.UserPath)"
            }
        }
        'CommandAst' { return Get-CommandFinding -Command $Node }
    }
}

# Types in casts, constraints and static calls; attributes are not looked at.
function Get-TypeFinding {
    param([System.Management.Automation.Language.Ast]$Node)

    if ($Node -is [System.Management.Automation.Language.TypeExpressionAst] -or $Node -is [System.Management.Automation.Language.TypeConstraintAst]) {
        foreach ($name in Get-TypePart -TypeName $Node.TypeName) {
            if (-not (Test-FrameworkType -Name $name)) {
                "type $name"
            }
        }
    } elseif ($Node -is [System.Management.Automation.Language.MemberExpressionAst] -and $Node.Static -and
        $Node.Expression -is [System.Management.Automation.Language.TypeExpressionAst]) {
        if ($Node.Expression.TypeName.IsArray) {
            return
        }
        $type = @(Get-TypePart -TypeName $Node.Expression.TypeName)[0]
        $member = [string]$Node.Member
        $members = @($frameworkTypes[$type]) + @($shortTypes[$type])
        if ($type -notlike 'System.Management.Automation.*' -and (Test-FrameworkType -Name $type) -and $member -notin $members) {
            return "member ${type}::$member"
        }
        $most = $mostArguments["${type}::$member"]
        if ($most -and $Node -is [System.Management.Automation.Language.InvokeMemberExpressionAst] -and @($Node.Arguments).Count -gt $most) {
            "overload ${type}::$member with $(@($Node.Arguments).Count) arguments"
        }
    }
}

# What PowerShell itself brings is the same in 5.1, as far as the module uses it.
function Test-FrameworkType {
    param([string]$Name)

    $frameworkTypes.ContainsKey($Name) -or $shortTypes.ContainsKey($Name) -or $Name -like 'System.Management.Automation.*'
}

function Get-TypePart {
    param([System.Management.Automation.Language.ITypeName]$TypeName)

    if ($TypeName -is [System.Management.Automation.Language.ArrayTypeName]) {
        Get-TypePart -TypeName $TypeName.ElementType
    } elseif ($TypeName -is [System.Management.Automation.Language.GenericTypeName]) {
        Get-TypePart -TypeName $TypeName.TypeName
        foreach ($argument in $TypeName.GenericArguments) {
            Get-TypePart -TypeName $argument
        }
    } else {
        $TypeName.FullName
    }
}

function Get-CommandFinding {
    param([System.Management.Automation.Language.CommandAst]$Command)

    $name = $Command.GetCommandName()
    if ($name -in '%', 'foreach') {
        $name = 'ForEach-Object'
    }
    if ($name -in $newCommands) {
        return "command $name"
    }
    if (-not $name -or -not $newParameters.ContainsKey($name)) {
        return
    }
    foreach ($element in $Command.CommandElements) {
        if ($element -is [System.Management.Automation.Language.CommandParameterAst]) {
            $given = $element.ParameterName
            foreach ($parameter in $newParameters[$name]) {
                if ($given.Length -ge 2 -and $parameter -like "$given*") {
                    return "parameter -$parameter of $name"
                }
            }
        }
    }
}

Export-ModuleMember -Function Find-ModernSyntax

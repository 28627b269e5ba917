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

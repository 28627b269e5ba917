# -ComputerName and -Session: the command runs over there, in the module of that computer, and its objects
# come back as they were. They travel as text, because remoting by itself would flatten lists of objects and
# change the names of types, and with them the views.

# What runs over there. Secrets are in $Parameter, which remoting encrypts; text is not.
$script:OverThere = {
    param([string]$Command, [hashtable]$Parameter, [string]$InputText)

    if (-not (Get-Command -Name $Command -Module SmtpRelay -ErrorAction Ignore)) {
        Import-Module -Name SmtpRelay -ErrorAction Stop
    }
    if ($InputText) {
        $Parameter['InputObject'] = & (Get-Module -Name SmtpRelay) { RestoreRelayObject -Value ([System.Management.Automation.PSSerializer]::Deserialize($args[0])) } $InputText
    }
    & $Command @Parameter | ForEach-Object { [System.Management.Automation.PSSerializer]::Serialize($_, 6) }
    if ($Parameter.ContainsKey('As')) {
        # A plug-in tells by its exit code, which would stay over there.
        [System.Management.Automation.PSSerializer]::Serialize([pscustomobject]@{ PSTypeName = 'SmtpRelay.ExitCode'; Code = $global:LASTEXITCODE }, 2)
    }
}

# Parameters that mean something only on this side.
$script:NotForOverThere = @(
    'ComputerName', 'Session', 'InputObject', 'ErrorAction', 'WarningAction', 'InformationAction', 'ProgressAction', 'ErrorVariable'
    'WarningVariable', 'InformationVariable', 'OutVariable', 'OutBuffer', 'PipelineVariable'
)

function InvokeOverThere {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][System.Collections.IDictionary]$Bound,
        # The form of a plug-in that is answered in; a failure is then a text too, and $LASTEXITCODE is set.
        [AllowEmptyString()][string]$Plugin = ''
    )

    $codes = [System.Collections.Generic.List[int]]::new()
    $parameter = @{}
    foreach ($name in @($Bound.Keys)) {
        if ($script:NotForOverThere -contains $name) {
            continue
        }
        $parameter[$name] = $Bound[$name]
        if ($Bound[$name] -is [switch]) {
            $parameter[$name] = [bool]$Bound[$name]
        }
    }
    $command = $Cmdlet.MyInvocation.MyCommand
    if ($WhatIfPreference -and $command.Parameters.ContainsKey('WhatIf')) {
        $parameter['WhatIf'] = $true
    }
    $inputText = ''
    if ($Bound.ContainsKey('InputObject')) {
        $inputText = [System.Management.Automation.PSSerializer]::Serialize($Bound['InputObject'], 6)
    }
    $target = @{ ScriptBlock = $script:OverThere; ArgumentList = $command.Name, $parameter, $inputText }
    if ($Bound['Session']) {
        $target['Session'] = $Bound['Session']
    } else {
        $target['ComputerName'] = $Bound['ComputerName']
    }
    $problem = $null
    $failures = [System.Collections.Generic.List[object]]::new()
    try {
        Invoke-Command @target -ErrorAction SilentlyContinue -ErrorVariable problem | ForEach-Object {
            $object = RestoreRelayObject -Value ([System.Management.Automation.PSSerializer]::Deserialize([string]$_))
            if ($null -ne $object -and $object.PSObject.TypeNames[0] -eq 'SmtpRelay.ExitCode') {
                $codes.Add($object.Code)
                return
            }
            if ($null -ne $object -and $object.PSObject.TypeNames[0] -like 'SmtpRelay.*') {
                $object.PSObject.Properties.Add([System.Management.Automation.PSNoteProperty]::new('PSComputerName', [string]$_.PSComputerName))
            }
            $object
        }
    } catch {
        # No way there: WinRM does not run, the session is closed.
        $failures.Add((GetThrownRecord -Thrown $_))
    }
    foreach ($record in $problem) {
        if ($record -is [System.Management.Automation.ErrorRecord]) {
            $failures.Add((ConvertFromRemoteError -Record $record))
        }
    }
    foreach ($failure in $failures) {
        if ($Plugin) {
            $answer = FormatPlugin -Check (NewStoppedCheck -Problem $failure -Status Unknown) -As $Plugin
            $answer.Text
            $codes.Add($answer.ExitCode)
        } else {
            $Cmdlet.WriteError($failure)
        }
    }
    if ($Plugin) {
        $global:LASTEXITCODE = SelectPluginCode -Code $codes.ToArray()
    }
}

# The same error, in the name of the command on this side.
function ConvertFromRemoteError {
    param([Parameter(Mandatory)][System.Management.Automation.ErrorRecord]$Record)

    $id = $Record.FullyQualifiedErrorId.Split(',')[0]
    $same = [System.Management.Automation.ErrorRecord]::new($Record.Exception, $id, $Record.CategoryInfo.Category, $Record.TargetObject)
    $same.ErrorDetails = $Record.ErrorDetails
    $same
}

# Gives an object that was read from text its type name back, and its lists their types.
function RestoreRelayObject {
    param([AllowNull()][object]$Value)

    if ($null -eq $Value) {
        return $null
    }
    $type = $Value.PSObject.TypeNames[0]
    if ($Value -is [System.Collections.ArrayList]) {
        $list = @(foreach ($item in $Value) { RestoreRelayObject -Value $item })
        $name = ($type -replace '^Deserialized\.') -as [type]
        if ($name -and $name.IsArray) {
            return , ($list -as $name)
        }
        return , $list
    }
    if ($type -notmatch '^Deserialized\.(SmtpRelay\.|System\.Management\.Automation\.PSCustomObject$)') {
        return $Value
    }
    $bag = [ordered]@{}
    foreach ($property in $Value.PSObject.Properties) {
        if ($property.MemberType -eq 'NoteProperty') {
            $bag[$property.Name] = RestoreRelayObject -Value $property.Value
        }
    }
    $object = [pscustomobject]$bag
    if ($type -like 'Deserialized.SmtpRelay.*') {
        $object.PSObject.TypeNames.Insert(0, $type.Substring('Deserialized.'.Length))
    }
    $object
}

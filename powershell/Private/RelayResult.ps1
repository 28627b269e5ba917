# Makes PowerShell objects of what a method answers, by the contract in schemas/: PascalCase names,
# DateTime in local time, TimeSpan for seconds, and the type name SmtpRelay.<definition>. The contract
# is read at the first answer, and each method's plan is made once.

# Definitions that have another name in PowerShell.
$script:TypeTitle = @{ Relay = 'Service' }

$script:Schema = @{}
$script:ResultPlan = @{}
$script:DefinitionPlan = @{}

function GetRelaySchema {
    param([Parameter(Mandatory)][ValidateSet('control', 'relay')][string]$Name)

    if (-not $script:Schema.ContainsKey($Name)) {
        $path = [System.IO.Path]::Combine($script:ModuleRoot, 'schemas', "$Name.schema.json")
        $script:Schema[$Name] = ConvertFromRelayJson -Text (ReadTextFile -Path $path)
    }
    $script:Schema[$Name]
}

function GetResultPlan {
    param([Parameter(Mandatory)][string]$Method)

    if (-not $script:ResultPlan.ContainsKey($Method)) {
        $schema = GetRelaySchema -Name control
        $script:ResultPlan[$Method] = NewResultPlan -Node $schema['properties'][$Method]['properties']['result'] -File control
    }
    $script:ResultPlan[$Method]
}

# A plan is { Kind; Type; Item; Members }: Kind says what to do with a value.
function NewResultPlan {
    param(
        [Parameter(Mandatory)][System.Collections.IDictionary]$Node,
        [Parameter(Mandatory)][string]$File,
        [string]$Unit
    )

    $reference = [string]$Node['$ref']
    if ($reference) {
        $parts = $reference.Split('#')
        if ($parts[0]) {
            $File = $parts[0].Split('.')[0]
        }
        return GetDefinitionPlan -File $File -Definition $parts[1].Split('/')[-1]
    }
    if ($Node['unit']) {
        $Unit = $Node['unit']
    }
    $type = @($Node['type'] | Where-Object { $_ -and $_ -ne 'null' }) -join ''
    if ($type -eq 'array') {
        return @{ Kind = 'Array'; Item = NewResultPlan -Node $Node['items'] -File $File -Unit $Unit }
    }
    if ($type -eq 'object') {
        return @{ Kind = 'Object'; Type = ''; Members = @(NewMemberPlan -Node $Node -File $File -Definition '') }
    }
    $kind = 'Text'
    if ([string]$Node['format'] -like 'date-time*') {
        $kind = 'DateTime'
    } elseif ($type -eq 'integer' -or $type -eq 'number') {
        $kind = @{ integer = 'Integer'; number = 'Number' }[$type]
        if ($Unit -eq 's') {
            $kind = 'Seconds'
        } elseif ($Unit -eq 'ms') {
            $kind = 'Milliseconds'
        }
    } elseif ($type -eq 'boolean') {
        $kind = 'Boolean'
    }
    @{ Kind = $kind }
}

function GetDefinitionPlan {
    param([string]$File, [string]$Definition)

    $key = "$File/$Definition"
    if (-not $script:DefinitionPlan.ContainsKey($key)) {
        $node = (GetRelaySchema -Name $File)['$defs'][$Definition]
        if ($Definition -eq 'SmartHost' -or $Definition -eq 'Binding') {
            $plan = @{ Kind = $Definition }
        } elseif ([string]$node['type'] -eq 'object') {
            $title = $Definition
            if ($script:TypeTitle.ContainsKey($Definition)) {
                $title = $script:TypeTitle[$Definition]
            }
            $plan = @{
                Kind    = 'Object'
                Type    = "SmtpRelay.$title"
                Members = @(NewMemberPlan -Node $node -File $File -Definition $Definition)
            }
        } else {
            $plan = NewResultPlan -Node $node -File $File
        }
        $script:DefinitionPlan[$key] = $plan
    }
    $script:DefinitionPlan[$key]
}

function NewMemberPlan {
    param([System.Collections.IDictionary]$Node, [string]$File, [string]$Definition)

    if (-not $Node['properties']) {
        return
    }
    foreach ($name in $Node['properties'].Keys) {
        @{
            Name  = $name
            Title = ($name.Substring(0, 1).ToUpperInvariant() + $name.Substring(1)) -creplace '^Ip(?=[A-Z])', 'IP'
            Plan  = NewResultPlan -Node $Node['properties'][$name] -File $File
        }
    }
}

# Emits each object of a list by itself.
function ConvertFromRelayResult {
    param([AllowNull()][object]$Value, [Parameter(Mandatory)][hashtable]$Plan)

    if ($Plan.Kind -eq 'Array') {
        foreach ($item in $Value) {
            ConvertFromRelayResult -Value $item -Plan $Plan.Item
        }
    } elseif ($null -eq $Value) {
        return
    } elseif ($Plan.Kind -eq 'Object') {
        $bag = [ordered]@{}
        foreach ($member in $Plan.Members) {
            $raw = $Value[$member.Name]
            # The plain kinds are converted in place: a call for each would double the time of a long list.
            if ($member.Plan.Kind -eq 'Array') {
                $bag[$member.Title] = ConvertFromRelayArray -Value $raw -Item $member.Plan.Item
            } elseif ($null -eq $raw) {
                $bag[$member.Title] = $null
            } elseif ($member.Plan.Kind -eq 'Text') {
                $bag[$member.Title] = [string]$raw
            } elseif ($member.Plan.Kind -eq 'Integer') {
                $bag[$member.Title] = [long]$raw
            } else {
                $bag[$member.Title] = ConvertFromRelayResult -Value $raw -Plan $member.Plan
            }
        }
        $object = [pscustomobject]$bag
        if ($Plan.Type) {
            $object.PSObject.TypeNames.Insert(0, $Plan.Type)
        }
        $object
    } else {
        ConvertFromRelayScalar -Value $Value -Kind $Plan.Kind
    }
}

# A property that is a list stays a list, empty or not.
function ConvertFromRelayArray {
    param([AllowNull()][object]$Value, [Parameter(Mandatory)][hashtable]$Item)

    $type = @{
        Text         = [string[]]
        SmartHost    = [string[]]
        Binding      = [string[]]
        DateTime     = [datetime[]]
        Seconds      = [timespan[]]
        Milliseconds = [timespan[]]
        Integer      = [long[]]
        Number       = [double[]]
        Boolean      = [bool[]]
        Object       = [object[]]
    }[$Item.Kind]
    $list = @(foreach ($element in $Value) { ConvertFromRelayResult -Value $element -Plan $Item })
    , ($list -as $type)
}

function ConvertFromRelayScalar {
    param([object]$Value, [string]$Kind)

    switch ($Kind) {
        'Text' {
            if ($Value -is [datetime]) {
                return $Value.ToUniversalTime().ToString('o')
            }
            return [string]$Value
        }
        'Integer' { return [long]$Value }
        'Number' { return [double]$Value }
        'Boolean' { return [bool]$Value }
        'Seconds' { return [timespan]::FromTicks([long]([math]::Round([double]$Value * 1000) * [timespan]::TicksPerMillisecond)) }
        'Milliseconds' { return [timespan]::FromTicks([long]([double]$Value * [timespan]::TicksPerMillisecond)) }
        'SmartHost' { return FormatSmartHost -Value $Value }
        'Binding' { return FormatBinding -Value $Value }
        'DateTime' {
            if ($Value -is [datetime]) {
                return $Value.ToLocalTime()
            }
            $culture = [System.Globalization.CultureInfo]::InvariantCulture
            $style = [System.Globalization.DateTimeStyles]::RoundtripKind
            return [datetime]::Parse([string]$Value, $culture, $style).ToLocalTime()
        }
        default { throw "There is no conversion for '$Kind'." }
    }
}

# Failures as ErrorRecords with a stable id. The id is the problem's id in the engine's catalogue, or
# one of the module's own where the engine was not reached.

$script:ProblemCategory = @{
    ParseError         = 'ParserError'
    InvalidRequest     = 'ProtocolError'
    MethodNotFound     = 'NotImplemented'
    InternalError      = 'InvalidResult'
    InvalidParameter   = 'InvalidArgument'
    InvalidSettings    = 'InvalidArgument'
    OpenRelay          = 'SecurityError'
    NotFound           = 'ObjectNotFound'
    AlreadyExists      = 'ResourceExists'
    StorageFailed      = 'WriteError'
    NotAccepted        = 'InvalidData'
    Busy               = 'ResourceBusy'
    CertificateRefused = 'InvalidData'
    InUse              = 'ResourceBusy'
    SourceUnreadable   = 'InvalidData'
    ImportRefused      = 'SecurityError'
    SettingsUnreadable = 'InvalidData'
    DataFolderUnusable = 'PermissionDenied'
    DataFolderInUse    = 'ResourceBusy'
    AddressInUse       = 'ResourceBusy'
    ListenFailed       = 'ResourceUnavailable'
    UsageError         = 'InvalidArgument'
}

function NewRelayError {
    param(
        [Parameter(Mandatory)][string]$Id,
        [Parameter(Mandatory)][string]$Message,
        [Parameter(Mandatory)][System.Management.Automation.ErrorCategory]$Category,
        [object]$Target,
        [string]$Action
    )

    $exception = [System.InvalidOperationException]::new($Message)
    $record = [System.Management.Automation.ErrorRecord]::new($exception, "SmtpRelay.$Id", $Category, $Target)
    if ($Action) {
        $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($Message)
        $record.ErrorDetails.RecommendedAction = $Action
    }
    $record
}

# Turns the error member of a JSON-RPC answer into records: one for each wrong value, or else one.
function ConvertFromRelayProblem {
    param(
        [Parameter(Mandatory)][System.Collections.IDictionary]$Problem,
        [object]$Target
    )

    $data = $Problem['data']
    $id = 'InternalError'
    $action = ''
    $details = @()
    if ($data -is [System.Collections.IDictionary]) {
        if ($data['id']) {
            $id = [string]$data['id']
        }
        $action = [string]$data['action']
        $details = @($data['problems'] | Where-Object { $_ -is [System.Collections.IDictionary] })
    } elseif ($Problem['code'] -eq -32601) {
        $id = 'MethodNotFound'
    } elseif ($Problem['code'] -eq -32602) {
        $id = 'InvalidParameter'
    }

    $category = GetProblemCategory -Id $id -Code $Problem['code']
    if ($details.Count -eq 0 -or $category -ne 'InvalidArgument') {
        if ($details.Count -gt 0 -and $null -ne $details[0]['value']) {
            $Target = $details[0]['value']
        }
        $record = @{
            Id       = $id
            Message  = [string]$Problem['message']
            Category = $category
            Target   = $Target
            Action   = $action
        }
        return NewRelayError @record
    }

    foreach ($detail in $details) {
        $detailId = $id
        if ($detail['id']) {
            $detailId = [string]$detail['id']
        }
        $value = $detail['value']
        $record = @{
            Id       = $detailId
            Message  = FormatProblemDetail -Path ([string]$detail['path']) -Value $value -Text ([string]$detail['message'])
            Category = GetProblemCategory -Id $detailId -Code $Problem['code']
            Target   = $value
            Action   = $action
        }
        if ($null -eq $value) {
            $record.Target = $Target
        }
        NewRelayError @record
    }
}

function GetProblemCategory {
    param([string]$Id, [object]$Code)

    if ($script:ProblemCategory.ContainsKey($Id)) {
        return $script:ProblemCategory[$Id]
    }
    if ($Code -eq -32602) {
        return 'InvalidArgument'
    }
    'NotSpecified'
}

# "retryInterval[0] '0' must be between 1 and 604800."
function FormatProblemDetail {
    param([string]$Path, [object]$Value, [string]$Text)

    $parts = @()
    if ($Path) {
        $parts += $Path
    }
    if ($Value -is [string] -or $Value -is [valuetype]) {
        $parts += "'{0}'" -f $Value
    }
    $parts += $Text
    $sentence = $parts -join ' '
    if ($sentence -notmatch '[.?!]$') {
        $sentence += '.'
    }
    $sentence
}

# The record of what a catch block caught: ours as it was thrown, and any other with an id of the module.
function GetThrownRecord {
    param([Parameter(Mandatory)][System.Management.Automation.ErrorRecord]$Thrown)

    if ($Thrown.FullyQualifiedErrorId -like 'SmtpRelay.*') {
        return $Thrown
    }
    $exception = $Thrown.Exception
    while ($exception -is [System.Management.Automation.MethodInvocationException] -and $exception.InnerException) {
        $exception = $exception.InnerException
    }
    $category = $Thrown.CategoryInfo.Category
    if ($exception -is [System.UnauthorizedAccessException]) {
        $category = 'PermissionDenied'
    }
    $record = @{
        Id       = $exception.GetType().Name -replace 'Exception$'
        Message  = $exception.Message
        Category = $category
        Target   = $Thrown.TargetObject
    }
    NewRelayError @record
}

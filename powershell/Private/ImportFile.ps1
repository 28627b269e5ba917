# Files that Import-SmtpMessage puts into the queue.

# Sends one file, and then leaves, moves or removes it: both, or neither. Emits { Result; End }; End when the
# next file would fare no better.
function ImportMessageFile {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][System.IO.FileInfo]$File,
        [Parameter(Mandatory)][System.Collections.IDictionary]$Parameter,
        [Parameter(Mandatory)][ValidateSet('Left', 'Moved', 'Removed')][string]$After,
        [string]$Folder
    )

    $state = @{ Sent = $null; Problem = @(); File = 'Left'; Place = $File.FullName; Trouble = '' }
    if ($After -ne 'Left' -and $File.IsReadOnly) {
        $state.Problem = @(NewFileFailed -Path $File.FullName -Reason 'It is read-only, so it could not be put away and would be sent again.')
    } else {
        try {
            SendMessageFile -Path $File.FullName -Parameter $Parameter -State $state
        } finally {
            # Also when Ctrl+C was pressed meanwhile: a file that is in the queue must not be sent again.
            if ($state.Sent) {
                PutImportedFileAway -File $File -After $After -Folder $Folder -State $state
            }
        }
    }
    $end = $false
    foreach ($problem in $state.Problem) {
        $Cmdlet.WriteError((NewNotImportedError -Path $File.FullName -Problem $problem))
        $end = $end -or $problem.FullyQualifiedErrorId -notmatch '\.(NotAccepted|InvalidParameter|FileFailed)$'
    }
    if ($state.Trouble) {
        $Cmdlet.WriteError((NewFileFailed -Path $File.FullName -Reason $state.Trouble))
    }
    @{ Result = NewImportResult -Path $File.FullName -State $state; End = $end }
}

function PutImportedFileAway {
    param(
        [Parameter(Mandatory)][System.IO.FileInfo]$File,
        [Parameter(Mandatory)][string]$After,
        [string]$Folder,
        [Parameter(Mandatory)][hashtable]$State
    )

    try {
        if ($After -eq 'Removed') {
            [System.IO.File]::Delete($File.FullName)
        } elseif ($After -eq 'Moved') {
            $null = [System.IO.Directory]::CreateDirectory($Folder)
            $place = [System.IO.Path]::Combine($Folder, $File.Name)
            if ([System.IO.File]::Exists($place)) {
                $place = [System.IO.Path]::Combine($Folder, "$($State.Sent.InternalMessageId)-$($File.Name)")
            }
            [System.IO.File]::Move($File.FullName, $place)
            $State.Place = $place
        }
        $State.File = $After
    } catch {
        $State.Trouble = "It is in the queue as $($State.Sent.InternalMessageId), but it could not be put away, so " +
            "do not send it again: $($_.Exception.GetBaseException().Message)"
    }
}

function NewNotImportedError {
    param([string]$Path, [System.Management.Automation.ErrorRecord]$Problem)

    $record = @{
        Id       = $Problem.FullyQualifiedErrorId -replace '^SmtpRelay\.'
        Category = $Problem.CategoryInfo.Category
        Message  = $Problem.Exception.Message
        Target   = $Path
    }
    if ($record.Message -notlike "*$Path*") {
        $record.Message = "The file '$Path' was not put into the queue: $($record.Message)"
    }
    if ($Problem.ErrorDetails) {
        $record.Action = $Problem.ErrorDetails.RecommendedAction
    }
    NewRelayError @record
}

function NewImportResult {
    param([string]$Path, [hashtable]$State)

    $bag = [ordered]@{
        PSTypeName        = 'SmtpRelay.ImportResult'
        Path              = $Path
        Result            = 'Refused'
        File              = $State.File
        Place             = $State.Place
        InternalMessageId = $null
        FromAddress       = $null
        Recipients        = [string[]]@()
        Size              = $null
        Subject           = $null
        Reason            = (@($State.Problem | ForEach-Object { $_.Exception.Message }) + $State.Trouble) -join ' '
    }
    if ($State.File -eq 'Removed') {
        $bag.Place = $null
    }
    if ($State.Sent) {
        $bag.Result = 'Imported'
        foreach ($name in 'InternalMessageId', 'FromAddress', 'Recipients', 'Size', 'Subject') {
            $bag[$name] = $State.Sent.$name
        }
    }
    if (-not $bag.Reason.Trim()) {
        $bag.Reason = $null
    }
    [pscustomobject]$bag
}

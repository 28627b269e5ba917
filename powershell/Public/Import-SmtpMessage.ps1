function Import-SmtpMessage {
    <#
    .SYNOPSIS
    Puts the messages of a folder into the queue, and tells what became of each file.

    .DESCRIPTION
    For the files of another server's Queue, Pickup or BadMail folder, or of Export-SmtpMessage. Sender and
    recipients are those of the lines x-sender: and x-receiver: at the beginning of a file, else those of its
    header, or those given here. The oldest file is sent first. A file that is refused is an error and stays
    where it is; the others go on. Ctrl+C ends the command between two files; none is half taken, and the
    results tell which were. MaxMessageSize and MaxRecipientsPerMessage (Set-SmtpRelayConfiguration) are the
    limits. Files in which programs wrote leading dots twice belong into the Pickup folder.

    .PARAMETER Path
    A folder, or files. Wildcards are allowed.

    .PARAMETER Include
    Which files of a folder. '*.eml' if not given.

    .PARAMETER Recurse
    Also the folders in the folder.

    .PARAMETER Sender
    The sender of all, instead of that of each file. An empty text is the null sender of reports.

    .PARAMETER Recipient
    The recipients of all, instead of those of each file.

    .PARAMETER MoveTo
    A folder for the files that are in the queue now; it is made when it is missing. A file whose name is taken
    there gets its queue id in front.

    .PARAMETER Remove
    Removes the files that are in the queue now.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Import-SmtpMessage -Path D:\Rescue\Queue -MoveTo D:\Rescue\Done

    Sends all .eml files of a folder, and moves away what is in the queue.

    .EXAMPLE
    Get-ChildItem -Path *.BAD | Import-SmtpMessage -Recipient postmaster@contoso.com | Where-Object -Property Result -EQ -Value Refused

    Sends files to one recipient, and shows those that were not taken.

    .OUTPUTS
    SmtpRelay.ImportResult, one for each file, with Path, Result (Imported, Refused), File (Left, Moved,
    Removed), InternalMessageId, FromAddress, Recipients, Size, Subject and Reason.

    .LINK
    Submit-SmtpMessage

    .LINK
    Export-SmtpMessage

    .LINK
    Restart-SmtpBadMail
    #>
    [CmdletBinding(DefaultParameterSetName = 'Leave', SupportsShouldProcess)]
    [OutputType('SmtpRelay.ImportResult')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('FullName')]
        [SupportsWildcards()]
        [string]$Path,

        [string]$Include = '*.eml',

        [switch]$Recurse,

        [AllowEmptyString()]
        [string]$Sender,

        [string[]]$Recipient,

        [Parameter(ParameterSetName = 'MoveTo', Mandatory)]
        [string]$MoveTo,

        [Parameter(ParameterSetName = 'Remove', Mandatory)]
        [switch]$Remove,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    begin {
        $progress = NewWorkProgress -Activity 'Putting messages into the queue'
        $import = @{
            Cmdlet    = $PSCmdlet
            Parameter = SelectEnvelope -Bound $PSBoundParameters
            After     = 'Left'
            Folder    = ''
        }
        $action = 'Put into the queue'
        if ($Remove) {
            $import.After = 'Removed'
            $action = 'Put into the queue, then remove the file'
        } elseif ($MoveTo) {
            $import.After = 'Moved'
            $action = "Put into the queue, then move the file to $MoveTo"
        }
        $ended = $false
    }

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        if ($ended) {
            return
        }
        if ($MoveTo) {
            # Only here: over there it is a folder of that computer, on a drive that this one may not have.
            $import.Folder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($MoveTo)
        }
        $files = @(GetInputFile -Cmdlet $PSCmdlet -Path $Path -Include $Include -Recurse:$Recurse)
        $progress.Total = $progress.Done + $files.Count
        foreach ($file in $files) {
            if (-not $Recipient -and (TestLostEnvelope -File $file)) {
                $PSCmdlet.WriteWarning("'$($file.FullName)' has lost its envelope: To, Cc and Bcc of its header are taken, which may not be who was meant, and hidden recipients are lost. Compare, or give -Recipient.")
            }
            if ($PSCmdlet.ShouldProcess($file.FullName, $action)) {
                $result = ImportMessageFile -File $file @import
                $result.Result
                $ended = $result.End
            }
            if ($ended) {
                break
            }
            StepWorkProgress -Cmdlet $PSCmdlet -Progress $progress
        }
    }

    end {
        StopWorkProgress -Cmdlet $PSCmdlet -Progress $progress
    }
}

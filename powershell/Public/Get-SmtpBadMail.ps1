function Get-SmtpBadMail {
    <#
    .SYNOPSIS
    Shows the mail that could neither be delivered nor returned.

    .DESCRIPTION
    Such mail lies in the BadMail folder of the data folder: reports that nobody takes, files of the Pickup
    folder that cannot be sent, and what was found damaged. It is removed when it is older than BadMailMaxAge,
    and the oldest first when the folder is larger than BadMailMaxSize (Set-SmtpRelayConfiguration). The newest
    is shown first.

    .PARAMETER Identity
    The name of the file without its ending. Wildcards are allowed: * is everything.

    .PARAMETER Filter
    A condition on the properties, such as "Reason -like '*5.1.1*' -and Size -gt 1MB". Operators: -eq -ne
    -gt -ge -lt -le -like -notlike -contains -notcontains, joined with -and, -or, -not and parentheses. All
    messages are read for it, which takes a while in a folder with many files.

    .PARAMETER SortOrder
    The properties to sort by, with + (ascending) or - (descending) in front: '+Size,-Timestamp'.

    .PARAMETER ResultSize
    The most to return, a number or Unlimited. 1000 if not given.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpBadMail

    Shows the newest 1000.

    .EXAMPLE
    Get-SmtpBadMail -Filter "Recipients -contains 'jo@example.com'" | Format-List

    Shows what was for one recipient, with the reason in full and the path of the file.

    .OUTPUTS
    SmtpRelay.BadMail with Identity, Timestamp, FromAddress, Recipients, Subject, Size, Reason and File.

    .LINK
    Restart-SmtpBadMail

    .LINK
    Clear-SmtpBadMail
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity')]
    [OutputType('SmtpRelay.BadMail')]
    param(
        [Parameter(ParameterSetName = 'Identity', Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [Parameter(ParameterSetName = 'Filter', Mandatory)]
        [string]$Filter,

        [string[]]$SortOrder,

        [ValidatePattern('^([0-9]+|Unlimited)$')]
        [string]$ResultSize,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters
        WriteRelayList -Cmdlet $PSCmdlet -Method badmail.list -Parameter $parameter -Noun 'bad mail' -Timeout $script:LongScan
    }
}

function Get-SmtpCapturedMessage {
    <#
    .SYNOPSIS
    Shows the messages that connectors of type Capture kept, the newest first.

    .DESCRIPTION
    A connector of type Capture takes mail and sends nothing, which is what a test server wants. Its messages
    are files in the Captured folder of the data folder, with their envelope in front. They go by themselves
    with the limits of bad mail (Set-SmtpRelayConfiguration -BadMailMaxAge, -BadMailMaxSize).

    .PARAMETER Identity
    The name of the file without its ending. Wildcards are allowed; without a name all are shown.

    .PARAMETER ResultSize
    The most messages to return, a number or Unlimited. 1000 if not given.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpCapturedMessage

    Shows what was captured.

    .EXAMPLE
    Get-SmtpCapturedMessage | Where-Object -Property Subject -Like -Value 'Invoice*' | ForEach-Object { Get-Content -Path $_.File }

    Reads the invoices that a program under test sent.

    .EXAMPLE
    Get-SmtpCapturedMessage -ResultSize 1 | ForEach-Object { Submit-SmtpMessage -Path $_.File }

    Sends the newest one once more, to the recipients it was for.

    .OUTPUTS
    SmtpRelay.CapturedMessage with Identity, Timestamp, FromAddress, Recipients, Subject, Size, File.

    .LINK
    Clear-SmtpCapturedMessage

    .LINK
    New-SmtpConnector
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.CapturedMessage')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

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
        WriteRelayResult -Cmdlet $PSCmdlet -Method captured.list -Parameter $parameter -Target $Identity
    }
}

function Resolve-SmtpStatus {
    <#
    .SYNOPSIS
    Tells what a reply of a mail server means, and what to do about it.

    .DESCRIPTION
    Knows the replies that administrators meet: of Microsoft 365, Google, Amazon SES, SendGrid, of firewalls,
    and the general ones of RFC 5321 and RFC 3463. The same is shown as LastErrorMeaning and LastErrorAction of
    queues and messages.

    .PARAMETER Reply
    The reply as it was heard, or only its codes.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Resolve-SmtpStatus '550 5.7.64'

    Tells that no inbound connector of the tenant matches this relay, and what to look at.

    .EXAMPLE
    Get-SmtpMessage | Where-Object -Property LastError | Resolve-SmtpStatus | Sort-Object -Property Meaning -Unique

    Tells what holds up the messages that wait.

    .OUTPUTS
    SmtpRelay.StatusMeaning with Status, About, Meaning, Action.

    .LINK
    Get-SmtpQueue

    .LINK
    Test-SmtpConnector
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.StatusMeaning')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('LastError')]
        [string]$Reply,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $found = @(WriteRelayResult -Cmdlet $PSCmdlet -Method status.resolve -Parameter @{ status = $Reply } -Target $Reply)
        if ($found.Count -eq 0) {
            Write-Warning "Nothing is known about '$Reply'."
        }
        $found
    }
}

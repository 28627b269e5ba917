function Get-SmtpClientReport {
    <#
    .SYNOPSIS
    Shows who uses this relay: messages, senders, recipients' domains, encryption and accounts of each client.

    .DESCRIPTION
    Counts the tracking log of the relay: what was taken from each source address and account, those with
    most messages first. With Path it counts protocol logs instead, also of the IIS SMTP service, so that one
    knows before a migration which programs and devices there are; no relay is needed for that. What a log
    does not say is empty: W3C logs with few fields know neither senders nor recipients.

    .PARAMETER Days
    The days to look back. 30 if not given; with Path, everything.

    .PARAMETER Path
    Protocol log files, patterns, or folders.

    .PARAMETER ClientIP
    Only this source address.

    .PARAMETER GroupBy
    Client counts each address and account by itself, ClientIP each address, Account each account.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpClientReport -Days 7

    Shows who sent mail in the last week.

    .EXAMPLE
    Get-SmtpClientReport -Path C:\Windows\System32\LogFiles\SMTPSVC1 | Export-Csv -Path clients.csv -NoTypeInformation

    Lists the clients of an old server.

    .EXAMPLE
    Get-SmtpClientReport | Where-Object { $_.TlsVersions -contains 'None' -and -not $_.Authenticated }

    Shows who still sends in the clear and without logging on.

    .OUTPUTS
    SmtpRelay.ClientSummary with ClientIP, HostName, Account, Messages, Recipients, Senders,
    RecipientDomains, TlsVersions, LastSeen.

    .LINK
    Get-SmtpTrackingLog

    .LINK
    Get-SmtpLog
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.ClientSummary')]
    param(
        [ValidateRange(1, 36500)]
        [int]$Days,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('FullName', 'PSPath')]
        [SupportsWildcards()]
        [string[]]$Path,

        [Alias('IPAddress')]
        [string]$ClientIP,

        [ValidateSet('Client', 'ClientIP', 'Account')]
        [string]$GroupBy = 'Client',

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    begin {
        $places = [System.Collections.Generic.List[string]]::new()
    }

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        if ($Path) {
            $places.AddRange($Path)
        }
    }

    end {
        # What was asked of other computers is answered by them alone.
        if ($places.Count -eq 0 -and ($ComputerName -or $Session)) {
            return
        }
        $query = @{}
        if ($ClientIP) {
            $query['clientIP'] = $ClientIP
        }
        if ($places.Count -eq 0 -and -not $Days) {
            $Days = 30
        }
        if ($Days) {
            $query['start'] = ConvertToMethodValue -Value ([datetime]::Now.AddDays(-$Days))
        }
        $question = @{ kind = 'clients'; query = $query; groupBy = $GroupBy }
        if ($places.Count -gt 0) {
            $question['paths'] = @(GetInputFile -Cmdlet $PSCmdlet -Path $places -Include '*.log' -Recurse | ForEach-Object { $_.FullName })
            if ($question['paths'].Count -eq 0) {
                return
            }
        } else {
            $question['folder'] = GetLogFolder -Cmdlet $PSCmdlet -Log tracking
            if (-not $question['folder']) {
                return
            }
        }
        WriteLogAnswer -Cmdlet $PSCmdlet -Question $question -Definition ClientSummary
    }
}

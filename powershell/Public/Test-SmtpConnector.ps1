function Test-SmtpConnector {
    <#
    .SYNOPSIS
    Tries a connector step by step, as its servers meet it, and names what is wrong.

    .DESCRIPTION
    Looks up each smart host (or the MX hosts of -Recipient), connects to each address, hears the greeting, says
    EHLO, begins TLS and looks at chain and name of the certificate, logs on, and offers sender and recipient; it
    takes them back with RSET, so no message is sent unless -Send is said. Before that it looks at the route of
    the recipient, at the credential, and gets a token where one is needed.

    Each step is an object, written as soon as it is done, with Status (Passed, Warning, Failed, Skipped), what was
    seen, the words of the server (Reply), what to do (Action) and the time it took. After a step that failed the
    rest of that server is left out. Ctrl+C ends the test.

    .PARAMETER Identity
    The name of the connector, without wildcards. Without it the connector that takes the mail for -Recipient, or
    else all that are enabled.

    .PARAMETER Recipient
    An address that is offered to the servers; its route is shown.

    .PARAMETER Sender
    The sender that is offered; an empty text for the null sender. Without it the mailbox that logs on, or the
    postmaster.

    .PARAMETER Send
    Sends a short message to the recipient.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Test-SmtpConnector -Identity Microsoft365

    Tries everything but sender and recipient.

    .EXAMPLE
    Test-SmtpConnector -Recipient someone@example.com

    Shows through which connector mail for this address goes, and tries it with its servers.

    .EXAMPLE
    Test-SmtpConnector -Identity Microsoft365 -Recipient me@contoso.com -Send | Where-Object -Property Status -NE -Value Passed | Format-List

    Sends a message, and shows what is not as it should be.

    .OUTPUTS
    SmtpRelay.ConnectorTest with Connector, Target, Step, Status, Detail, Reply, Action, Elapsed.

    .LINK
    Get-SmtpConnector

    .LINK
    Set-SmtpConnectorCredential

    .LINK
    Resolve-SmtpStatus
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.ConnectorTest')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [string]$Recipient,

        [AllowEmptyString()]
        [string]$Sender,

        [switch]$Send,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $names = @($Identity)
        if (-not $Identity -and -not $Recipient) {
            $names = @(WriteRelayResult -Cmdlet $PSCmdlet -Method connector.list | Where-Object -Property Enabled | ForEach-Object -MemberName Name)
        }
        foreach ($name in $names) {
            $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ Identity = 'name' }
            if ($name) {
                $parameter.name = $name
            }
            WriteConnectorTest -Cmdlet $PSCmdlet -Parameter $parameter
        }
    }
}

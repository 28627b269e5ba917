function Test-RelayRestriction {
    <#
    .SYNOPSIS
    Says whether a client may relay, which rule decides, and which way the mail would take.

    .DESCRIPTION
    Asks the relay what it would do, without sending anything. Without a recipient the question is about
    any recipient of the Internet.

    .PARAMETER IPAddress
    The address of the client, IPv4 or IPv6.

    .PARAMETER Sender
    The sender address (reverse-path).

    .PARAMETER Recipient
    The recipient address; it decides whether an accepted domain or a connector comes in.

    .PARAMETER Account
    The account that the client logged in with.

    .PARAMETER ClientCertificate
    The certificate that the client showed: its thumbprint (SHA-1 or SHA-256), or CN=name for one of an
    authority that the relay trusts.

    .PARAMETER Listener
    The listener that the client connected to.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Test-RelayRestriction -IPAddress 10.20.30.40 -Recipient jo@example.com

    Says whether this client may send to that recipient, why, and by which connector.

    .EXAMPLE
    '10.0.0.5', '192.0.2.7' | Test-RelayRestriction | Where-Object -Property Allowed -EQ -Value $false

    Shows the clients that may not relay.

    .OUTPUTS
    SmtpRelay.RelayDecision with IPAddress, Allowed, Rule, Connector, Reason.

    .LINK
    Get-RelayRestriction
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.RelayDecision')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('ClientIP')]
        [string]$IPAddress,

        [string]$Sender,

        [string]$Recipient,

        [string]$Account,

        [string]$ClientCertificate,

        [string]$Listener,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ IPAddress = 'ipAddress' }
        WriteRelayResult -Cmdlet $PSCmdlet -Method restriction.test -Parameter $parameter -Target $IPAddress
    }
}

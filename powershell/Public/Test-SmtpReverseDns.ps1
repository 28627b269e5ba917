function Test-SmtpReverseDns {
    <#
    .SYNOPSIS
    Looks at the name of an address by DNS, as mail servers do.

    .DESCRIPTION
    Asks, on the relay's computer and with its DNS servers, for the name of an address (PTR), and whether that
    name leads back to the address. Many mail servers refuse mail from addresses where it does not, and so
    does a listener with ReverseDns Require. With -HostName the name must also be that one: for the relay's own
    public address, the name of Get-SmtpRelay.

    .PARAMETER IPAddress
    The address: of a client, or the one that the Internet sees of the relay.

    .PARAMETER HostName
    The name it should have.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Test-SmtpReverseDns -IPAddress 203.0.113.25 -HostName (Get-SmtpRelay).Name

    Shows whether the relay's public address has the name that the relay greets with.

    .EXAMPLE
    Get-SmtpSession -Direction Inbound | Test-SmtpReverseDns

    Shows the names of the clients that are connected.

    .OUTPUTS
    SmtpRelay.ReverseDns with IPAddress, HostName, Status, Detail, Action.

    .LINK
    Test-SmtpRelay

    .LINK
    Set-SmtpListener
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.ReverseDns')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [string]$IPAddress,

        [Parameter(Position = 1)]
        [string]$HostName,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $parameter = @{ ipAddress = $IPAddress }
        if ($HostName) {
            $parameter.hostName = $HostName
        }
        WriteRelayResult -Cmdlet $PSCmdlet -Method reversedns.test -Parameter $parameter -Target $IPAddress
    }
}

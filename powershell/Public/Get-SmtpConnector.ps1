function Get-SmtpConnector {
    <#
    .SYNOPSIS
    Shows the connectors: the ways that mail leaves the relay.

    .DESCRIPTION
    For each recipient the connector with the most specific address space is taken, and among equals the
    one with the lower cost.

    .PARAMETER Identity
    The name. Wildcards are allowed; without a name all are shown.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpConnector

    Shows all.

    .EXAMPLE
    Get-SmtpConnector | Where-Object -Property TlsMode -EQ -Value Opportunistic

    Shows the connectors that may send in clear text.

    .OUTPUTS
    SmtpRelay.Connector with Name, Type, AddressSpaces, SmartHosts, Port, TlsMode, Enabled, and with
    RetryInterval and MessageExpirationTimeout, which are empty where the general ones hold.

    .LINK
    New-SmtpConnector

    .LINK
    Set-SmtpConnector

    .LINK
    Remove-SmtpConnector
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Connector')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [SupportsWildcards()]
        [string]$Identity,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        WriteByIdentity -Cmdlet $PSCmdlet -Method connector.list -Identity $Identity -Noun connector
    }
}

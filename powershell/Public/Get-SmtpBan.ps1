function Get-SmtpBan {
    <#
    .SYNOPSIS
    Shows the addresses that are kept out after too many failed log-ons.

    .DESCRIPTION
    A source address with MaxLogonFailures failed log-ons within LogonFailureWindow is banned for
    BanDuration (Set-SmtpRelayConfiguration): it gets 421 when it connects. In IPv6 the /64 network of the
    address counts and is banned. Bans survive a restart. This computer and the addresses of
    BanExemptIPRange are never banned.

    .PARAMETER IPAddress
    Only these addresses, as they are shown. Wildcards are allowed.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpBan

    Shows all bans in force.

    .EXAMPLE
    Get-SmtpBan -IPAddress 203.0.113.* | Remove-SmtpBan

    Lets the addresses of a network in again.

    .OUTPUTS
    SmtpRelay.Ban with IPAddress, Failures, Since, Expires.

    .LINK
    Remove-SmtpBan

    .LINK
    Set-SmtpRelayConfiguration
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Ban')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$IPAddress,

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
        WriteRelayResult -Cmdlet $PSCmdlet -Method ban.list -Parameter $parameter -Target $IPAddress
    }
}

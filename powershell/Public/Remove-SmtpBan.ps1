function Remove-SmtpBan {
    <#
    .SYNOPSIS
    Lets an address in again that was banned after too many failed log-ons.

    .DESCRIPTION
    The failed log-ons of the address are forgotten too. An address that is banned again and again, because
    many clients stand behind it, belongs into BanExemptIPRange of Set-SmtpRelayConfiguration.

    .PARAMETER IPAddress
    The address, or any address of the banned IPv6 network, without wildcards.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Remove-SmtpBan -IPAddress 203.0.113.7

    Ends the ban of this address.

    .EXAMPLE
    Get-SmtpBan | Remove-SmtpBan

    Ends all bans.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpBan
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([void])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
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
        if ($PSCmdlet.ShouldProcess("ban of $IPAddress", 'Remove')) {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method ban.remove -Parameter @{ ipAddress = $IPAddress } -Target $IPAddress
        }
    }
}

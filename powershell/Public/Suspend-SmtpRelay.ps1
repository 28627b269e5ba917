function Suspend-SmtpRelay {
    <#
    .SYNOPSIS
    Refuses new clients, holds all deliveries, or both.

    .DESCRIPTION
    New clients get 421 4.3.2 and come again later; sessions that are open go on. Deliveries that are on
    their way end, and no other starts; mail is not returned as too old meanwhile. It stays so over a
    restart, and Get-SmtpRelay shows it.

    .PARAMETER Inbound
    Only new clients. Without -Inbound and -Outbound both are meant.

    .PARAMETER Outbound
    Only deliveries.

    .PARAMETER Reason
    Why, for other administrators: Get-SmtpRelay shows it.

    .PARAMETER PassThru
    Returns the state of the relay.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Suspend-SmtpRelay -Reason 'Moving to the new server'

    Takes no mail and sends none.

    .EXAMPLE
    Suspend-SmtpRelay -Outbound -PassThru

    Takes mail, but keeps it in the queues.

    .OUTPUTS
    None, or SmtpRelay.Service with -PassThru.

    .LINK
    Resume-SmtpRelay

    .LINK
    Suspend-SmtpQueue
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Service')]
    param(
        [switch]$Inbound,

        [switch]$Outbound,

        [string]$Reason,

        [switch]$PassThru,

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
        $target = (@('Inbound', 'Outbound') | Where-Object { $PSBoundParameters[$_] }) -join ', '
        if (-not $target) {
            $target = 'Inbound, Outbound'
        }
        if ($PSCmdlet.ShouldProcess($target, 'Suspend')) {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method relay.suspend -Parameter $parameter
            if ($PassThru) {
                Get-SmtpRelay
            }
        }
    }
}

function Resume-SmtpRelay {
    <#
    .SYNOPSIS
    Takes mail and delivers it again.

    .DESCRIPTION
    Ends what Suspend-SmtpRelay began. Queues and messages that are suspended by themselves stay so.

    .PARAMETER Inbound
    Only new clients. Without -Inbound and -Outbound both are meant.

    .PARAMETER Outbound
    Only deliveries.

    .PARAMETER PassThru
    Returns the state of the relay.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Resume-SmtpRelay

    Takes mail and sends it again.

    .EXAMPLE
    Resume-SmtpRelay -Inbound -WhatIf

    Says what would be done.

    .OUTPUTS
    None, or SmtpRelay.Service with -PassThru.

    .LINK
    Suspend-SmtpRelay

    .LINK
    Suspend-SmtpQueue
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Service')]
    param(
        [switch]$Inbound,

        [switch]$Outbound,

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
        if ($PSCmdlet.ShouldProcess($target, 'Resume')) {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method relay.resume -Parameter $parameter
            if ($PassThru) {
                Get-SmtpRelay
            }
        }
    }
}

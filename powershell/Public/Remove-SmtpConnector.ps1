function Remove-SmtpConnector {
    <#
    .SYNOPSIS
    Removes a connector; mail that waits for it is routed again.

    .DESCRIPTION
    Mail for its address spaces then takes the next best connector. With no connector left for a recipient
    the mail waits until there is one. The command asks first.

    .PARAMETER Identity
    The name of the connector, without wildcards.

    .PARAMETER Force
    Does not ask.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Remove-SmtpConnector -Identity Partner

    Asks, and removes the connector Partner.

    .EXAMPLE
    Get-SmtpConnector -Identity *test* | Remove-SmtpConnector -WhatIf

    Says which would be removed.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpConnector

    .LINK
    New-SmtpConnector
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([void])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [switch]$Force,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) {
            $ConfirmPreference = 'None'
        }
        if (ConfirmChange -Cmdlet $PSCmdlet -Target "connector $Identity" -Action 'Remove') {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method connector.remove -Parameter @{ name = $Identity } -Target $Identity
        }
    }
}

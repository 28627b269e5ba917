function Remove-SmtpListener {
    <#
    .SYNOPSIS
    Removes a listener; its sessions end after the message they are about.

    .DESCRIPTION
    Its ports are free at once. Sessions of other listeners go on. The command asks first.

    .PARAMETER Identity
    The name of the listener, without wildcards.

    .PARAMETER Force
    Does not ask.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Remove-SmtpListener -Identity Printers

    Asks, and removes the listener Printers.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpListener

    .LINK
    Disable-SmtpListener
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
        if (ConfirmChange -Cmdlet $PSCmdlet -Target "listener $Identity" -Action 'Remove') {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method listener.remove -Parameter @{ name = $Identity } -Target $Identity
        }
    }
}

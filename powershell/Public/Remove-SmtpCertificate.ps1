function Remove-SmtpCertificate {
    <#
    .SYNOPSIS
    Removes a certificate with its private key.

    .DESCRIPTION
    A certificate that a listener uses is not removed, unless -Force is given; the listener then goes on with
    its other certificates, or with the self-signed one of the relay. Files and stores that it was read from
    are left as they are. The command asks first.

    .PARAMETER Identity
    The name of the certificate, without wildcards.

    .PARAMETER Force
    Does not ask, and takes the certificate from the listeners that use it.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Remove-SmtpCertificate -Identity Old

    Asks, and removes the certificate Old if no listener uses it.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpCertificate

    .LINK
    Set-SmtpCertificate
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
        if (ConfirmChange -Cmdlet $PSCmdlet -Target "certificate $Identity" -Action 'Remove') {
            $parameter = @{ name = $Identity; force = [bool]$Force }
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method certificate.remove -Parameter $parameter -Target $Identity
        }
    }
}

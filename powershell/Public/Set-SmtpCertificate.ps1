function Set-SmtpCertificate {
    <#
    .SYNOPSIS
    Gives a certificate to listeners, or changes its comment.

    .DESCRIPTION
    A listener shows the first of its certificates to clients that do not ask for a name, and to those that do
    the one that has it. -Listener puts this one first and keeps the others. It holds for the next sessions;
    open ones go on.

    .PARAMETER Identity
    The name of the certificate, without wildcards. SelfSigned takes all others from the listeners.

    .PARAMETER Listener
    The listeners that use it from now on.

    .PARAMETER Comment
    A comment for administrators; an empty text removes it.

    .PARAMETER PassThru
    Returns the certificate.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-SmtpCertificate -Identity Relay -Listener Default, Submission

    Uses the certificate for two listeners.

    .EXAMPLE
    Set-SmtpCertificate -Identity Relay -Comment 'renewed by certbot' -PassThru

    Changes the comment and shows the certificate.

    .OUTPUTS
    None, or SmtpRelay.Certificate with -PassThru.

    .LINK
    Get-SmtpCertificate

    .LINK
    Set-SmtpListener
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Certificate')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [Alias('Listeners')]
        [string[]]$Listener,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Comment,

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
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ Identity = 'name'; Listener = 'listeners' }
        if ($parameter.Count -eq 1) {
            Write-Warning "Nothing was given to change for certificate $Identity."
        } elseif ($PSCmdlet.ShouldProcess("certificate $Identity", 'Change ' + (FormatChange -Parameter $parameter))) {
            $certificate = WriteRelayResult -Cmdlet $PSCmdlet -Method certificate.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $certificate
            }
        }
    }
}

function Get-SmtpCertificate {
    <#
    .SYNOPSIS
    Shows the certificates of the relay: for whom, how long, and who uses them.

    .DESCRIPTION
    Status is Valid, Expiring (less than 30 days), Expired, NotYetValid or Failed; Warnings and Error say what
    an administrator should know. SelfSigned is the one that the relay makes and renews by itself, for
    listeners without another. Pem is the certificate with its chain, for those who are to trust it. A
    private key is never shown.

    .PARAMETER Identity
    The name. Wildcards are allowed; without a name all are shown.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpCertificate

    Shows all.

    .EXAMPLE
    Get-SmtpCertificate | Where-Object -Property DaysLeft -LT -Value 30

    Shows those to be renewed soon.

    .EXAMPLE
    (Get-SmtpCertificate -Identity Root).Pem | Set-Content -Path root.pem

    Writes the root of the relay's own authority to a file, for clients that are to trust it.

    .OUTPUTS
    SmtpRelay.Certificate with Name, Status, DaysLeft, Subject, DnsNames, NotAfter, Thumbprint, UsedBy, Warnings.

    .LINK
    Import-SmtpCertificate

    .LINK
    New-SmtpCertificate

    .LINK
    Remove-SmtpCertificate
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Certificate')]
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
        WriteByIdentity -Cmdlet $PSCmdlet -Method certificate.list -Identity $Identity -Noun certificate
    }
}

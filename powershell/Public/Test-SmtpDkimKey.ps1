function Test-SmtpDkimKey {
    <#
    .SYNOPSIS
    Looks whether DNS has the record of a DKIM key.

    .DESCRIPTION
    The relay asks the DNS servers that it uses for mail, and judges the record as a verifier would. Status is
    Valid, Missing, Mismatch (another key), Invalid, Revoked, or Unknown where DNS did not answer.

    .PARAMETER Identity
    The name in DNS, selector._domainkey.domain, without wildcards. Without a name all keys are tested.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Test-SmtpDkimKey

    Tests all.

    .EXAMPLE
    Test-SmtpDkimKey -Identity 2026._domainkey.contoso.com | Format-List

    Shows what was found and what to do.

    .OUTPUTS
    SmtpRelay.DkimTest with Name, Status, Message, Hint, Found.

    .LINK
    Get-SmtpDkimKey

    .LINK
    Set-SmtpDkimKey
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.DkimTest')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
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
        $names = @($Identity)
        if (-not $Identity) {
            $names = @(WriteRelayResult -Cmdlet $PSCmdlet -Method dkim.list | ForEach-Object -MemberName Name)
        }
        foreach ($name in $names) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method dkim.test -Parameter @{ name = $name } -Target $name
        }
    }
}

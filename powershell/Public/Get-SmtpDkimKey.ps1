function Get-SmtpDkimKey {
    <#
    .SYNOPSIS
    Shows the DKIM keys that outgoing mail is signed with, and their DNS records.

    .DESCRIPTION
    The private keys are never shown. Error says why a key can't sign; then mail goes out without its signature.

    .PARAMETER Identity
    The name in DNS, selector._domainkey.domain. Wildcards are allowed; without a name all are shown.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpDkimKey

    Shows all.

    .EXAMPLE
    Get-SmtpDkimKey -Identity *contoso.com | Format-List RecordName, RecordStrings

    Shows what belongs into the zone file of a domain.

    .OUTPUTS
    SmtpRelay.DkimKey with Name, Domain, Selector, Algorithm, KeySize, Enabled, RecordName, RecordValue and
    RecordStrings, which is the value in strings of at most 255 characters.

    .LINK
    New-SmtpDkimKey

    .LINK
    Import-SmtpDkimKey

    .LINK
    Test-SmtpDkimKey
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.DkimKey')]
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
        WriteByIdentity -Cmdlet $PSCmdlet -Method dkim.list -Identity $Identity -Noun 'DKIM key'
    }
}

function Get-SmtpDomain {
    <#
    .SYNOPSIS
    Shows the accepted domains: recipient domains with rights of their own.

    .DESCRIPTION
    To a domain with AllowRelay anybody may send, whatever the relay restriction says; this is for domains
    whose mail servers stand behind this relay. The same is so for a domain with a DropDirectory, the folder
    that its mail is written into.

    .PARAMETER Identity
    The name. Wildcards are allowed; without a name all are shown.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpDomain

    Shows all.

    .EXAMPLE
    Get-SmtpDomain -Identity *.example.com

    Shows the domain of that very name, or else all that match.

    .OUTPUTS
    SmtpRelay.Domain with Name, AllowRelay, DropDirectory.

    .LINK
    New-SmtpDomain

    .LINK
    Set-SmtpDomain

    .LINK
    Remove-SmtpDomain
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Domain')]
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
        WriteByIdentity -Cmdlet $PSCmdlet -Method domain.list -Identity $Identity -Noun domain
    }
}

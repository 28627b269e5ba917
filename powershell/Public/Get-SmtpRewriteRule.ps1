function Get-SmtpRewriteRule {
    <#
    .SYNOPSIS
    Shows the rules that change senders, recipients and header fields.

    .DESCRIPTION
    They are worked through by Priority, and those of the same priority in the order they are shown.

    .PARAMETER Identity
    The name. Wildcards are allowed; without a name all are shown.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpRewriteRule

    Shows all.

    .EXAMPLE
    Get-SmtpRewriteRule | Where-Object -Property Type -EQ -Value Recipient

    Shows the rules that send mail to others than it was for.

    .OUTPUTS
    SmtpRelay.RewriteRule with Name, Type, Priority, Address, NewAddress, HeaderAction, HeaderName, Enabled and the conditions.

    .LINK
    New-SmtpRewriteRule

    .LINK
    Set-SmtpRewriteRule

    .LINK
    Remove-SmtpRewriteRule
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.RewriteRule')]
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
        WriteByIdentity -Cmdlet $PSCmdlet -Method rewrite.list -Identity $Identity -Noun 'rewrite rule'
    }
}

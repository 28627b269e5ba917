function Get-SmtpAccount {
    <#
    .SYNOPSIS
    Shows the accounts that clients may log in with (SMTP AUTH).

    .DESCRIPTION
    Passwords are kept only as hashes and are never shown.

    .PARAMETER Identity
    The name. Wildcards are allowed; without a name all are shown.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpAccount

    Shows all.

    .EXAMPLE
    Get-SmtpAccount | Where-Object -Property LastLogon -EQ -Value $null

    Shows the accounts that nobody used since the relay started.

    .OUTPUTS
    SmtpRelay.Account with Name, Enabled, SendAs, AllowedRecipients, RemoteIPRanges, MaxMessagesPerHour, LastLogon.

    .LINK
    New-SmtpAccount

    .LINK
    Set-SmtpAccount

    .LINK
    Remove-SmtpAccount
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Account')]
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
        WriteByIdentity -Cmdlet $PSCmdlet -Method account.list -Identity $Identity -Noun account
    }
}

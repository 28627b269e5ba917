function Get-SmtpAccount {
    <#
    .SYNOPSIS
    Shows the accounts that clients may log in with (SMTP AUTH).

    .DESCRIPTION
    Passwords are kept only as hashes and are never shown.

    .PARAMETER Identity
    The name. Wildcards are allowed; without a name all are shown.

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
        [string]$Identity
    )

    process {
        WriteByIdentity -Cmdlet $PSCmdlet -Method account.list -Identity $Identity -Noun account
    }
}

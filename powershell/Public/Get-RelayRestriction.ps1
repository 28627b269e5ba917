function Get-RelayRestriction {
    <#
    .SYNOPSIS
    Shows who may relay: whose mail is accepted for any recipient.

    .DESCRIPTION
    Emits one object for each entry of the list. In mode OnlyListed nobody but the entries may relay; in
    mode AllExceptListed everybody but the entries may, which is an open relay. AllowAuthenticated lets
    clients relay that logged in, whatever the list says. An empty list gives one object without an entry.

    .EXAMPLE
    Get-RelayRestriction

    Shows the list.

    .EXAMPLE
    Get-RelayRestriction | Where-Object -Property Comment -EQ -Value 'old printer' | Remove-RelayRestriction

    Removes the entries with that comment.

    .OUTPUTS
    SmtpRelay.RelayRestriction with Mode, Entry, AllowAuthenticated, Comment.

    .LINK
    Set-RelayRestriction

    .LINK
    Add-RelayRestriction

    .LINK
    Test-RelayRestriction
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.RelayRestriction')]
    param()

    process {
        foreach ($restriction in WriteRelayResult -Cmdlet $PSCmdlet -Method restriction.get) {
            ConvertToRestrictionEntry -Restriction $restriction
        }
    }
}

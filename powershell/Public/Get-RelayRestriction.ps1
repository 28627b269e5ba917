function Get-RelayRestriction {
    <#
    .SYNOPSIS
    Shows who may relay: whose mail is accepted for any recipient.

    .DESCRIPTION
    Emits one object for each entry of the list. In mode OnlyListed nobody but the entries may relay; in
    mode AllExceptListed everybody but the entries may, which is an open relay. AllowAuthenticated lets
    clients relay that logged in, whatever the list says. An empty list gives one object without an entry.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

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
    param(
        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        foreach ($restriction in WriteRelayResult -Cmdlet $PSCmdlet -Method restriction.get) {
            ConvertToRestrictionEntry -Restriction $restriction
        }
    }
}

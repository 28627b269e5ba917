function New-SmtpAccount {
    <#
    .SYNOPSIS
    Adds an account that clients log in with (SMTP AUTH).

    .DESCRIPTION
    The password is kept only as a hash. Whether an account gives the right to relay is
    AllowAuthenticated of Set-RelayRestriction.

    .PARAMETER Name
    The account name; no spaces.

    .PARAMETER Password
    The password, at least 8 characters, as a SecureString.

    .PARAMETER Credential
    Name and password in one, as Get-Credential makes it.

    .PARAMETER Enabled
    Whether clients may log in with it. Yes, if not given.

    .PARAMETER SendAs
    The senders the account may use, in the envelope and in From: addresses, or wildcards such as
    *@example.com. Anything else is refused with 550 5.7.60. Any, if not given.

    .PARAMETER AllowedRecipient
    The recipients that the account may send to; wildcards are allowed. An empty list means any.

    .PARAMETER RemoteIPRange
    The addresses the account may log on from: single addresses, networks such as 10.0.0.0/8, or ranges.
    Any, if not given.

    .PARAMETER MaxMessagesPerHour
    The number of messages in any hour, after which the client gets 450 and tries again later. No limit, if not given.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    New-SmtpAccount -Name scanner -Password (Read-Host -AsSecureString -Prompt Password)

    Asks for the password and adds the account.

    .EXAMPLE
    New-SmtpAccount -Credential (Get-Credential)

    Asks for name and password and adds the account.

    .EXAMPLE
    New-SmtpAccount -Credential (Get-Credential) -SendAs scanner@example.com -RemoteIPRange 10.1.0.0/16 -MaxMessagesPerHour 500

    Adds an account that can do little harm when its password becomes known.

    .OUTPUTS
    SmtpRelay.Account with Name, Enabled, SendAs, AllowedRecipients, RemoteIPRanges, MaxMessagesPerHour, LastLogon.

    .LINK
    Get-SmtpAccount

    .LINK
    Set-RelayRestriction
    #>
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Password')]
    [OutputType('SmtpRelay.Account')]
    param(
        [Parameter(ParameterSetName = 'Password', Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [string]$Name,

        [Parameter(ParameterSetName = 'Password', Mandatory, Position = 1)]
        [securestring]$Password,

        [Parameter(ParameterSetName = 'Credential', Mandatory)]
        [pscredential]$Credential,

        [bool]$Enabled,

        [AllowEmptyCollection()]
        [string[]]$SendAs,

        [Alias('AllowedRecipients')]
        [AllowEmptyCollection()]
        [string[]]$AllowedRecipient,

        [AllowEmptyCollection()]
        [string[]]$RemoteIPRange,

        [Nullable[int]]$MaxMessagesPerHour,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ RemoteIPRange = 'remoteIPRanges'; AllowedRecipient = 'allowedRecipients' }
        if ($PSCmdlet.ParameterSetName -eq 'Credential') {
            $parameter.name = $Credential.UserName
            $parameter.password = ConvertToMethodValue -Value $Credential.Password
        }
        if ($PSCmdlet.ShouldProcess("account $($parameter.name)", 'Add')) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method account.create -Parameter $parameter -Target $parameter.name
        }
    }
}

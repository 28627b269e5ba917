function Set-SmtpAccount {
    <#
    .SYNOPSIS
    Changes an account: its password, what it may do, or whether it may log in.

    .DESCRIPTION
    The change holds at once, also for sessions that are logged in: with another password, or locked, they
    are strangers from the next message on.

    .PARAMETER Identity
    The name of the account.

    .PARAMETER Password
    The new password, at least 8 characters, as a SecureString.

    .PARAMETER Credential
    The new password in a credential, as Get-Credential makes it; its user name is the account.

    .PARAMETER Enabled
    Whether clients may log in with it.

    .PARAMETER SendAs
    The senders the account may use, in the envelope and in From: addresses, or wildcards such as
    *@example.com. Anything else is refused with 550 5.7.60. An empty list allows any.

    .PARAMETER AllowedRecipient
    The recipients that the account may send to; wildcards are allowed. An empty list means any.

    .PARAMETER RemoteIPRange
    The addresses the account may log on from: single addresses, networks such as 10.0.0.0/8, or ranges.
    An empty list allows any.

    .PARAMETER MaxMessagesPerHour
    The number of messages in any hour, after which the client gets 450 and tries again later. $null sets no
    limit.

    .PARAMETER PassThru
    Returns the account.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-SmtpAccount -Identity scanner -Password (Read-Host -AsSecureString -Prompt Password)

    Asks for the new password and sets it.

    .EXAMPLE
    Get-SmtpAccount | Set-SmtpAccount -Enabled $false

    Locks all accounts.

    .EXAMPLE
    Set-SmtpAccount -Identity scanner -SendAs *@example.com -MaxMessagesPerHour 500

    Lets it send as addresses of example.com only, and not more than 500 messages an hour.

    .OUTPUTS
    None, or SmtpRelay.Account with -PassThru.

    .LINK
    Get-SmtpAccount
    #>
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Password')]
    [OutputType('SmtpRelay.Account')]
    param(
        [Parameter(ParameterSetName = 'Password', Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [Parameter(ParameterSetName = 'Password')]
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

        [switch]$PassThru,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ Identity = 'name'; RemoteIPRange = 'remoteIPRanges'; AllowedRecipient = 'allowedRecipients' }
        if ($PSCmdlet.ParameterSetName -eq 'Credential') {
            $parameter.name = $Credential.UserName
            $parameter.password = ConvertToMethodValue -Value $Credential.Password
        }
        if ($parameter.Count -eq 1) {
            Write-Warning "Nothing was given to change for account $($parameter.name)."
        } elseif ($PSCmdlet.ShouldProcess("account $($parameter.name)", 'Change ' + (FormatChange -Parameter $parameter))) {
            $account = WriteRelayResult -Cmdlet $PSCmdlet -Method account.set -Parameter $parameter -Target $parameter.name
            if ($PassThru) {
                $account
            }
        }
    }
}

function Set-SmtpAccount {
    <#
    .SYNOPSIS
    Changes the password of an account, or locks or unlocks it.

    .DESCRIPTION
    The change holds for the next log-on; sessions that are logged in already end as they began.

    .PARAMETER Identity
    The name of the account.

    .PARAMETER Password
    The new password, at least 8 characters, as a SecureString.

    .PARAMETER Credential
    The new password in a credential, as Get-Credential makes it; its user name is the account.

    .PARAMETER Enabled
    Whether clients may log in with it.

    .PARAMETER PassThru
    Returns the account.

    .EXAMPLE
    Set-SmtpAccount -Identity scanner -Password (Read-Host -AsSecureString -Prompt Password)

    Asks for the new password and sets it.

    .EXAMPLE
    Get-SmtpAccount | Set-SmtpAccount -Enabled $false

    Locks all accounts.

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

        [switch]$PassThru
    )

    process {
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ Identity = 'name' }
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

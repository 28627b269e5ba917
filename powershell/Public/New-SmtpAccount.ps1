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

    .EXAMPLE
    New-SmtpAccount -Name scanner -Password (Read-Host -AsSecureString -Prompt Password)

    Asks for the password and adds the account.

    .EXAMPLE
    New-SmtpAccount -Credential (Get-Credential)

    Asks for name and password and adds the account.

    .OUTPUTS
    SmtpRelay.Account with Name, Enabled, LastLogon.

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

        [bool]$Enabled
    )

    process {
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters
        if ($PSCmdlet.ParameterSetName -eq 'Credential') {
            $parameter.name = $Credential.UserName
            $parameter.password = ConvertToMethodValue -Value $Credential.Password
        }
        if ($PSCmdlet.ShouldProcess("account $($parameter.name)", 'Add')) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method account.create -Parameter $parameter -Target $parameter.name
        }
    }
}

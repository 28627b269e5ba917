function Set-RelayRestriction {
    <#
    .SYNOPSIS
    Replaces the list of who may relay, its mode, or the right of authenticated clients.

    .DESCRIPTION
    Give only what is to change; -IPAddress replaces the whole list. When the result would let anyone
    relay, the command asks first; -Force or -Confirm:$false answers yes beforehand, and where nobody can
    be asked it fails and changes nothing.

    .PARAMETER Mode
    OnlyListed: nobody but the entries may relay. AllExceptListed: everybody but the entries may relay;
    this opens the relay to strangers.

    .PARAMETER IPAddress
    The whole list: addresses, networks such as 10.0.0.0/8, or ranges such as 10.0.0.1-10.0.0.9, IPv4 or
    IPv6. An empty list @() lists nobody.

    .PARAMETER AllowAuthenticated
    Whether clients that logged in may relay, whatever the list says.

    .PARAMETER ClientCertificate
    The whole list of certificates of clients that may relay, whatever the list says: thumbprints (SHA-1 or
    SHA-256), or CN=name for certificates of an authority that this computer trusts. Listeners ask for them
    with -ClientCertificate Request or Require.

    .PARAMETER Comment
    A comment for the entries given with -IPAddress.

    .PARAMETER Force
    Does not ask, even when the relay becomes open to everyone.

    .PARAMETER PassThru
    Returns the new list.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-RelayRestriction -IPAddress 127.0.0.0/8, ::1, 10.20.0.0/16 -Comment 'servers'

    Lets this computer and one network relay, and nobody else.

    .EXAMPLE
    Set-RelayRestriction -AllowAuthenticated $false -PassThru

    Takes the right to relay from accounts, and shows the list.

    .EXAMPLE
    Set-RelayRestriction -ClientCertificate 5D41402ABC4B2A76B9719D911017C592AE2D3F10

    Lets the holder of this certificate relay.

    .OUTPUTS
    None, or SmtpRelay.RelayRestriction with -PassThru.

    .LINK
    Get-RelayRestriction

    .LINK
    Add-RelayRestriction

    .LINK
    Test-RelayRestriction
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.RelayRestriction')]
    param(
        [ValidateSet('OnlyListed', 'AllExceptListed')]
        [string]$Mode,

        [Parameter(Position = 0)]
        [Alias('Entry')]
        [AllowEmptyCollection()]
        [string[]]$IPAddress,

        [bool]$AllowAuthenticated,

        [AllowEmptyCollection()]
        [string[]]$ClientCertificate,

        [string]$Comment,

        [switch]$Force,

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
        $parameter = @{}
        if ($PSBoundParameters.ContainsKey('Mode')) {
            $parameter.mode = $Mode
        }
        if ($PSBoundParameters.ContainsKey('IPAddress')) {
            $parameter.entries = [object[]]@(NewEntryParameter -IPAddress $IPAddress -Comment $Comment)
        }
        if ($PSBoundParameters.ContainsKey('AllowAuthenticated')) {
            $parameter.allowAuthenticated = $AllowAuthenticated
        }
        if ($PSBoundParameters.ContainsKey('ClientCertificate')) {
            $parameter.clientCertificates = [object[]]@(foreach ($text in $ClientCertificate) { @{ certificate = $text } })
        }
        if ($parameter.Count -eq 0) {
            Write-Warning 'Nothing was given to change.'
            return
        }
        $said = @()
        foreach ($name in 'Mode', 'IPAddress', 'AllowAuthenticated', 'ClientCertificate') {
            if ($PSBoundParameters.ContainsKey($name)) {
                $said += '{0} to {1}' -f $name, (@($PSBoundParameters[$name]) -join ', ')
            }
        }
        if ($PSCmdlet.ShouldProcess('Relay restriction', 'Set ' + ($said -join '; '))) {
            $accept = $Force -or ($PSBoundParameters.ContainsKey('Confirm') -and -not $PSBoundParameters['Confirm'])
            $restriction = SetRestriction -Cmdlet $PSCmdlet -Method restriction.set -Parameter $parameter -Accept:$accept
            if ($PassThru -and $restriction) {
                ConvertToRestrictionEntry -Restriction $restriction
            }
        }
    }
}

function Get-SmtpListener {
    <#
    .SYNOPSIS
    Shows the listeners: the addresses and ports that mail clients connect to.

    .DESCRIPTION
    Status is Listening, Disabled, or Failed when a binding or its TLS does not work; Error then says why.

    .PARAMETER Identity
    The name. Wildcards are allowed; without a name all are shown.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpListener

    Shows all.

    .EXAMPLE
    Get-SmtpListener | Where-Object -Property Status -EQ -Value Failed | Format-List -Property Name, Bindings, Error

    Shows those that do not work, and why.

    .OUTPUTS
    SmtpRelay.Listener with Name, Bindings, Status, TlsMode, Certificates, AuthenticationMethods, Sessions and Error.

    .LINK
    New-SmtpListener

    .LINK
    Set-SmtpListener

    .LINK
    Test-SmtpListener
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Listener')]
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
        WriteByIdentity -Cmdlet $PSCmdlet -Method listener.list -Identity $Identity -Noun listener
    }
}

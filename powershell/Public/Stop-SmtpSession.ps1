function Stop-SmtpSession {
    <#
    .SYNOPSIS
    Ends an open SMTP session.

    .DESCRIPTION
    The session of a client ends with 421 after the reply it works on, so a message that is coming in is taken
    first; with -Force the connection is cut. A connection to a next hop ends with QUIT; when it carries a
    message it is cut, and the message is tried again. If it was cut in the moment between the end of the
    message and the server's reply, the message may arrive twice. No message is lost. The client may come
    back: keep it out with Set-SmtpListener -DeniedIPRange.

    .PARAMETER Identity
    The session, as Get-SmtpSession shows it.

    .PARAMETER Force
    Cuts the connection of a client at once, in the middle of a message too.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpSession -IPAddress 192.0.2.17 | Stop-SmtpSession

    Ends the sessions of a client.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpSession
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([void])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [string]$Identity,

        [switch]$Force,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        if ($PSCmdlet.ShouldProcess("session $Identity", 'End')) {
            $parameter = @{ identity = $Identity }
            if ($Force) {
                $parameter.force = $true
            }
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method session.stop -Parameter $parameter -Target $Identity
        }
    }
}

function Test-SmtpListener {
    <#
    .SYNOPSIS
    Connects to a listener as a mail client on the relay's computer, and tells each step.

    .DESCRIPTION
    Connects to each binding, hears the greeting, says EHLO, begins TLS, looks at the certificate as a client
    would, and sees what AUTH is offered. Each step is an object with Status (Passed, Warning, Failed, Skipped),
    what was seen, and what to do about it. After a step that failed the rest is left out. No message is sent.

    .PARAMETER Identity
    The name of the listener, without wildcards. Without a name all are tested.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Test-SmtpListener

    Tests all listeners.

    .EXAMPLE
    Test-SmtpListener -Identity Submission | Where-Object -Property Status -NE -Value Passed | Format-List

    Shows what is not as it should be, and what to do.

    .OUTPUTS
    SmtpRelay.ListenerTest with Listener, Binding, Step, Status, Detail, Action, Elapsed.

    .LINK
    Get-SmtpListener

    .LINK
    Get-SmtpCertificate
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.ListenerTest')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
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
        $names = @($Identity)
        if (-not $Identity) {
            $names = @(WriteRelayResult -Cmdlet $PSCmdlet -Method listener.list | ForEach-Object -MemberName Name)
        }
        foreach ($name in $names) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method listener.test -Parameter @{ name = $name } -Target $name
        }
    }
}

function Test-SmtpRelay {
    <#
    .SYNOPSIS
    Tells what is wrong with the relay and what to do about it.

    .DESCRIPTION
    Looks at the service, each listener, whether a stranger could relay (by the rules, and by an attempt from an
    address that is on no list; no message is sent), DNS, the name of our public address, the port outward, each
    connector (secret, token, server, certificate, last delivery), certificates in use, the oldest waiting
    message, disk, clock, logs, and who can read the control token. Each is an object with Status (Passed,
    Warning, Failed, Skipped), what was seen, and what to do. With -Deliverability also what receivers believe of
    a sender: whether SPF covers our addresses, whether the records of the DKIM keys that sign its mail are those
    of the keys, whether mail passes DMARC and by what, and whether its domain's MTA-STS policy fits its mail hosts.

    For monitoring, -As gives one text in the form of a plug-in and sets $LASTEXITCODE: 0 for well, 1 for a
    warning, 2 for broken, 3 when it could not be found out.

    .PARAMETER TimeServer
    Time server to compare the clock with, host, host:port or [IPv6]:port. Left out, pool.ntp.org; on Windows time.windows.com.

    .PARAMETER ProbeDomain
    Domain whose mail host is connected to where a connector sends directly. Left out, gmail.com. No mail is sent.

    .PARAMETER Deliverability
    Also looks at what receivers look at: SPF, DKIM, DMARC and MTA-STS.

    .PARAMETER Sender
    The sender whose domain -Deliverability looks at.

    .PARAMETER As
    Nagios (also Icinga, Checkmk's MRPE and NRPE), Checkmk (a local check) or PRTG (EXE/Script Advanced).

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Test-SmtpRelay | Where-Object -Property Status -In -Value Warning, Failed | Format-List

    Shows what is not as it should be, and what to do.

    .EXAMPLE
    pwsh -NoProfile -Command "Import-Module SmtpRelay; Test-SmtpRelay -As Nagios; exit `$LASTEXITCODE"

    Runs as a plug-in of Nagios.

    .EXAMPLE
    Test-SmtpRelay -Deliverability -Sender scanner@example.com

    Also shows whether receivers will believe mail of this sender.

    .OUTPUTS
    SmtpRelay.HealthCheck with Name, Target, Status, Detail, Action; with -As a string.

    .LINK
    Get-SmtpRelay

    .LINK
    Test-SmtpConnector

    .LINK
    Test-SmtpReverseDns
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.HealthCheck')]
    param(
        [string]$TimeServer,

        [string]$ProbeDomain,

        [switch]$Deliverability,

        [string]$Sender,

        [ValidateSet('Nagios', 'Checkmk', 'PRTG')]
        [string]$As,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Plugin $As
        }
        $bound = @{}
        foreach ($name in $PSBoundParameters.Keys) {
            if ($name -ne 'As') {
                $bound[$name] = $PSBoundParameters[$name]
            }
        }
        $parameter = ConvertToMethodParameter -Bound $bound
        if ($Deliverability) {
            $parameter.deliverability = $true
        }
        $answer = InvokeRelayMethod -Method health.test -Parameter $parameter -Timeout 180
        $checks = @($answer.Value)
        foreach ($problem in $answer.Problem) {
            # That it does not run is what a test is to tell.
            if ($problem.FullyQualifiedErrorId -eq 'SmtpRelay.RelayNotRunning') {
                $checks += NewStoppedCheck -Problem $problem
            } elseif ($As) {
                $checks += NewStoppedCheck -Problem $problem -Status Unknown
            } else {
                $PSCmdlet.WriteError($problem)
            }
        }
        if ($As) {
            $result = FormatPlugin -Check $checks -As $As
            $global:LASTEXITCODE = $result.ExitCode
            $result.Text
        } else {
            $checks
        }
    }
}

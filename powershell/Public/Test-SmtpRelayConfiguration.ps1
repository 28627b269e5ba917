function Test-SmtpRelayConfiguration {
    <#
    .SYNOPSIS
    Compares a file of wished settings with those in force, and shows the differences.

    .DESCRIPTION
    The file has the form of settings.json, whole or in part: only what it names is compared. Of a list with names
    (listeners, connectors, domains, accounts) the whole list is. No output means that all is as wished, so the command
    fits into desired state configuration. Passwords are not compared. Nothing is changed.

    .PARAMETER Path
    The file with the wished settings, JSON.

    .PARAMETER Quiet
    Returns only True (all is as wished) or False.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Test-SmtpRelayConfiguration -Path .\desired.json

    Shows each setting that differs.

    .EXAMPLE
    if (-not (Test-SmtpRelayConfiguration -Path .\desired.json -Quiet)) { Set-SmtpRelayConfiguration -MaxHopCount 20 }

    Changes a setting only when something differs.

    .OUTPUTS
    SmtpRelay.ConfigurationDifference with Path, Desired, Actual; or a Boolean with -Quiet.

    .LINK
    Set-SmtpRelayConfiguration

    .LINK
    Restore-SmtpRelayConfiguration
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.ConfigurationDifference')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Path,

        [switch]$Quiet,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
        if (-not [System.IO.File]::Exists($file)) {
            $PSCmdlet.WriteError((NewRelayError -Id 'NotFound' -Category ObjectNotFound -Target $Path -Message "There is no file '$file'."))
            return
        }
        $answer = InvokeRelayMethod -Method settings.compare -Parameter @{ content = ReadTextFile -Path $file } -Target $Path
        foreach ($problem in $answer.Problem) {
            $PSCmdlet.WriteError($problem)
        }
        if (@($answer.Problem).Count -gt 0) {
            return
        }
        if ($Quiet) {
            return @($answer.Value).Count -eq 0
        }
        $answer.Value
    }
}

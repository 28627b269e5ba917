function Uninstall-SmtpRelay {
    <#
    .SYNOPSIS
    Stops the relay and removes its service; the data folder stays, unless you want it removed.

    .DESCRIPTION
    Configuration, waiting mail and logs stay in the data folder, and Install-SmtpRelay takes them up again.
    With -RemoveData the data folder is deleted with all mail that waits in it. The command asks first.

    .PARAMETER RemoveData
    Deletes the data folder: configuration, waiting mail, BadMail and logs.

    .PARAMETER Force
    Does not ask.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Uninstall-SmtpRelay

    Asks, then stops the relay and removes its service.

    .EXAMPLE
    Uninstall-SmtpRelay -RemoveData -WhatIf

    Says what would be removed.

    .OUTPUTS
    None.

    .LINK
    Install-SmtpRelay
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([void])]
    param(
        [switch]$RemoveData,

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
        . ReadServiceCode
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) {
            $ConfirmPreference = 'None'
        }
        $dataPath = GetDataPath
        try {
            if (-not (TestRelayInstalled -DataPath $dataPath)) {
                throw (NewStoppedError -DataPath $dataPath)
            }
            $action = 'Uninstall and keep the data'
            if ($RemoveData) {
                $action = 'Uninstall and delete configuration, logs and all waiting mail'
            }
            if (ConfirmChange -Cmdlet $PSCmdlet -Target "SMTP relay in '$dataPath'" -Action $action) {
                UninstallRelay -DataPath $dataPath -RemoveData:$RemoveData
            }
        } catch {
            $PSCmdlet.WriteError((GetThrownRecord -Thrown $_))
        }
    }
}

# Rights on the data folder: administrators and the account that runs the relay, nobody else.

# The arguments of icacls. Well-known accounts are named by SID, because their names are translated.
function GetFolderRightsArgument {
    param(
        [Parameter(Mandatory)][string]$Path,
        [string[]]$Sid
    )

    $Path
    '/inheritance:r'
    foreach ($account in @('S-1-5-18', 'S-1-5-32-544') + @($Sid | Where-Object { $_ })) {
        '/grant:r'
        '*{0}:(OI)(CI)F' -f $account
    }
}

function SetFolderRights {
    param(
        [Parameter(Mandatory)][string]$Path,
        # The account of the service, on Windows.
        [string]$Sid = ''
    )

    if ($script:OnWindows) {
        if (-not $Sid -and -not (TestAdministrator)) {
            $Sid = [System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value
        }
        $command = 'icacls.exe'
        $argument = @(GetFolderRightsArgument -Path $Path -Sid $Sid)
    } else {
        $command = 'chmod'
        $argument = @('0700', $Path)
    }
    $run = InvokeProgram -Path $command -Argument $argument -Timeout 30
    if ($run.ExitCode -ne 0) {
        throw (NewRelayError -Id 'FolderRights' -Category PermissionDenied -Target $Path -Message (
                "The rights of the data folder '{0}' could not be set: {1}" -f $Path, $run.Failure))
    }
}

function Update-SmtpRelay {
    <#
    .SYNOPSIS
    Puts another version of SmtpRelay in the place of this one, and goes back when it does not come up.

    .DESCRIPTION
    Checks the package, ends the deliveries in flight, changes the module folder, and starts the relay again.
    When the new version does not serve, or is not as healthy as the old one was, the old one is put back and
    started. Configuration, mail and logs lie in the data folder and are not touched. Sessions of PowerShell that
    are open go on with the commands of the old version; open a new one afterwards.

    .PARAMETER Path
    The package: a .zip (on Linux also a .tar.gz), or the folder of an unpacked one.

    .PARAMETER Timeout
    The longest wait for deliveries in flight, a TimeSpan such as '00:01:00' or a number of seconds. 30
    seconds if not given.

    .PARAMETER Force
    Takes a version that is not newer too.

    .PARAMETER PassThru
    Returns the state of the relay.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Update-SmtpRelay -Path .\SmtpRelay-0.2.0-win-x64.zip -PassThru

    Updates the relay of this computer and shows its state.

    .OUTPUTS
    None, or SmtpRelay.Service with -PassThru.

    .LINK
    Install-SmtpRelay

    .LINK
    Get-SmtpRelay
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Service')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Path,

        [timespan]$Timeout = '00:00:30',

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
        . ReadServiceCode
        $unpacked = ''
        try {
            $dataPath = GetDataPath
            if (-not (TestRelayInstalled -DataPath $dataPath)) {
                throw (NewStoppedError -DataPath $dataPath)
            }
            if (Test-Path -LiteralPath ([System.IO.Path]::Combine($script:ModuleRoot, '.git'))) {
                throw (NewRelayError -Id 'WorkingCopy' -Category InvalidOperation -Target $script:ModuleRoot -Message "'$script:ModuleRoot' is a working copy of the sources, not an installed package." -Action 'Update it with git.')
            }
            $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
            if (-not (Test-Path -LiteralPath $file)) {
                throw (NewRelayError -Id 'NotFound' -Category ObjectNotFound -Target $Path -Message "There is no '$file'.")
            }
            $unpacked = ExpandPackage -Path $file
            $package = $unpacked
            if (-not [System.IO.File]::Exists([System.IO.Path]::Combine($package, 'SmtpRelay.psd1'))) {
                $package = [System.IO.Path]::Combine($unpacked, 'SmtpRelay')
            }
            AssertPackage -Folder $package -Path $Path
            $version = GetPackageVersion -Folder $package
            if (-not $Force -and [version]$version -le [version](GetModuleVersion)) {
                throw (NewRelayError -Id 'NotNewer' -Category InvalidArgument -Target $version -Message "Version $version is not newer than $(GetModuleVersion)." -Action 'Use -Force to go back or to repair.')
            }
            if ($PSCmdlet.ShouldProcess("SMTP relay in '$dataPath'", "Update to version $version")) {
                UpdateRelay -DataPath $dataPath -Package $package -Timeout ([timespan]::FromSeconds((ConvertToSecond -Value $Timeout)))
                if ($PassThru) {
                    GetServiceObject -DataPath $dataPath
                }
            }
        } catch {
            $PSCmdlet.WriteError((GetThrownRecord -Thrown $_))
        } finally {
            if ($unpacked -and [System.IO.Directory]::Exists($unpacked)) {
                Remove-Item -LiteralPath $unpacked -Recurse -Force -ErrorAction SilentlyContinue
            }
        }
    }
}

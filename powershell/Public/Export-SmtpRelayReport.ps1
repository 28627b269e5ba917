function Export-SmtpRelayReport {
    <#
    .SYNOPSIS
    Writes a report of the last days, a page with charts for a browser.

    .DESCRIPTION
    Messages that came in and went out, were put off and failed; who sends and where it goes; how long delivery
    took; what waits now; and the most frequent reasons for failures, with what to do. The page is one file that
    loads nothing from elsewhere, so it can be sent by mail or put on a web server. It is made from the tracking
    log, so it reaches back as far as that is kept (Set-SmtpLogging).

    .PARAMETER Path
    The file to write, such as report.html.

    .PARAMETER Days
    Days it tells of: 7 if left out, 90 at most.

    .PARAMETER Force
    Replaces a file that is there.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Export-SmtpRelayReport -Path report.html

    Writes the report of the last week.

    .EXAMPLE
    Export-SmtpRelayReport -Path month.html -Days 30 -Force

    Writes the report of the last 30 days, over the one of yesterday.

    .OUTPUTS
    System.IO.FileInfo: the file.

    .LINK
    Get-SmtpStatistic

    .LINK
    Get-SmtpTrackingLog
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([System.IO.FileInfo])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Path,

        [int]$Days,

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
        $file = $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
        if ([System.IO.File]::Exists($file) -and -not $Force) {
            $problem = @{
                Id       = 'FileExists'
                Category = 'ResourceExists'
                Message  = "The file '$file' exists already."
                Target   = $file
                Action   = 'Name another file, or say -Force to replace it.'
            }
            $PSCmdlet.WriteError((NewRelayError @problem))
            return
        }
        if (-not $PSCmdlet.ShouldProcess($file, 'Write the report')) {
            return
        }
        $parameter = @{}
        if ($PSBoundParameters.ContainsKey('Days')) {
            $parameter.days = $Days
        }
        foreach ($answer in WriteRelayResult -Cmdlet $PSCmdlet -Method report.create -Parameter $parameter -Timeout 600) {
            try {
                WriteTextFile -Path $file -Text $answer.Content
                [System.IO.FileInfo]::new($file)
            } catch {
                $PSCmdlet.WriteError((GetThrownRecord -Thrown $_))
            }
        }
    }
}

function Clear-SmtpCapturedMessage {
    <#
    .SYNOPSIS
    Removes messages that connectors of type Capture kept.

    .DESCRIPTION
    They are removed for good. Give a name, an age, or both.

    .PARAMETER Identity
    The name of the file without its ending. Wildcards are allowed; * means all.

    .PARAMETER OlderThan
    Only what has been there for longer.

    .PARAMETER Force
    Does not ask.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Clear-SmtpCapturedMessage -Identity * -Force

    Removes all, without asking, before the next test.

    .EXAMPLE
    Clear-SmtpCapturedMessage -OlderThan 1.00:00:00

    Asks, and removes what is older than a day.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpCapturedMessage
    #>
    [CmdletBinding(DefaultParameterSetName = 'OlderThan', SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([void])]
    param(
        [Parameter(ParameterSetName = 'Identity', Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [Parameter(ParameterSetName = 'OlderThan', Mandatory)]
        [Parameter(ParameterSetName = 'Identity')]
        [timespan]$OlderThan,

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
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters
        $target = $Identity
        if ($parameter.Contains('olderThan')) {
            $target = "$Identity older than $([timespan]::FromSeconds($parameter.olderThan))".Trim()
        }
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) {
            $ConfirmPreference = 'None'
        }
        if (ConfirmChange -Cmdlet $PSCmdlet -Target "Captured mail $target" -Action 'Remove for good') {
            [void](WriteRelayResult -Cmdlet $PSCmdlet -Method captured.clear -Parameter $parameter -Target $target)
        }
    }
}

function Clear-SmtpBadMail {
    <#
    .SYNOPSIS
    Removes bad mail for good.

    .DESCRIPTION
    Without this command it is removed when it is older than BadMailMaxAge, and the oldest first when the
    folder is larger than BadMailMaxSize (Set-SmtpRelayConfiguration). Nobody is told of what is removed. The
    command asks first. Ctrl+C ends it between two parts of the folder; what was removed stays removed.

    .PARAMETER Identity
    The name of the file without its ending. Wildcards are allowed: * is everything.

    .PARAMETER Filter
    A condition on the properties of Get-SmtpBadMail, such as "Subject -like 'Undeliverable*'". Operators: -eq -ne
    -gt -ge -lt -le -like -notlike -contains -notcontains, joined with -and, -or, -not and parentheses.

    .PARAMETER OlderThan
    Only what has been there for longer: a TimeSpan such as '30.00:00:00', or a number of seconds.

    .PARAMETER Force
    Does not ask.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Clear-SmtpBadMail -OlderThan 30.00:00:00

    Asks, and removes what is older than 30 days.

    .EXAMPLE
    Clear-SmtpBadMail -Filter "Subject -like 'Undeliverable*'" -Force

    Removes reports that nobody took, without asking.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpBadMail

    .LINK
    Set-SmtpRelayConfiguration
    #>
    [CmdletBinding(DefaultParameterSetName = 'OlderThan', SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([void])]
    param(
        [Parameter(ParameterSetName = 'Identity', Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [Parameter(ParameterSetName = 'Filter', Mandatory)]
        [string]$Filter,

        [Parameter(ParameterSetName = 'OlderThan', Mandatory)]
        [Parameter(ParameterSetName = 'Identity')]
        [Parameter(ParameterSetName = 'Filter')]
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
        $parts = @()
        if ($parameter.Contains('identity')) {
            $parts += $parameter.identity
        }
        if ($parameter.Contains('filter')) {
            $parts += "where $($parameter.filter)"
        }
        if ($parameter.Contains('olderThan')) {
            $parts += "older than $([timespan]::FromSeconds($parameter.olderThan))"
        }
        $target = $parts -join ' '
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) {
            $ConfirmPreference = 'None'
        }
        if (-not (ConfirmChange -Cmdlet $PSCmdlet -Target "Bad mail $target" -Action 'Remove for good')) {
            return
        }
        $progress = NewWorkProgress -Activity 'Removing bad mail'
        do {
            $answer = WriteRelayResult -Cmdlet $PSCmdlet -Method badmail.clear -Parameter $parameter -Target $target -Timeout $script:LongScan
            if ($answer) {
                StepWorkProgress -Cmdlet $PSCmdlet -Progress $progress -Count $answer.Removed
            }
        } while ($answer -and $answer.More)
        StopWorkProgress -Cmdlet $PSCmdlet -Progress $progress
    }
}

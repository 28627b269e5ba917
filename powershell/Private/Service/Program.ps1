# Runs a program and hears what it says. A program that leaves a child behind (the relay started in the
# background) may leave its pipes open; nobody waits for their end longer than a moment.

# Returns { ExitCode; Output; ErrorText; Failure }: Failure is one sentence, empty when all went well.
function InvokeProgram {
    param(
        [Parameter(Mandatory)][string]$Path,
        [string[]]$Argument = @(),
        # What it reads from its standard input, in UTF-8. Secrets go this way: others can see command lines.
        [AllowEmptyString()][string]$InputText = '',
        # Longest wait, in seconds.
        [double]$Timeout = 60,
        # Called about four times a second while waiting.
        [scriptblock]$WhileWaiting
    )

    $start = [System.Diagnostics.ProcessStartInfo]::new()
    $start.FileName = $Path
    $start.Arguments = ConvertToCommandLine -Argument $Argument
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.RedirectStandardInput = [bool]$InputText
    try {
        $process = [System.Diagnostics.Process]::Start($start)
    } catch {
        return [pscustomobject]@{ ExitCode = -1; Output = ''; ErrorText = ''; Failure = $_.Exception.InnerException.Message }
    }
    if ($InputText) {
        $bytes = [System.Text.Encoding]::UTF8.GetBytes($InputText)
        try {
            $process.StandardInput.BaseStream.Write($bytes, 0, $bytes.Length)
            $process.StandardInput.Close()
        } catch [System.IO.IOException] {
            # It ended without reading; its exit code and words say why.
            Write-Debug $_.Exception.Message
        }
    }
    $output = $process.StandardOutput.ReadToEndAsync()
    $errorText = $process.StandardError.ReadToEndAsync()
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not $process.WaitForExit(250)) {
        if ($clock.Elapsed.TotalSeconds -gt $Timeout) {
            $process.Kill()
            return [pscustomobject]@{ ExitCode = -1; Output = ''; ErrorText = ''; Failure = "$Path did not end within $Timeout seconds." }
        }
        if ($WhileWaiting) {
            $null = & $WhileWaiting
        }
    }
    $text = @('', '')
    $index = 0
    foreach ($task in $output, $errorText) {
        if ($task.Wait(1000)) {
            $text[$index] = $task.Result.Trim()
        }
        $index++
    }
    $result = [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $text[0]; ErrorText = $text[1]; Failure = '' }
    if ($result.ExitCode -ne 0) {
        $result.Failure = "$Path ended with code $($result.ExitCode)."
        $said = @(@($result.ErrorText, $result.Output) | Where-Object { $_ })
        if ($said.Count -gt 0) {
            $result.Failure = $said[0]
        }
    }
    $result
}

# A program whose failure is ours. Throws an ErrorRecord.
function InvokeSystemTool {
    param(
        [Parameter(Mandatory)][string]$Path,
        [string[]]$Argument,
        [AllowEmptyString()][string]$InputText = '',
        [double]$Timeout = 120
    )

    $run = InvokeProgram -Path $Path -Argument $Argument -InputText $InputText -Timeout $Timeout
    if ($run.ExitCode -ne 0) {
        throw (NewRelayError -Id 'ServiceHost' -Category InvalidOperation -Target $Path -Message (
                "'$Path $($Argument -join ' ')' failed: $($run.Failure)"))
    }
}

# One command line by the rules of the C runtime, which .NET reads back on Linux as well:
# backslashes count only before a quotation mark.
function ConvertToCommandLine {
    param([AllowEmptyCollection()][AllowEmptyString()][string[]]$Argument = @())

    $quoted = foreach ($text in $Argument) {
        if ($text -ne '' -and $text -notmatch '[\s"]') {
            $text
        } else {
            '"' + (($text -replace '(\\*)"', '$1$1\"') -replace '(\\+)$', '$1$1') + '"'
        }
    }
    @($quoted) -join ' '
}

function Submit-SmtpMessage {
    <#
    .SYNOPSIS
    Puts a message from a file or a text into the queue.

    .DESCRIPTION
    Sender and recipients are those of the lines x-sender: and x-receiver: at the beginning, as files of the
    Pickup, Queue and BadMail folders of IIS, Exchange and this relay have them, else those of the header, or
    those given here. The relay adds a Received line, and Date and Message-ID where they are missing, and takes
    Bcc away. MaxMessageSize and MaxRecipientsPerMessage (Set-SmtpRelayConfiguration) are the limits.

    .PARAMETER Path
    The file, usually .eml. Wildcards are allowed.

    .PARAMETER InputObject
    The whole message as one text (Get-Content -Raw).

    .PARAMETER Sender
    The sender, instead of that of the message. An empty text is the null sender of reports.

    .PARAMETER Recipient
    The recipients, instead of those of the message.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Submit-SmtpMessage -Path message.eml

    Sends a file that names sender and recipients in its first lines.

    .EXAMPLE
    Get-ChildItem -Path *.eml | Submit-SmtpMessage -Sender scanner@contoso.com -Recipient jo@example.com

    Sends files to one recipient.

    .EXAMPLE
    "Subject: Hello`r`n`r`nHow are you?" | Submit-SmtpMessage -Sender me@contoso.com -Recipient jo@example.com

    Sends a text.

    .OUTPUTS
    SmtpRelay.Submission with InternalMessageId, FromAddress, Recipients, Size, Subject.

    .LINK
    Import-SmtpMessage

    .LINK
    Export-SmtpMessage

    .LINK
    Send-SmtpTestMessage
    #>
    [CmdletBinding(DefaultParameterSetName = 'InputObject', SupportsShouldProcess)]
    [OutputType('SmtpRelay.Submission')]
    param(
        [Parameter(ParameterSetName = 'Path', Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('FullName')]
        [SupportsWildcards()]
        [string]$Path,

        [Parameter(ParameterSetName = 'InputObject', Mandatory, ValueFromPipeline)]
        [string]$InputObject,

        [AllowEmptyString()]
        [string]$Sender,

        [string[]]$Recipient,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $parameter = SelectEnvelope -Bound $PSBoundParameters
        if ($PSCmdlet.ParameterSetName -eq 'InputObject') {
            $names = @('the text')
        } else {
            $names = @(GetInputPath -Cmdlet $PSCmdlet -Path $Path)
        }
        foreach ($name in $names) {
            if (-not $PSCmdlet.ShouldProcess($name, 'Put into the queue')) {
                continue
            }
            $state = @{ Sent = $null; Problem = @() }
            if ($PSCmdlet.ParameterSetName -eq 'InputObject') {
                $bytes = [System.Text.UTF8Encoding]::new($false).GetBytes($InputObject)
                SendMessageStream -Stream ([System.IO.MemoryStream]::new($bytes)) -Parameter $parameter -Target $name -State $state
            } else {
                SendMessageFile -Path $name -Parameter $parameter -State $state
            }
            foreach ($problem in $state.Problem) {
                $PSCmdlet.WriteError($problem)
            }
            $state.Sent
        }
    }
}

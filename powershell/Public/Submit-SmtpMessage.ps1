function Submit-SmtpMessage {
    <#
    .SYNOPSIS
    Puts a message from a file or a text into the queue.

    .DESCRIPTION
    Sender and recipients are those of the lines x-sender: and x-receiver: at the beginning, as files of the
    Pickup, Queue and BadMail folders of IIS, Exchange and this relay have them, or those given here. The
    relay adds a Received line, and Date and Message-ID where they are missing. At most 64 MiB.

    .PARAMETER Path
    The file, usually .eml. Wildcards are allowed.

    .PARAMETER InputObject
    The whole message as one text (Get-Content -Raw).

    .PARAMETER Sender
    The sender, instead of that of x-sender. An empty text is the null sender of reports.

    .PARAMETER Recipient
    The recipients, instead of those of x-receiver.

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

        [string[]]$Recipient
    )

    process {
        $parameter = @{}
        if ($PSBoundParameters.ContainsKey('Sender')) {
            $parameter.sender = $Sender
        }
        if ($PSBoundParameters.ContainsKey('Recipient')) {
            $parameter.recipients = [object[]]$Recipient
        }
        foreach ($source in GetMessageSource -Cmdlet $PSCmdlet -Bound $PSBoundParameters) {
            if ($PSCmdlet.ShouldProcess($source.Name, 'Put into the queue')) {
                $parameter.content = [System.Convert]::ToBase64String($source.Bytes)
                WriteRelayResult -Cmdlet $PSCmdlet -Method message.import -Parameter $parameter -Target $source.Name
            }
        }
    }
}

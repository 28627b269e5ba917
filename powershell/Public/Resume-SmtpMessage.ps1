function Resume-SmtpMessage {
    <#
    .SYNOPSIS
    Lets suspended messages go on.

    .DESCRIPTION
    They are tried at once, unless their queue waits for its next hop. A message that grew too old while it
    was suspended is tried for another quarter of an hour before it is returned to its sender.

    .PARAMETER Identity
    The message as queue\number, or its queue id (then in all its queues). Wildcards are allowed:
    * is every message, 3\* every message of queue 3.

    .PARAMETER PassThru
    Returns the messages.

    .EXAMPLE
    Resume-SmtpMessage -Identity *

    Lets every suspended message go on.

    .EXAMPLE
    Get-SmtpMessage | Where-Object -Property Status -EQ -Value Suspended | Resume-SmtpMessage -WhatIf

    Says which messages are suspended.

    .OUTPUTS
    None, or SmtpRelay.Message with -PassThru.

    .LINK
    Suspend-SmtpMessage

    .LINK
    Restart-SmtpMessage
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Message')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [switch]$PassThru
    )

    process {
        if ($PSCmdlet.ShouldProcess("Message $Identity", 'Resume')) {
            $message = WriteRelayResult -Cmdlet $PSCmdlet -Method message.resume -Parameter @{ identity = $Identity } -Target $Identity
            if ($PassThru) {
                $message
            }
        }
    }
}

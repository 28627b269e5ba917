function Restart-SmtpMessage {
    <#
    .SYNOPSIS
    Tries to deliver waiting messages at once.

    .DESCRIPTION
    One message that is named is tried before the others of its queue, whose next hop is tried too, even
    if its retry time has not come. A suspended message, or one in a suspended queue, is refused; with
    wildcards it is skipped. The alias is Retry-SmtpMessage.

    .PARAMETER Identity
    The message as queue\number, or its queue id (then in all its queues). Wildcards are allowed:
    * is every message, 3\* every message of queue 3.

    .PARAMETER PassThru
    Returns the messages.

    .EXAMPLE
    Restart-SmtpMessage -Identity 1K11YVFB9Q0

    Tries one message now.

    .EXAMPLE
    Get-SmtpMessage | Where-Object -Property FromAddress -Like -Value *@contoso.com | Restart-SmtpMessage

    Tries the messages of one domain.

    .OUTPUTS
    None, or SmtpRelay.Message with -PassThru.

    .LINK
    Restart-SmtpQueue

    .LINK
    Get-SmtpMessage
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [Alias('Retry-SmtpMessage')]
    [OutputType('SmtpRelay.Message')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [switch]$PassThru
    )

    process {
        if ($PSCmdlet.ShouldProcess("Message $Identity", 'Try to deliver at once')) {
            $message = WriteRelayResult -Cmdlet $PSCmdlet -Method message.retry -Parameter @{ identity = $Identity } -Target $Identity
            if ($PassThru) {
                $message
            }
        }
    }
}

function New-SmtpWebhook {
    <#
    .SYNOPSIS
    Has a program elsewhere called when something is wrong.

    .DESCRIPTION
    The relay calls the address by POST, with JSON: type, timestamp, and data with the name of the relay and a list
    of alerts, each with kind, level, time, text, action (what to do) and isOver. Alerts about a message have its id,
    sender, recipients and the reply of the server, never its subject or content.

    Calls are signed as Standard Webhooks has it (standardwebhooks.com): webhook-signature is an HMAC-SHA256 over
    webhook-id, webhook-timestamp and the body. The command returns the secret; it is not shown again. It is kept
    encrypted on Windows, and readable for the account of the relay alone elsewhere.

    A receiver that does not answer with 2xx is called again for a day; what waits lies in the folder webhooks and
    survives a restart. Troubles are told of when they have lasted for AlertDelay (Set-SmtpRelayConfiguration), with
    their end; mail that failed is told of at once.

    .PARAMETER Name
    The name of the webhook.

    .PARAMETER Url
    The address that is called: https, or http to this computer. It is not followed elsewhere.

    .PARAMETER Event
    The kinds of alerts: MessageFailed, MessageDelayed (mail that failed, or waits longer than
    DelayNotificationTimeout), Queue (a next hop is out of reach), LogOn (a connector can't log on), Certificate (one
    ends), Listener (one is down), Storage (a disk or log can't be written), OpenRelay. An empty list means all.

    .PARAMETER Secret
    The secret that calls are signed with: whsec_ and base64, or any text of 16 characters or more. Without it one is made.

    .PARAMETER Enabled
    Whether it is called.

    .PARAMETER Comment
    A comment for administrators.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    New-SmtpWebhook -Name Ops -Url https://alerts.contoso.com/smtp

    Tells of everything, and returns the secret that the receiver needs.

    .EXAMPLE
    New-SmtpWebhook -Name Pager -Url https://pager.contoso.com/in -Event LogOn, Listener, Storage -Secret (Read-Host -AsSecureString)

    Wakes somebody up only when mail stands still, with a secret of one's own.

    .OUTPUTS
    SmtpRelay.NewWebhook with Name, Enabled, Url, Events and Secret.

    .LINK
    Test-SmtpWebhook

    .LINK
    Set-SmtpAlertMail
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.NewWebhook')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Name,

        [Parameter(Mandatory, Position = 1)]
        [string]$Url,

        [Alias('Events')]
        [AllowEmptyCollection()]
        [ValidateSet('MessageFailed', 'MessageDelayed', 'Queue', 'LogOn', 'Certificate', 'Listener', 'Storage', 'OpenRelay')]
        [string[]]$Event,

        [securestring]$Secret,

        [bool]$Enabled,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Comment,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ Event = 'events' }
        if ($PSCmdlet.ShouldProcess("webhook $Name", 'Add')) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method webhook.create -Parameter $parameter -Target $Name
        }
    }
}

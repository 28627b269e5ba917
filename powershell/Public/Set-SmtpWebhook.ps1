function Set-SmtpWebhook {
    <#
    .SYNOPSIS
    Changes a webhook. What waits for it is tried at once.

    .DESCRIPTION
    Only what is given changes, and is in force at once. Calls that wait go to the new address, with the new secret.

    .PARAMETER Identity
    The name of the webhook, without wildcards.

    .PARAMETER Url
    The address that is called: https, or http to this computer.

    .PARAMETER Event
    The kinds of alerts: MessageFailed, MessageDelayed (mail that failed, or waits longer than
    DelayNotificationTimeout), Queue (a next hop is out of reach), LogOn (a connector can't log on), Certificate (one
    ends), Listener (one is down), Storage (a disk or log can't be written), OpenRelay. An empty list means all.

    .PARAMETER Secret
    The secret that calls are signed with: whsec_ and base64, or any text of 16 characters or more. It replaces the one that is kept.

    .PARAMETER Enabled
    Whether it is called. While it is not, nothing is gathered for it.

    .PARAMETER Comment
    A comment for administrators.

    .PARAMETER PassThru
    Returns the webhook.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-SmtpWebhook -Identity Ops -Url https://alerts.contoso.com/new

    Gives it another address.

    .EXAMPLE
    Get-SmtpWebhook | Set-SmtpWebhook -Enabled $false

    Is silent while the receiver is being mended.

    .OUTPUTS
    None, or SmtpRelay.Webhook with -PassThru.

    .LINK
    Get-SmtpWebhook
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Webhook')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

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
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ Identity = 'name'; Event = 'events' }
        if ($parameter.Count -lt 2) {
            Write-Warning "Nothing was given to change of webhook $Identity."
        } elseif ($PSCmdlet.ShouldProcess("webhook $Identity", 'Change')) {
            $webhook = WriteRelayResult -Cmdlet $PSCmdlet -Method webhook.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $webhook
            }
        }
    }
}

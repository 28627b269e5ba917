function Set-SmtpRewriteRule {
    <#
    .SYNOPSIS
    Changes a rewrite rule.

    .DESCRIPTION
    Rules for senders and header fields also hold for mail that waits; its recipients stay as they became when it
    came in.

    .PARAMETER Identity
    The name of the rule, without wildcards.

    .PARAMETER Address
    The addresses that are changed; * stands for any characters, ? for one. All, if not given.

    .PARAMETER NewAddress
    The new address, for types Sender and Recipient. Each * takes what the * of the same place in -Address stood
    for: *@new.example keeps the part before the @.

    .PARAMETER Exception
    The addresses that stay as they are; wildcards are allowed.

    .PARAMETER RewriteIn
    Where senders are changed: in the envelope, in the header (From and Sender), or in both.

    .PARAMETER ReplyTo
    Whether the old From becomes Reply-To where there is none. Automatic does so when the new address has no
    wildcard, so that many senders become one.

    .PARAMETER HeaderAction
    Add puts a field in front of the others; Set puts it in the place of those of this name, or adds it; Remove
    takes them out.

    .PARAMETER HeaderName
    The name of the field, for type Header; with Remove wildcards are allowed.

    .PARAMETER HeaderValue
    The text of the field, in one line; it is folded and encoded as needed.

    .PARAMETER HeaderMatch
    Removes or replaces only fields whose text fits; wildcards are allowed.

    .PARAMETER Priority
    The order of the rules; the lower comes first. Of Sender and Recipient rules the first that fits an address
    counts, Header rules all do.

    .PARAMETER Sender
    Condition: the envelope sender as the mail came; wildcards are allowed, <> is the null sender. An empty list
    means any.

    .PARAMETER RemoteIPRange
    Condition: the address of the client that gave the mail. An empty list means any.

    .PARAMETER Listener
    Condition: the listener that took the mail. An empty list means any.

    .PARAMETER Account
    Condition: the account that logged on; wildcards are allowed. An empty list means any, and nobody too.

    .PARAMETER Connector
    Condition: the connector that sends the mail (types Sender and Header). An empty list means any.

    .PARAMETER Enabled
    Whether the rule is in force.

    .PARAMETER Comment
    A comment for administrators.

    .PARAMETER PassThru
    Returns the rule.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-SmtpRewriteRule -Identity Printers -NewAddress scanner@contoso.com -ReplyTo Never

    Gives the printers another address, and takes no answers.

    .EXAMPLE
    Get-SmtpRewriteRule | Set-SmtpRewriteRule -Enabled $false

    Switches all rules off.

    .OUTPUTS
    None, or SmtpRelay.RewriteRule with -PassThru.

    .LINK
    Get-SmtpRewriteRule

    .LINK
    New-SmtpRewriteRule
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.RewriteRule')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [string]$Address,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$NewAddress,

        [AllowEmptyCollection()]
        [string[]]$Exception,

        [ValidateSet('EnvelopeAndHeader', 'Envelope', 'Header')]
        [string]$RewriteIn,

        [ValidateSet('Automatic', 'Always', 'Never')]
        [string]$ReplyTo,

        [ValidateSet('Add', 'Set', 'Remove')]
        [string]$HeaderAction,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$HeaderName,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$HeaderValue,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$HeaderMatch,

        [int]$Priority,

        [Alias('Senders')]
        [AllowEmptyCollection()]
        [string[]]$Sender,

        [Alias('RemoteIPRanges')]
        [AllowEmptyCollection()]
        [string[]]$RemoteIPRange,

        [Alias('Listeners')]
        [AllowEmptyCollection()]
        [string[]]$Listener,

        [Alias('Accounts')]
        [AllowEmptyCollection()]
        [string[]]$Account,

        [Alias('Connectors')]
        [AllowEmptyCollection()]
        [string[]]$Connector,

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
        $rename = @{ Identity = 'name'; Exception = 'exceptions'; Sender = 'senders'; RemoteIPRange = 'remoteIPRanges'; Listener = 'listeners'; Account = 'accounts'; Connector = 'connectors' }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename $rename
        if ($parameter.Count -eq 1) {
            Write-Warning "Nothing was given to change for rewrite rule $Identity."
        } elseif ($PSCmdlet.ShouldProcess("rewrite rule $Identity", 'Change ' + (FormatChange -Parameter $parameter))) {
            $rule = WriteRelayResult -Cmdlet $PSCmdlet -Method rewrite.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $rule
            }
        }
    }
}

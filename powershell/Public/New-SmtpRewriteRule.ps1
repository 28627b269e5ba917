function New-SmtpRewriteRule {
    <#
    .SYNOPSIS
    Adds a rule that changes senders, recipients or header fields.

    .DESCRIPTION
    A rule of type Sender changes the sender in the envelope, and in From and Sender, as mail goes out. The relay
    itself still knows who sent it: its reports go to that person. What another server reports goes to the new
    address. Reports, which have no sender in the envelope, keep none.

    A rule of type Recipient changes the recipients of the envelope as mail comes in, before a connector is chosen,
    once and for good; To and Cc stay. With one new address and no conditions all mail goes to one mailbox, as a test
    server wants it, the relay's own reports too. Where a message goes to that one mailbox and to nobody else, the old
    recipients stand in its field X-Envelope-To; others never learn from it who got a blind copy.

    A rule of type Header adds, sets or removes header fields as mail goes out. Without Received lines another
    server can't see that a message goes round in a loop.

    Everything else of the message stays byte for byte. Rules for mail that goes out also hold for mail that waits.

    .PARAMETER Name
    The name of the rule.

    .PARAMETER Type
    Sender, Recipient or Header.

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

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    New-SmtpRewriteRule -Name Masquerade -Type Sender -Address *@*.corp.example -NewAddress *@contoso.com

    Takes the names of computers out of the senders: root@web1.corp.example becomes root@contoso.com.

    .EXAMPLE
    New-SmtpRewriteRule -Name Printers -Type Sender -RemoteIPRange 10.9.0.0/16 -NewAddress scans@contoso.com

    Sends what the printers send from one address; answers go to the old one (Reply-To).

    .EXAMPLE
    New-SmtpRewriteRule -Name Test -Type Recipient -NewAddress test@contoso.com -Exception *@test.contoso.com

    Sends everything to one mailbox, but for one domain.

    .EXAMPLE
    New-SmtpRewriteRule -Name Strip -Type Header -HeaderAction Remove -HeaderName Received -HeaderMatch *10.* -Connector Internet

    Takes the Received lines that tell of inner addresses out of what goes to the Internet.

    .OUTPUTS
    SmtpRelay.RewriteRule with Name, Type, Priority, Address, NewAddress, HeaderAction, HeaderName, Enabled and the conditions.

    .LINK
    Get-SmtpRewriteRule

    .LINK
    Set-SmtpRewriteRule
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.RewriteRule')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Name,

        [Parameter(Mandatory, Position = 1)]
        [ValidateSet('Sender', 'Recipient', 'Header')]
        [string]$Type,

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

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $rename = @{ Exception = 'exceptions'; Sender = 'senders'; RemoteIPRange = 'remoteIPRanges'; Listener = 'listeners'; Account = 'accounts'; Connector = 'connectors' }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename $rename
        if ($PSCmdlet.ShouldProcess("rewrite rule $Name", 'Add')) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method rewrite.create -Parameter $parameter -Target $Name
        }
    }
}

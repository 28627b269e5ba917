function Export-SmtpMessage {
    <#
    .SYNOPSIS
    Writes waiting messages to files.

    .DESCRIPTION
    An .eml file opens in every mail program. It begins with the lines x-sender: and x-receiver:, so that
    Submit-SmtpMessage can send it again. The message stays in its queue.

    .PARAMETER Identity
    The message as queue\number, or its queue id. Wildcards are allowed: * is every message.

    .PARAMETER Path
    A folder, where each message gets a file named after its queue id, or the name of a file.

    .PARAMETER Format
    Eml: the message itself. Json: what Get-SmtpMessage shows, and the message in base64 as Content.

    .PARAMETER Force
    Replaces files that exist.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Export-SmtpMessage -Identity 1K11YVFB9Q0 -Path message.eml

    Writes one message.

    .EXAMPLE
    Get-SmtpMessage -Filter "Subject -like 'invoice*'" | Export-SmtpMessage -Path . -Format Json

    Writes several messages with what is known of them.

    .OUTPUTS
    System.IO.FileInfo, one for each file.

    .LINK
    Submit-SmtpMessage

    .LINK
    Get-SmtpMessage
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([System.IO.FileInfo])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [Parameter(Mandatory, Position = 1)]
        [string]$Path,

        [ValidateSet('Eml', 'Json')]
        [string]$Format = 'Eml',

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
        $parameter = @{ identity = $Identity; resultSize = $null }
        $messages = @(WriteRelayList -Cmdlet $PSCmdlet -Method message.list -Parameter $parameter -Noun message)
        # A message for several next hops stands in several queues, but it is one.
        foreach ($message in $messages | Sort-Object -Property InternalMessageId -Unique) {
            $save = @{
                Message = $message
                Name    = $message.InternalMessageId
                Method  = 'message.export'
                Path    = GetMessageFilePath -Cmdlet $PSCmdlet -Path $Path -Name "$($message.InternalMessageId).$($Format.ToLowerInvariant())"
                Format  = $Format
                Force   = $Force
            }
            if ($PSCmdlet.ShouldProcess($save.Path, "Write message $($save.Name)")) {
                SaveMessageFile -Cmdlet $PSCmdlet @save
            }
        }
    }
}

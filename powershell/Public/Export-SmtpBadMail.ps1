function Export-SmtpBadMail {
    <#
    .SYNOPSIS
    Writes bad mail to files.

    .DESCRIPTION
    An .eml file opens in every mail program. It begins with the lines x-sender: and x-receiver: where the
    message has them, so that Import-SmtpMessage can send it. The files in BadMail stay.

    .PARAMETER Identity
    The name of the file in BadMail without its ending. Wildcards are allowed: * is everything.

    .PARAMETER Path
    A folder, where each message gets a file with its name, or the name of a file.

    .PARAMETER Format
    Eml: the message itself. Json: what Get-SmtpBadMail shows, and the message in base64 as Content.

    .PARAMETER Force
    Replaces files that exist.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Export-SmtpBadMail -Identity * -Path C:\Temp\BadMail\

    Writes everything into a folder.

    .EXAMPLE
    Get-SmtpBadMail -ResultSize 1 | Export-SmtpBadMail -Path newest.json -Format Json

    Writes the newest with what is known of it.

    .OUTPUTS
    System.IO.FileInfo, one for each file.

    .LINK
    Get-SmtpBadMail

    .LINK
    Export-SmtpMessage
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
        $list = @{
            Method    = 'badmail.list'
            Parameter = @{ identity = $Identity; resultSize = $null }
            Noun      = 'bad mail'
            Timeout   = $script:LongScan
        }
        foreach ($mail in WriteRelayList -Cmdlet $PSCmdlet @list) {
            $save = @{
                Message = $mail
                Name    = $mail.Identity
                Method  = 'badmail.export'
                Path    = GetMessageFilePath -Cmdlet $PSCmdlet -Path $Path -Name "$($mail.Identity).$($Format.ToLowerInvariant())"
                Format  = $Format
                Force   = $Force
            }
            if ($PSCmdlet.ShouldProcess($save.Path, "Write message $($save.Name)")) {
                SaveMessageFile -Cmdlet $PSCmdlet @save
            }
        }
    }
}

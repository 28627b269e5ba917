function New-SmtpDomain {
    <#
    .SYNOPSIS
    Adds an accepted domain: a recipient domain with rights of its own.

    .DESCRIPTION
    With -AllowRelay $true anybody may send to the domain, also clients that may not relay. Where its mail
    goes is the matter of a connector with that address space. With -DropDirectory the mail stays here: it is
    written into a folder, whatever connectors there are, and anybody may send to the domain. The files
    begin with x-sender and x-receiver lines; one that is moved to the Pickup folder is sent once more.

    .PARAMETER Name
    The domain; *.example.com means its subdomains.

    .PARAMETER AllowRelay
    Whether anybody may send to this domain. Not, if not given.

    .PARAMETER DropDirectory
    The folder that the domain's mail is written into, one file a message, instead of being sent on; a
    full path, or Default for Drop in the data folder. A folder elsewhere must exist, and the account of
    the relay needs the right to create, rename and delete files in it; on a share it needs that right on
    the share as well. An empty text sends the mail on through the connectors.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    New-SmtpDomain -Name example.com -AllowRelay $true

    Accepts mail to example.com from everybody.

    .EXAMPLE
    New-SmtpDomain -Name sharepoint.example.com -DropDirectory D:\Drop

    Writes mail for this domain into a folder, where SharePoint takes it.

    .OUTPUTS
    SmtpRelay.Domain with Name, AllowRelay, DropDirectory.

    .LINK
    Get-SmtpDomain

    .LINK
    New-SmtpConnector
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Domain')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [string]$Name,

        [Parameter(ValueFromPipelineByPropertyName)]
        [bool]$AllowRelay,

        [Parameter(ValueFromPipelineByPropertyName)]
        [AllowNull()]
        [AllowEmptyString()]
        [string]$DropDirectory,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        if ($PSCmdlet.ShouldProcess("domain $Name", 'Add')) {
            $parameter = ConvertToMethodParameter -Bound $PSBoundParameters
            WriteRelayResult -Cmdlet $PSCmdlet -Method domain.create -Parameter $parameter -Target $Name
        }
    }
}

function Set-SmtpDomain {
    <#
    .SYNOPSIS
    Changes an accepted domain.

    .DESCRIPTION
    The change is in force for the next recipient; waiting mail is routed again.

    .PARAMETER Identity
    The name of the domain, without wildcards.

    .PARAMETER AllowRelay
    Whether anybody may send to this domain.

    .PARAMETER DropDirectory
    The folder that the domain's mail is written into, one file a message, instead of being sent on; a
    full path, or Default for Drop in the data folder. A folder elsewhere must exist, and the account of
    the relay needs the right to create, rename and delete files in it; on a share it needs that right on
    the share as well. An empty text sends the mail on through the connectors.

    .PARAMETER PassThru
    Returns the domain.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-SmtpDomain -Identity example.com -AllowRelay $false

    From now on only clients that may relay can send to example.com.

    .EXAMPLE
    Set-SmtpDomain -Identity example.com -DropDirectory ''

    Sends the mail of this domain on from now on, instead of writing it into a folder.

    .OUTPUTS
    None, or SmtpRelay.Domain with -PassThru.

    .LINK
    Get-SmtpDomain
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Domain')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [bool]$AllowRelay,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$DropDirectory,

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
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ Identity = 'name' }
        if ($parameter.Count -eq 1) {
            Write-Warning "Nothing was given to change for domain $Identity."
        } elseif ($PSCmdlet.ShouldProcess("domain $Identity", 'Change ' + (FormatChange -Parameter $parameter))) {
            $domain = WriteRelayResult -Cmdlet $PSCmdlet -Method domain.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $domain
            }
        }
    }
}

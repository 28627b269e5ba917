function Add-RelayRestriction {
    <#
    .SYNOPSIS
    Adds entries to the list of who may relay.

    .DESCRIPTION
    All entries of one call or one pipeline are added together, or none. In mode OnlyListed an entry gives
    the right to relay, in mode AllExceptListed it takes it. When the result would let anyone relay (an
    entry 0.0.0.0/0, for example), the command asks first; -Force or -Confirm:$false answers yes
    beforehand, and where nobody can be asked it fails and changes nothing.

    .PARAMETER IPAddress
    Addresses, networks such as 10.0.0.0/8, or ranges such as 10.0.0.1-10.0.0.9, IPv4 or IPv6.

    .PARAMETER Comment
    A comment for the entries, for example whose they are.

    .PARAMETER Force
    Does not ask, even when the relay becomes open to everyone.

    .PARAMETER PassThru
    Returns the whole new list.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Add-RelayRestriction -IPAddress 10.20.30.0/24 -Comment 'printers'

    Lets the printers relay.

    .EXAMPLE
    Import-Csv -Path clients.csv | Add-RelayRestriction

    Adds the addresses of a file with the columns IPAddress and Comment.

    .OUTPUTS
    None, or SmtpRelay.RelayRestriction with -PassThru.

    .LINK
    Get-RelayRestriction

    .LINK
    Remove-RelayRestriction

    .LINK
    Test-RelayRestriction
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.RelayRestriction')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Entry')]
        [string[]]$IPAddress,

        [Parameter(ValueFromPipelineByPropertyName)]
        [AllowNull()]
        [AllowEmptyString()]
        [string]$Comment,

        [switch]$Force,

        [switch]$PassThru,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    begin {
        $entries = [System.Collections.Generic.List[object]]::new()
    }

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        foreach ($entry in NewEntryParameter -IPAddress $IPAddress -Comment $Comment) {
            $entries.Add($entry)
        }
    }

    end {
        $names = @($entries | ForEach-Object { $_.entry }) -join ', '
        if ($entries.Count -gt 0 -and $PSCmdlet.ShouldProcess('Relay restriction', "Add $names")) {
            $accept = $Force -or ($PSBoundParameters.ContainsKey('Confirm') -and -not $PSBoundParameters['Confirm'])
            $change = @{ entries = $entries.ToArray() }
            $restriction = SetRestriction -Cmdlet $PSCmdlet -Method restriction.add -Parameter $change -Accept:$accept
            if ($PassThru -and $restriction) {
                ConvertToRestrictionEntry -Restriction $restriction
            }
        }
    }
}

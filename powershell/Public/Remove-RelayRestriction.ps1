function Remove-RelayRestriction {
    <#
    .SYNOPSIS
    Removes entries from the list of who may relay.

    .DESCRIPTION
    All entries of one call or one pipeline are removed together, or none. In mode OnlyListed the clients
    of the entry may no longer relay; sessions that are open already end as they began.

    .PARAMETER IPAddress
    Entries as Get-RelayRestriction shows them.

    .PARAMETER PassThru
    Returns the list that is left.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Remove-RelayRestriction -IPAddress 10.20.30.0/24

    Takes the right to relay from one network.

    .EXAMPLE
    Get-RelayRestriction | Where-Object -Property Entry -Like -Value '10.*' | Remove-RelayRestriction -WhatIf

    Says which entries would be removed.

    .OUTPUTS
    None, or SmtpRelay.RelayRestriction with -PassThru.

    .LINK
    Get-RelayRestriction

    .LINK
    Add-RelayRestriction
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.RelayRestriction')]
    param(
        # Null is what the one object of an empty list brings.
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Entry')]
        [AllowNull()]
        [AllowEmptyString()]
        [string[]]$IPAddress,

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
        foreach ($entry in $IPAddress) {
            if ($entry) {
                $entries.Add($entry)
            }
        }
    }

    end {
        if ($entries.Count -gt 0 -and $PSCmdlet.ShouldProcess('Relay restriction', 'Remove ' + ($entries -join ', '))) {
            $change = @{ entries = $entries.ToArray() }
            $restriction = WriteRelayResult -Cmdlet $PSCmdlet -Method restriction.remove -Parameter $change
            if ($PassThru -and $restriction) {
                ConvertToRestrictionEntry -Restriction $restriction
            }
        }
    }
}

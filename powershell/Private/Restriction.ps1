# One object per entry of the relay restriction, so that entries travel through the pipeline; an empty
# list is one object without an entry, so that its mode can be seen.

function ConvertToRestrictionEntry {
    param([Parameter(Mandatory)][psobject]$Restriction)

    $entries = @($Restriction.Entries)
    if ($entries.Count -eq 0) {
        $entries = @([pscustomobject]@{ Entry = $null; Comment = $null })
    }
    foreach ($entry in $entries) {
        $object = [pscustomobject]@{
            PSTypeName         = 'SmtpRelay.RelayRestriction'
            Mode               = $Restriction.Mode
            Entry              = $entry.Entry
            AllowAuthenticated = $Restriction.AllowAuthenticated
            ClientCertificates = [string[]]@(foreach ($item in $Restriction.ClientCertificates) { $item.Certificate })
            Comment            = $entry.Comment
            OpenToEveryone     = $Restriction.OpenToEveryone
        }
        $object.PSObject.Properties.Add([System.Management.Automation.PSAliasProperty]::new('IPAddress', 'Entry'))
        $object
    }
}

function NewEntryParameter {
    param([Parameter(Mandatory)][AllowEmptyCollection()][string[]]$IPAddress, [string]$Comment)

    foreach ($address in $IPAddress) {
        $entry = @{ entry = $address }
        if ($Comment) {
            $entry.comment = $Comment
        }
        $entry
    }
}

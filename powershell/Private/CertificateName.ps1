# The name of the certificate with a thumbprint (SHA-1, as Windows shows it); every other text is a name already.
function ResolveCertificateName {
    param([Parameter(Mandatory)][string]$Text)

    $thumbprint = $Text -replace '[\s:]', ''
    if ($thumbprint -notmatch '^[0-9A-Fa-f]{40}$') {
        return $Text
    }
    $found = (InvokeRelayMethod -Method certificate.list).Value | Where-Object -Property Thumbprint -EQ -Value $thumbprint | Select-Object -First 1
    if ($found) {
        return [string]$found.Name
    }
    $Text
}

# Certificates on their way into the relay: bytes of files, or of a certificate object with its key.

# Base64 of each file; a file that can't be read is an error, and then nothing is emitted.
function ReadCertificateFile {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string[]]$Path
    )

    $content = [System.Collections.Generic.List[object]]::new()
    foreach ($name in $Path) {
        $full = $Cmdlet.GetUnresolvedProviderPathFromPSPath($name)
        try {
            $content.Add([System.Convert]::ToBase64String([System.IO.File]::ReadAllBytes($full)))
        } catch {
            WriteFileFailed -Cmdlet $Cmdlet -Path $full -Reason $_.Exception.GetBaseException().Message
            return
        }
    }
    $content
}

# { content; password } of a certificate object. Its key must be exportable: TLS of the relay takes keys only as such.
function ExportCertificateObject {
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][System.Security.Cryptography.X509Certificates.X509Certificate2]$Certificate
    )

    $password = [guid]::NewGuid().ToString()
    try {
        if (-not $Certificate.HasPrivateKey) {
            throw [System.InvalidOperationException]::new('It has no private key for this account.')
        }
        $chain = [System.Security.Cryptography.X509Certificates.X509Chain]::new()
        $chain.ChainPolicy.RevocationMode = 'NoCheck'
        $null = $chain.Build($Certificate)
        $all = [System.Security.Cryptography.X509Certificates.X509Certificate2Collection]::new($Certificate)
        foreach ($element in @($chain.ChainElements) | Select-Object -Skip 1) {
            $null = $all.Add($element.Certificate)
        }
        $bytes = $all.Export('Pfx', $password)
        @{ content = [object[]]@([System.Convert]::ToBase64String($bytes)); password = $password }
    } catch {
        $problem = @{
            Id       = 'CertificateRefused'
            Category = 'InvalidData'
            Message  = "The certificate $($Certificate.Subject) could not be exported with its key: $($_.Exception.GetBaseException().Message)"
            Target   = $Certificate
            Action   = 'Import it into the store with an exportable key, or give its PFX file with -Path.'
        }
        $Cmdlet.WriteError((NewRelayError @problem))
    }
}

@{
    RootModule = 'powershell/SmtpRelay.psm1'
    ModuleVersion = '0.1.0'
    GUID = '5b0f5bd4-7c0e-4b56-9a0c-0d6f3f2f8a11'
    Author = 'The SmtpRelay authors'
    CompanyName = 'SmtpRelay'
    Copyright = '(c) The SmtpRelay authors. MIT licence.'
    Description = 'A durable, fast, secure SMTP relay for Windows and Linux, run from PowerShell.'
    PowerShellVersion = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FormatsToProcess = @('powershell/SmtpRelay.format.ps1xml')
    FunctionsToExport = @(
        'Add-RelayRestriction'
        'Clear-SmtpBadMail'
        'Export-SmtpBadMail'
        'Export-SmtpMessage'
        'Get-RelayRestriction'
        'Get-SmtpAccount'
        'Get-SmtpBadMail'
        'Get-SmtpConnector'
        'Get-SmtpDomain'
        'Get-SmtpLog'
        'Get-SmtpMessage'
        'Get-SmtpQueue'
        'Get-SmtpRelay'
        'Get-SmtpRelayConfiguration'
        'Get-SmtpTrackingLog'
        'Import-SmtpMessage'
        'Install-SmtpRelay'
        'Move-SmtpMessage'
        'New-SmtpAccount'
        'New-SmtpConnector'
        'New-SmtpDomain'
        'Remove-RelayRestriction'
        'Remove-SmtpAccount'
        'Remove-SmtpConnector'
        'Remove-SmtpDomain'
        'Remove-SmtpMessage'
        'Restart-SmtpBadMail'
        'Restart-SmtpMessage'
        'Restart-SmtpQueue'
        'Restart-SmtpRelay'
        'Resume-SmtpMessage'
        'Resume-SmtpQueue'
        'Resume-SmtpRelay'
        'Send-SmtpTestMessage'
        'Set-RelayRestriction'
        'Set-SmtpAccount'
        'Set-SmtpConnector'
        'Set-SmtpDomain'
        'Set-SmtpRelayConfiguration'
        'Start-SmtpRelay'
        'Stop-SmtpRelay'
        'Submit-SmtpMessage'
        'Suspend-SmtpMessage'
        'Suspend-SmtpQueue'
        'Suspend-SmtpRelay'
        'Test-RelayRestriction'
        'Uninstall-SmtpRelay'
    )
    CmdletsToExport = @()
    VariablesToExport = @()
    AliasesToExport = @('Redirect-SmtpMessage', 'Retry-SmtpMessage', 'Retry-SmtpQueue')
    PrivateData = @{
        PSData = @{
            Tags = @('SMTP', 'Mail', 'Relay', 'SmartHost', 'IIS', 'Windows', 'Linux', 'PSEdition_Desktop', 'PSEdition_Core')
        }
    }
}

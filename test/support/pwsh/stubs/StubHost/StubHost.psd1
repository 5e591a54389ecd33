@{
    RootModule        = 'StubHost.psm1'
    ModuleVersion     = '1.0.0'
    GUID              = '11111111-0000-4000-8000-000000000001'
    FunctionsToExport = @('Invoke-Stub', 'Get-StubDefinition', 'Get-StubCounter', 'Add-StubCall', 'Write-StubError', 'Test-Pattern', 'New-StubObject')
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}

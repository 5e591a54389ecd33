@{
    RootModule        = 'HostServices.psm1'
    ModuleVersion     = '1.0.0'
    GUID              = '11111111-0000-4000-8000-000000000007'
    FunctionsToExport = @('Get-Process', 'Get-Service')
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}

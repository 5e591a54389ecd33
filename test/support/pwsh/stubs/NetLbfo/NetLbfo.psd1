@{
    RootModule        = 'NetLbfo.psm1'
    ModuleVersion     = '2.0.0.0'
    GUID              = '11111111-0000-4000-8000-000000000004'
    FunctionsToExport = @('Get-NetLbfoTeam')
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}

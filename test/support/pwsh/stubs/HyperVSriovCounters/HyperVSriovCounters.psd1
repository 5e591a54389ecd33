@{
    RootModule        = 'HyperVSriovCounters.psm1'
    ModuleVersion     = '0.1.0'
    GUID              = '11111111-0000-4000-8000-000000000006'
    FunctionsToExport = @('Read-HyperVSriovCounterSet')
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}

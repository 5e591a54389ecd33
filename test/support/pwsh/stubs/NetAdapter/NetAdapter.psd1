@{
    RootModule        = 'NetAdapter.psm1'
    ModuleVersion     = '2.0.0.0'
    GUID              = '11111111-0000-4000-8000-000000000003'
    FunctionsToExport = @('Get-NetAdapter', 'Get-NetAdapterSriov', 'Get-NetAdapterSriovVf', 'Get-NetAdapterVPort', 'Get-NetAdapterVmq', 'Get-NetAdapterVmqQueue', 'Get-NetAdapterStatistics', 'Get-NetAdapterHardwareInfo')
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}

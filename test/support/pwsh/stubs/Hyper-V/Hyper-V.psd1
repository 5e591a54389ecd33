@{
    RootModule        = 'Hyper-V.psm1'
    ModuleVersion     = '2.0.0.0'
    GUID              = '11111111-0000-4000-8000-000000000002'
    FunctionsToExport = @('Get-VMHost', 'Get-VMSwitch', 'Get-VM', 'Get-VMNetworkAdapter', 'Get-VMSwitchExtension', 'Get-VMSwitchTeam', 'Get-VMNetworkAdapterTeamMapping', 'Get-VMNetworkAdapterAcl', 'Get-VMNetworkAdapterExtendedAcl')
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}

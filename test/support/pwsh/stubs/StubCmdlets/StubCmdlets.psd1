@{
    RootModule        = 'StubCmdlets.psm1'
    ModuleVersion     = '1.0.0'
    GUID              = '11111111-0000-4000-8000-000000000002'
    FunctionsToExport = @(
        'Get-VMHost', 'Get-VMSwitch', 'Get-VM', 'Get-VMNetworkAdapter',
        'Get-VMSwitchExtension', 'Get-VMSwitchTeam', 'Get-VMNetworkAdapterTeamMapping', 'Get-VMNetworkAdapterAcl',
        'Get-VMNetworkAdapterExtendedAcl', 'Get-NetAdapter', 'Get-NetAdapterSriov', 'Get-NetAdapterSriovVf',
        'Get-NetAdapterVPort', 'Get-NetAdapterVmq', 'Get-NetAdapterVmqQueue', 'Get-NetAdapterStatistics',
        'Get-NetAdapterHardwareInfo', 'Get-NetLbfoTeam', 'Get-CimInstance', 'Get-Process',
        'Get-Service', 'Get-WinEvent', 'Read-HyperVSriovCounterSet'
    )
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}

@{
    RootModule           = 'HyperVSriovCounters.psm1'
    ModuleVersion        = '0.1.0'
    GUID                 = 'b0c0f0f4-8a58-4b32-9d3b-5c3c1c3f6a10'
    Author               = 'hyperv-sriov-exporter'
    CompanyName          = 'hyperv-sriov-exporter'
    Copyright            = 'Apache-2.0'
    Description          = 'Reads the raw values of one Windows performance counter set. Changes nothing.'
    PowerShellVersion    = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FunctionsToExport    = @('Read-HyperVSriovCounterSet')
    CmdletsToExport      = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    FileList             = @('HyperVSriovCounters.psd1', 'HyperVSriovCounters.psm1')
}

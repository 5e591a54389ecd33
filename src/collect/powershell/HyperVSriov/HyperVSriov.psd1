@{
    RootModule           = 'HyperVSriov.psm1'
    ModuleVersion        = '0.1.0'
    GUID                 = '5b1f3f3e-64c1-4d0e-9d0a-0a2f8f1c7e21'
    Author               = 'hyperv-sriov-exporter'
    CompanyName          = 'hyperv-sriov-exporter'
    Copyright            = 'Apache-2.0'
    Description          = 'Reads the SR-IOV and VM queue state of a Hyper-V host, one document for each part. Changes nothing.'
    PowerShellVersion    = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FunctionsToExport    = @('Connect-HyperVSriov', 'Invoke-HyperVSriovPart', 'Read-HyperVSriovModulePath', 'Start-HyperVSriovSession', 'Write-HyperVSriovMarker')
    CmdletsToExport      = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    FileList             = @('HyperVSriov.psd1', 'HyperVSriov.psm1', 'Queries.psd1')
}

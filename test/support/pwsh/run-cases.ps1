# Runs the module over several hosts in one engine: for each case a frame, as the agent gets it, then one line
# `@STUB <id> <base64(JSON)>@END` with the stubs' calls and property reads. $CasesPath: [{ id, host, part, options,
# culture }].
param([string] $CasesPath)
Import-Module HyperVSriov -ErrorAction Stop
Import-Module StubHost -ErrorAction Stop
foreach ($case in @(ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($CasesPath)))) {
    $env:HYPERV_STUB_HOST = $case.host
    $global:StubReads = @{}
    $global:StubCalls = @()
    [cultureinfo]::CurrentCulture = $case.culture
    [cultureinfo]::CurrentUICulture = $case.culture
    $options = @{}
    foreach ($option in $case.options.PSObject.Properties) { $options[$option.Name] = $option.Value }
    Invoke-HyperVSriovPart -Part $case.part -RequestId $case.id @options
    $report = ConvertTo-Json -Compress -InputObject @{ calls = @($global:StubCalls); reads = $global:StubReads; errors = $global:Error.Count }
    [Console]::Out.Write("@STUB $($case.id) $([Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes($report)))@END")
}

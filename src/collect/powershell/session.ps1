# Serves one session of the module in this folder: reads requests from standard input and writes frames to standard output.
# It is run with -File, on the host itself or as the forced command of an SSH key. Modules are loaded from this folder and
# from those of PowerShell and Windows, but not from folders of the account. It runs in Constrained Language Mode.
if ($env:OS -eq 'Windows_NT') { $env:PSModulePath = "$PSScriptRoot;$PSHOME\Modules;$env:SystemRoot\System32\WindowsPowerShell\v1.0\Modules" }
else { $env:PSModulePath = "${PSScriptRoot}:$PSHOME/Modules" }
try {
    # Import-Module treats wildcards in a path as a pattern, so they are escaped.
    Import-Module -Name "$($PSScriptRoot -replace '[\[\]*?`]', '`$0')/HyperVSriov/HyperVSriov.psd1" -ErrorAction Stop
} catch {
    "@HVSRIOV-LANGUAGE $($ExecutionContext.SessionState.LanguageMode)@"
    "@HVSRIOV-REFUSAL $($_.FullyQualifiedErrorId)@"
    "@HVSRIOV-REASON $($_.Exception.Message -replace '\s+', ' ')@"
    exit 1
}
Start-HyperVSriovSession

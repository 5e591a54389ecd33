# Serves one session of the module beside this file: requests come on standard input, frames go to standard output.
# Run with -File, on the host itself or as the forced command of an SSH key. Modules come from this folder, from PowerShell's
# own and from Windows', and from no folder of the account. Legal in Constrained Language Mode.
if ($env:OS -eq 'Windows_NT') { $env:PSModulePath = "$PSScriptRoot;$PSHOME\Modules;$env:SystemRoot\System32\WindowsPowerShell\v1.0\Modules" }
else { $env:PSModulePath = "${PSScriptRoot}:$PSHOME/Modules" }
try {
    # Import-Module reads wildcards in a path.
    Import-Module -Name "$($PSScriptRoot -replace '[\[\]*?`]', '`$0')/HyperVSriov/HyperVSriov.psd1" -ErrorAction Stop
} catch {
    "@HVSRIOV-LANGUAGE $($ExecutionContext.SessionState.LanguageMode)@"
    "@HVSRIOV-REFUSAL $($_.FullyQualifiedErrorId)@"
    "@HVSRIOV-REASON $($_.Exception.Message -replace '\s+', ' ')@"
    exit 1
}
Start-HyperVSriovSession

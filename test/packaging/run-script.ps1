# Runs install scripts over stand-ins for the commands of Windows, all in one engine, and writes for each what the commands
# were called with, in order. $RunsPath: [{ script, parameters, serviceExists, environment }].
param([string] $RunsPath)
function Add-Call { param([string] $Name, $Bound) $text = @(foreach ($key in ($Bound.Keys | Sort-Object)) { if ($key -ne 'ErrorAction') { "-$key $($Bound[$key] -join ',')" } }) -join ' '; $global:calls += "$Name $text" }
function Get-Service { [CmdletBinding()] param($Name) if ($global:service) { @{ Name = $Name } } }
function Stop-Service { [CmdletBinding()] param($Name, [switch] $Force) Add-Call 'Stop-Service' $PSBoundParameters; $global:service = $false }
function New-Service { [CmdletBinding()] param($Name, $BinaryPathName, $DisplayName, $StartupType, $Description) Add-Call 'New-Service' $PSBoundParameters }
function Start-Service { [CmdletBinding()] param($Name) Add-Call 'Start-Service' $PSBoundParameters }
function Add-LocalGroupMember { [CmdletBinding()] param($SID, $Member) Add-Call 'Add-LocalGroupMember' $PSBoundParameters }
function Remove-LocalGroupMember { [CmdletBinding()] param($SID, $Member) Add-Call 'Remove-LocalGroupMember' $PSBoundParameters }
function New-NetFirewallRule { [CmdletBinding()] param($Name, $DisplayName, $Direction, $Action, $Protocol, $LocalPort, $RemoteAddress, $Program) Add-Call 'New-NetFirewallRule' $PSBoundParameters }
function Remove-NetFirewallRule { [CmdletBinding()] param($Name) Add-Call 'Remove-NetFirewallRule' $PSBoundParameters }
function Copy-Item { [CmdletBinding()] param($Path, $LiteralPath, $Destination, [switch] $Recurse, [switch] $Force) Add-Call 'Copy-Item' $PSBoundParameters }
function Remove-Item { [CmdletBinding()] param($LiteralPath, [switch] $Recurse, [switch] $Force) Add-Call 'Remove-Item' $PSBoundParameters }
function New-Item { [CmdletBinding()] param($Path, $ItemType, [switch] $Force) Add-Call 'New-Item' $PSBoundParameters }
function Set-Content { [CmdletBinding()] param($LiteralPath, $Value) Add-Call 'Set-Content' @{ LiteralPath = $LiteralPath }; $global:calls += @($Value) }
function Test-Path { [CmdletBinding()] param($LiteralPath) [System.IO.File]::Exists($LiteralPath) -or [System.IO.Directory]::Exists($LiteralPath) }
function Get-ChildItem { [CmdletBinding()] param($LiteralPath, [switch] $Recurse, [switch] $File) foreach ($each in [System.IO.Directory]::GetFiles($LiteralPath, '*', 'AllDirectories')) { [System.IO.FileInfo]$each } }
function Get-FileHash { [CmdletBinding()] param($LiteralPath, $Algorithm) @{ Hash = [System.BitConverter]::ToString([System.Security.Cryptography.SHA256]::Create().ComputeHash([System.IO.File]::ReadAllBytes($LiteralPath))).Replace('-', '') } }
$results = foreach ($run in @(ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($RunsPath)))) {
    $global:service = $run.serviceExists
    $global:calls = @()
    foreach ($variable in $run.environment.PSObject.Properties) { [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value) }
    $splat = @{}
    foreach ($property in $run.parameters.PSObject.Properties) { $splat[$property.Name] = $property.Value }
    $failure = $null
    $output = @()
    try { $output = @(& $run.script @splat) } catch { $failure = "$_" }
    @{ calls = @($global:calls); failure = $failure; output = @($output) }
}
[Console]::Out.Write("@RESULT$(ConvertTo-Json -Compress -Depth 5 -InputObject @($results))")

exit 0

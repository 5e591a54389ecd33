#Requires -Version 5.1
#Requires -RunAsAdministrator
<#
.SYNOPSIS
Removes what install.ps1 made: the service, its group memberships, its firewall rule and the program.
.DESCRIPTION
Configuration, state and logs stay unless -RemoveData is given. -WhatIf shows what would be done.
Give the same -ServiceName, -Destination, -DataPath and -Account as at the installation.
.PARAMETER RemoveData
Remove configuration, state and logs too.
.EXAMPLE
.\uninstall.ps1 -RemoveData
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [string] $Destination = (Join-Path $env:ProgramFiles 'hyperv-sriov-exporter'),
    [string] $DataPath = (Join-Path $env:ProgramData 'hyperv-sriov-exporter'),
    [ValidatePattern('^[A-Za-z0-9._-]{1,80}$')] [string] $ServiceName = 'hyperv-sriov-exporter',
    [string] $Account = "NT SERVICE\$ServiceName",
    [switch] $RemoveData
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# The account first: a virtual account has no name once its service is gone.
if ($Account -ne 'LocalSystem') {
    # Hyper-V Administrators, Performance Monitor Users
    foreach ($sid in 'S-1-5-32-578', 'S-1-5-32-558') {
        if ($PSCmdlet.ShouldProcess($sid, "Remove $Account from the group")) {
            Remove-LocalGroupMember -SID $sid -Member $Account -ErrorAction SilentlyContinue
        }
    }
}

if ($null -ne (Get-Service -Name $ServiceName -ErrorAction SilentlyContinue) -and $PSCmdlet.ShouldProcess($ServiceName, 'Stop and remove the service')) {
    Stop-Service -Name $ServiceName -Force
    $output = & (Join-Path (Join-Path $env:SystemRoot 'System32') 'sc.exe') 'delete' $ServiceName
    if ($LASTEXITCODE -ne 0) { throw "sc.exe delete $ServiceName failed with exit code ${LASTEXITCODE}: $output" }
}

if ($PSCmdlet.ShouldProcess($ServiceName, 'Remove the firewall rule')) {
    Remove-NetFirewallRule -Name $ServiceName -ErrorAction SilentlyContinue
}

$paths = @($Destination)
if ($RemoveData) { $paths += $DataPath }
foreach ($path in $paths) {
    if ((Test-Path -LiteralPath $path) -and $PSCmdlet.ShouldProcess($path, 'Remove the folder')) {
        Remove-Item -LiteralPath $path -Recurse -Force
    }
}
if (-not $RemoveData) { Write-Output "Configuration, state and logs stay in $DataPath" }

#Requires -Version 5.1
#Requires -RunAsAdministrator
<#
.SYNOPSIS
Installs hyperv-sriov-exporter as a Windows service under the wrapper shawl, or upgrades it in place.
.DESCRIPTION
Run from the unpacked package, as an administrator, on the Hyper-V host. Downloads nothing. In this order: checks the
package against SHA256SUMS, copies the program under Program Files, makes the folders for configuration, state and
logs under ProgramData, registers the service, gives its account the two groups that it needs, opens the firewall for
the addresses given, starts the service.

Run again with a newer package it replaces the program and the service; configuration, state and logs stay.
-WhatIf shows what would be done.
.PARAMETER ShawlPath
Full path of shawl.exe, version 1.8 or later, which you downloaded and checked: https://github.com/mtkennerly/shawl
.PARAMETER NodePath
Full path of node.exe, version 20.19 or later, on a path that only administrators can write to.
.PARAMETER Destination
Where the program goes. Only administrators may be able to write there.
.PARAMETER DataPath
Where config, state and logs go.
.PARAMETER Account
The service's account: the virtual account of the service (default), a group managed service account as DOMAIN\name$,
or LocalSystem. A group managed service account needs the right "Log on as a service" first.
.PARAMETER PrometheusAddress
IP addresses or subnets that may connect. Without it no firewall rule is made, and nothing but this host can connect.
.PARAMETER Port
TCP port to serve on.
.PARAMETER SkipGroups
Do not add the account to Hyper-V Administrators and Performance Monitor Users.
.PARAMETER NoStart
Do not start the service.
.EXAMPLE
.\install.ps1 -ShawlPath C:\Temp\shawl.exe -PrometheusAddress 192.0.2.10
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)] [string] $ShawlPath,
    [string] $NodePath = (Join-Path $env:ProgramFiles 'nodejs\node.exe'),
    [string] $Destination = (Join-Path $env:ProgramFiles 'hyperv-sriov-exporter'),
    [string] $DataPath = (Join-Path $env:ProgramData 'hyperv-sriov-exporter'),
    [ValidatePattern('^[A-Za-z0-9._-]{1,80}$')] [string] $ServiceName = 'hyperv-sriov-exporter',
    [string] $Account = "NT SERVICE\$ServiceName",
    [ValidatePattern('^[0-9A-Fa-f.:/-]+$')] [string[]] $PrometheusAddress = @(),
    [ValidateRange(1, 65535)] [int] $Port = 10182,
    [switch] $SkipGroups,
    [switch] $NoStart
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$package = $PSScriptRoot
$system = Join-Path $env:SystemRoot 'System32'

function Invoke-Tool {
    # Runs a program of Windows by its full path and throws where it fails.
    param([string] $Name, [string[]] $Arguments)
    $output = & (Join-Path $system $Name) $Arguments
    if ($LASTEXITCODE -ne 0) { throw "$Name $Arguments failed with exit code ${LASTEXITCODE}: $output" }
}

function Assert-Package {
    # Every file is as SHA256SUMS says, and there is no other.
    $expected = @{}
    foreach ($line in (Get-Content -LiteralPath (Join-Path $package 'SHA256SUMS'))) {
        if ($line -notmatch '^([0-9a-f]{64}) \*(.+)$') { throw "SHA256SUMS is damaged at: $line" }
        $expected[$Matches[2]] = $Matches[1]
    }
    $bad = @()
    $seen = 0
    foreach ($file in (Get-ChildItem -LiteralPath $package -Recurse -File)) {
        $name = $file.FullName.Substring($package.Length + 1).Replace('\', '/')
        if ($name -eq 'SHA256SUMS') { continue }
        $seen++
        $hash = (Get-FileHash -LiteralPath $file.FullName -Algorithm SHA256).Hash
        if ($expected[$name] -ne $hash) { $bad += $name }
    }
    if ($bad.Count -gt 0 -or $seen -ne $expected.Count) {
        throw "The package is not as it was made (SHA256SUMS): $($expected.Count) files expected, $seen found, not as expected: $($bad -join ', ')"
    }
}

function Remove-FormerService {
    if ($null -eq (Get-Service -Name $ServiceName -ErrorAction SilentlyContinue)) { return }
    Stop-Service -Name $ServiceName -Force
    Invoke-Tool -Name 'sc.exe' -Arguments 'delete', $ServiceName
    # The service control manager forgets it only when the last handle is closed, an open services.msc included.
    foreach ($attempt in 1..30) {
        if ($null -eq (Get-Service -Name $ServiceName -ErrorAction SilentlyContinue)) { return }
        Start-Sleep -Seconds 1
    }
    throw "The former service $ServiceName is still there: close services.msc and run this again"
}

# ---- checks, before anything is changed -------------------------------------------------------------------------------------

foreach ($path in $ShawlPath, $NodePath) {
    if (-not (Test-Path -LiteralPath $path)) { throw "There is no file $path" }
}
$nodeVersion = (& $NodePath '--version') -replace '^v'
if ([version]$nodeVersion -lt [version]'20.19') { throw "Node.js 20.19 or later is needed, $NodePath is $nodeVersion" }
Assert-Package

# ---- program and folders ------------------------------------------------------------------------------------------------------

$program = Join-Path $Destination 'program'
$shawl = Join-Path $Destination 'shawl.exe'
$folders = @{}
foreach ($name in 'config', 'state', 'logs') { $folders[$name] = Join-Path $DataPath $name }
$configFile = Join-Path $folders['config'] 'config.yaml'

if ($PSCmdlet.ShouldProcess($ServiceName, 'Stop and remove the former service')) { Remove-FormerService }
if ($PSCmdlet.ShouldProcess($Destination, 'Copy the program')) {
    # What a former version had and this one has not must not stay.
    if (Test-Path -LiteralPath $program) { Remove-Item -LiteralPath $program -Recurse -Force }
    $null = New-Item -ItemType Directory -Path $program -Force
    Copy-Item -Path (Join-Path $package '*') -Destination $program -Recurse -Force
    Copy-Item -LiteralPath $ShawlPath -Destination $shawl -Force
}
if ($PSCmdlet.ShouldProcess($DataPath, 'Make folders for configuration, state and logs')) {
    foreach ($name in 'config', 'state', 'logs') { $null = New-Item -ItemType Directory -Path $folders[$name] -Force }
    if (-not (Test-Path -LiteralPath $configFile)) {
        Set-Content -LiteralPath $configFile -Value @(
            '# See docs\configuration.md in the program folder; check with: node dist\main.js config check --config.file FILE'
            'web:'
            "  listen-address: ':$Port'"
            'log:'
            '  format: json'
            'storage:'
            '  path: ../state'
        )
    }
}

# ---- service --------------------------------------------------------------------------------------------------------------------

# Node ends by itself on the Ctrl+C that shawl sends; its PowerShell children go with it, whatever happens.
# Little room for young objects (--max-semi-space-size, MB) keeps the agent's memory small.
# Exit code 64 is a configuration that cannot be used: starting again does not mend that.
$command = '"{0}" run --name {1} --log-dir "{2}" --log-retain 5 --stop-timeout 10000 --kill-process-tree --restart-if-not 0,64 --cwd "{3}" -- "{4}" --max-semi-space-size=2 "{5}" serve --config.file "{6}"' -f
$shawl, $ServiceName, $folders['logs'], $program, $NodePath, (Join-Path $program 'dist\main.js'), $configFile

if ($PSCmdlet.ShouldProcess($ServiceName, "Register the service as $Account")) {
    $null = New-Service -Name $ServiceName -BinaryPathName $command -DisplayName 'Hyper-V SR-IOV exporter' -StartupType Automatic -Description 'Prometheus exporter for SR-IOV and VM queues of this Hyper-V host'
    if ($Account -ne 'LocalSystem') { Invoke-Tool -Name 'sc.exe' -Arguments 'config', $ServiceName, 'obj=', $Account }
    Invoke-Tool -Name 'sc.exe' -Arguments 'config', $ServiceName, 'start=', 'delayed-auto'
    Invoke-Tool -Name 'sc.exe' -Arguments 'failure', $ServiceName, 'reset=', '86400', 'actions=', 'restart/5000/restart/60000/restart/300000'

    # SYSTEM and Administrators by SID: their names are localised.
    $holder = if ($Account -eq 'LocalSystem') { '*S-1-5-18' } else { $Account }
    Invoke-Tool -Name 'icacls.exe' -Arguments $DataPath, '/inheritance:r', '/grant:r', '*S-1-5-18:(OI)(CI)F', '*S-1-5-32-544:(OI)(CI)F', "${holder}:(OI)(CI)RX"
    foreach ($name in 'state', 'logs') { Invoke-Tool -Name 'icacls.exe' -Arguments $folders[$name], '/grant', "${holder}:(OI)(CI)M" }
}

if ($Account -ne 'LocalSystem' -and -not $SkipGroups) {
    # Hyper-V Administrators, Performance Monitor Users
    foreach ($sid in 'S-1-5-32-578', 'S-1-5-32-558') {
        if (-not $PSCmdlet.ShouldProcess($sid, "Add $Account to the group")) { continue }
        try {
            Add-LocalGroupMember -SID $sid -Member $Account
        } catch {
            if ($_.FullyQualifiedErrorId -notlike 'MemberExists*') { throw }
        }
    }
}

# ---- firewall ---------------------------------------------------------------------------------------------------------------------

if ($PSCmdlet.ShouldProcess($ServiceName, "Firewall rule for TCP port $Port from: $($PrometheusAddress -join ', ')")) {
    Remove-NetFirewallRule -Name $ServiceName -ErrorAction SilentlyContinue
    if ($PrometheusAddress.Count -gt 0) {
        $null = New-NetFirewallRule -Name $ServiceName -DisplayName 'Hyper-V SR-IOV exporter (Prometheus only)' -Direction Inbound -Action Allow -Protocol TCP -LocalPort $Port -RemoteAddress $PrometheusAddress -Program $NodePath
    }
}

if (-not $NoStart -and $PSCmdlet.ShouldProcess($ServiceName, 'Start the service')) { Start-Service -Name $ServiceName }
Write-Output "Installed in $program, configuration in $configFile, logs in $($folders['logs'])"
if ($PrometheusAddress.Count -eq 0) { Write-Output "No firewall rule was made: give -PrometheusAddress to let Prometheus in" }

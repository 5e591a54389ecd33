<#
.SYNOPSIS
Lets a collector read this Hyper-V host over SSH, and nothing else. -Undo takes all of it back.
.DESCRIPTION
Creates the account, binds the collector's key to session.ps1 in a file that the account cannot write, adds a Match block to
sshd_config, grants the account what a network logon lacks (groups, WMI namespaces, service control manager) and admits the
collector through the firewall. Run it again after an update, or to change the key or the addresses: what is there stays.
Needs OpenSSH Server and an elevated Windows PowerShell 5.1 or PowerShell 7. Impact: the service sshd restarts; running SSH sessions are
kept. VMs and their network are not changed.
.PARAMETER PublicKey
The collector's public key, as one line: ssh-ed25519 AAAA... comment.
.PARAMETER From
Addresses of the collector: IP addresses and subnets, with commas between them.
.PARAMETER User
Account that the collector logs on as. A local account is created; a domain account (DOMAIN\name) must exist.
.PARAMETER Port
TCP port that sshd listens on, for the firewall.
.PARAMETER WhatIf
Says what would be done, and does nothing.
.PARAMETER Undo
Takes back what an earlier run did. An account that this script has not created stays, and so does OpenSSH Server, which still starts with
Windows.
.EXAMPLE
.\setup-ssh.ps1 -PublicKey 'ssh-ed25519 AAAA... collector' -From 192.0.2.10 -WhatIf
#>
#Requires -RunAsAdministrator
[CmdletBinding()]
param(
    [ValidatePattern('^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com) [A-Za-z0-9+/]+={0,3}( [\x20-\x7e]{0,200})?$')] [string] $PublicKey,
    [ValidatePattern('^[0-9a-fA-F.:]+(/\d{1,3})?(,[0-9a-fA-F.:]+(/\d{1,3})?)*$')] [string] $From,
    [ValidatePattern('^([A-Za-z0-9_][A-Za-z0-9._-]*\\)?[A-Za-z0-9_][A-Za-z0-9._-]{0,19}$')] [string] $User = 'hvsriov',
    [ValidateRange(1, 65535)] [int] $Port = 22,
    [switch] $WhatIf,
    [switch] $Undo
)
$ErrorActionPreference = 'Stop'

$Name = 'hyperv-sriov-exporter'
$Description = 'hyperv-sriov-exporter: collector over SSH'
$Folder = "$env:ProgramData\ssh"
$ConfigFile = "$Folder\sshd_config"
$KeyFile = "$Folder\${Name}_authorized_keys"
$Begin = "# ${Name}: begin"
$End = "# ${Name}: end"
$PowerShell = "$env:SystemRoot\System32\WindowsPowerShell\v1.0\powershell.exe"
$Sc = "$env:SystemRoot\System32\sc.exe"
$Icacls = "$env:SystemRoot\System32\icacls.exe"

# Groups by SID, since their names are in the language of Windows
$Groups = @(
    @{ Sid = 'S-1-5-32-578'; Title = 'Hyper-V Administrators' }
    @{ Sid = 'S-1-5-32-558'; Title = 'Performance Monitor Users' }
    @{ Sid = 'S-1-5-32-573'; Title = 'Event Log Readers' }
)
# Enable and Remote Enable (WBEM_ENABLE, WBEM_REMOTE_ACCESS)
$Namespaces = 'root/cimv2', 'root/StandardCimv2', 'root/virtualization/v2', 'root/MSCluster'
$NamespaceRights = 'CCWP'
# Connect and enumerate; query state and configuration
$ServiceRights = @(
    @{ Service = 'scmanager'; Rights = 'CCLCRPRC' }
    @{ Service = 'vmms'; Rights = 'CCLCSWLOCRRC' }
    @{ Service = 'ClusSvc'; Rights = 'CCLCSWLOCRRC' }
)

function Invoke-Step {
    # Says a step, does it and says what came of it; with -WhatIf it is only said.
    param([string] $What, [scriptblock] $Do)
    if ($WhatIf) { "would   $What"; return }
    try {
        $note = & $Do
        if ($note) { "done    ${What}: $note" } else { "done    $What" }
    } catch {
        "FAILED  ${What}: $_"
        throw
    }
}

function Add-Ace {
    # A security descriptor with one more entry that allows; the same where it is there already. Explicit entries come before
    # inherited ones.
    param([string] $Sddl, [string] $Rights, [string] $Sid)
    $without = Remove-Ace -Sddl $Sddl -Sid $Sid
    if ($without -notmatch '^(?<before>.*?D:[A-Z]*)(?<aces>(\([^)]*\))*)(?<after>.*)$') { throw "there is no access list in $Sddl" }
    $before, $aces, $after = $Matches.before, $Matches.aces, $Matches.after
    $inherited = ''
    if ($aces -match '^(?<own>(\([^;]*;(?![^;]*ID)[^)]*\))*)(?<inherited>.*)$') { $aces, $inherited = $Matches.own, $Matches.inherited }
    "$before$aces(A;;$Rights;;;$Sid)$inherited$after"
}

function Remove-Ace {
    # Without the entries for this account that allow
    param([string] $Sddl, [string] $Sid)
    $Sddl -replace "\(A;[^;]*;[^;]*;;;$([regex]::Escape($Sid))\)", ''
}

function Set-NamespaceAce {
    # Grants or takes the rights on one WMI namespace. Returns a note where there is no such namespace.
    param([string] $Namespace, [string] $Rights, [string] $Sid)
    try {
        $answer = Invoke-CimMethod -Namespace $Namespace -ClassName __SystemSecurity -MethodName GetSD
    } catch {
        # Its code is the same in every language: WBEM_E_INVALID_NAMESPACE.
        if ($_.FullyQualifiedErrorId -like 'HRESULT 0x8004100e*') { return 'this Windows has no such namespace' }
        throw
    }
    if ($answer.ReturnValue -ne 0) { throw "GetSD returned $($answer.ReturnValue)" }
    $helper = @{ Namespace = 'root/cimv2'; ClassName = 'Win32_SecurityDescriptorHelper' }
    $sddl = (Invoke-CimMethod @helper -MethodName BinarySDToSDDL -Arguments @{ BinarySD = $answer.SD }).SDDL
    if ($Rights) { $wanted = Add-Ace -Sddl $sddl -Rights $Rights -Sid $Sid } else { $wanted = Remove-Ace -Sddl $sddl -Sid $Sid }
    if ($wanted -eq $sddl) { return 'nothing to change' }
    $binary = (Invoke-CimMethod @helper -MethodName SDDLToBinarySD -Arguments @{ SDDL = $wanted }).BinarySD
    $result = Invoke-CimMethod -Namespace $Namespace -ClassName __SystemSecurity -MethodName SetSD -Arguments @{ SD = $binary }
    if ($result.ReturnValue -ne 0) { throw "SetSD returned $($result.ReturnValue)" }
}

function Set-ServiceAce {
    param([string] $Service, [string] $Rights, [string] $Sid)
    $sddl = @(& $Sc sdshow $Service) -match '^[DO]:'
    if ($LASTEXITCODE -ne 0 -or @($sddl).Count -ne 1) { return 'there is no such service' }
    $sddl = "$sddl"
    if ($Rights) { $wanted = Add-Ace -Sddl $sddl -Rights $Rights -Sid $Sid } else { $wanted = Remove-Ace -Sddl $sddl -Sid $Sid }
    if ($wanted -eq $sddl) { return 'nothing to change' }
    $said = & $Sc sdset $Service $wanted
    if ($LASTEXITCODE -ne 0) { throw "sc.exe sdset $Service failed with exit code ${LASTEXITCODE}: $said" }
}

function Get-AccountSid {
    param([string] $Account)
    if ($Account -notlike '*\*') { return "$((Get-LocalUser -Name $Account).SID)" }
    (New-Object -TypeName System.Security.Principal.NTAccount -ArgumentList $Account).Translate([System.Security.Principal.SecurityIdentifier]).Value
}

function Get-ForeignWriter {
    # Who can change a file or the content of a folder, apart from administrators and Windows
    param([string] $Path)
    $trusted = 'S-1-5-18', 'S-1-5-32-544', 'S-1-3-0', 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'
    # Write, append, delete, change rights or owner
    $changes = 0x2 -bor 0x4 -bor 0x40 -bor 0x10000 -bor 0x40000 -bor 0x80000 -bor 0x10000000 -bor 0x40000000
    foreach ($rule in (Get-Acl -LiteralPath $Path).GetAccessRules($true, $true, [System.Security.Principal.SecurityIdentifier])) {
        if ("$($rule.AccessControlType)" -eq 'Allow' -and ([int]$rule.FileSystemRights -band $changes) -ne 0 -and $trusted -notcontains "$($rule.IdentityReference)") { "$($rule.IdentityReference)" }
    }
}

function New-RandomPassword {
    # Nobody learns it: the account logs on by key alone.
    $bytes = New-Object -TypeName 'System.Byte[]' -ArgumentList 48
    $random = [System.Security.Cryptography.RandomNumberGenerator]::Create()
    $random.GetBytes($bytes)
    $random.Dispose()
    ConvertTo-SecureString -String "aA1!$([Convert]::ToBase64String($bytes))" -AsPlainText -Force
}

function Get-ConfigWithout {
    # sshd_config without our block
    $lines = @(Get-Content -LiteralPath $ConfigFile)
    $inside = $false
    foreach ($line in $lines) {
        if ($line -eq $Begin) { $inside = $true }
        if (-not $inside) { $line }
        if ($line -eq $End) { $inside = $false }
    }
}

function Get-MatchBlock {
    $account = ($User -split '\\')[-1].ToLowerInvariant()
    if ($User -like '*\*') { $account = $User.ToLowerInvariant() }
    @(
        $Begin
        "Match User $account"
        "    AuthorizedKeysFile __PROGRAMDATA__/ssh/${Name}_authorized_keys"
        "    ForceCommand $Command"
        '    AuthenticationMethods publickey'
        '    PasswordAuthentication no'
        '    PermitTTY no'
        '    DisableForwarding yes'
        '    PermitTunnel no'
        'Match all'
        $End
    )
}

function Set-SshdConfig {
    # Writes sshd_config; sshd itself says whether it is right, and the former one comes back where it is not.
    param([string[]] $Line)
    $former = @(Get-Content -LiteralPath $ConfigFile)
    if (($Line -join "`n") -eq ($former -join "`n")) { return 'nothing to change' }
    Set-Content -LiteralPath $ConfigFile -Value $Line -Encoding Ascii
    # Windows PowerShell makes an exception of what a program writes to standard error, if the preference is Stop.
    $ErrorActionPreference = 'Continue'
    $said = & $Sshd -t -f ($ConfigFile -replace '\\', '/') 2>&1
    if ($LASTEXITCODE -ne 0) {
        Set-Content -LiteralPath $ConfigFile -Value $former -Encoding Ascii
        throw "sshd does not accept the new sshd_config, and the former one is back: $said"
    }
}

function Get-SshdFile {
    # Full path of sshd.exe, as the service control manager has it
    $service = @(Get-CimInstance -ClassName Win32_Service -Filter "Name = 'sshd'")
    if ($service.Count -eq 0) { throw 'OpenSSH Server is not installed: Add-WindowsCapability -Online -Name OpenSSH.Server~~~~0.0.1.0' }
    "$($service[0].PathName)" -replace '^"([^"]*)".*$', '$1'
}

# ---- what must be so before anything is changed --------------------------------------------------------------------------

$Sshd = Get-SshdFile
if (-not (Test-Path -LiteralPath $ConfigFile)) { throw "there is no ${ConfigFile}: start sshd once (Start-Service sshd), which creates it" }
$session = "$PSScriptRoot\session.ps1"
# cmd.exe runs it, or PowerShell where that is the default shell: a path without blanks comes first.
$Command = "$PowerShell -NoLogo -NoProfile -NonInteractive -File ""$session"""

if (-not $Undo) {
    if (-not $PublicKey -or -not $From) { throw 'give -PublicKey and -From' }
    $parts = @($session, "$PSScriptRoot\HyperVSriov", "$PSScriptRoot\HyperVSriovCounters", $PSScriptRoot)
    foreach ($part in $parts) {
        if (-not (Test-Path -LiteralPath $part)) { throw "there is no ${part}: run the script from the folder of the installed modules" }
        $writers = @(Get-ForeignWriter $part)
        if ($writers.Count -gt 0) { throw "$part can be changed by $($writers -join ', '): the account would run what they write. Install the modules below $env:ProgramFiles" }
    }
}

# ---- the steps -----------------------------------------------------------------------------------------------------------

$local = $User -notlike '*\*'
if ($Undo) {
    'impact  The collector can no longer connect. The service sshd restarts; running SSH sessions are kept. VMs and their network are not changed.'
    Invoke-Step "Remove the firewall rule $Name-ssh" { Get-NetFirewallRule -Name "$Name-ssh" -ErrorAction SilentlyContinue | Remove-NetFirewallRule }
    Invoke-Step "Remove the block for $User from $ConfigFile" { Set-SshdConfig @(Get-ConfigWithout) }
    Invoke-Step "Remove $KeyFile" { if (Test-Path -LiteralPath $KeyFile) { Remove-Item -LiteralPath $KeyFile } else { 'it is not there' } }
    Invoke-Step 'Restart the service sshd' { Restart-Service -Name sshd }
    $sid = ''
    try { $sid = Get-AccountSid $User } catch { "note    there is no account $User" }
    if ($sid) {
        foreach ($namespace in $Namespaces) { Invoke-Step "Take the rights on the WMI namespace $namespace from $User" { Set-NamespaceAce $namespace '' $sid } }
        foreach ($right in $ServiceRights) { Invoke-Step "Take the rights on $($right.Service) from $User" { Set-ServiceAce $right.Service '' $sid } }
        foreach ($group in $Groups) {
            Invoke-Step "Remove $User from $($group.Title) ($($group.Sid))" {
                try { Remove-LocalGroupMember -SID $group.Sid -Member $sid } catch {
                    if ($_.FullyQualifiedErrorId -like 'MemberNotFound*' -or $_.FullyQualifiedErrorId -like 'GroupNotFound*') { 'it is not a member' } else { throw }
                }
            }
        }
        Invoke-Step "Remove $User from OpenSSH Users, where that group exists" {
            if (@(Get-LocalGroup -Name 'OpenSSH Users' -ErrorAction SilentlyContinue).Count -eq 0) { return 'this Windows has no such group' }
            try { Remove-LocalGroupMember -Name 'OpenSSH Users' -Member $sid } catch {
                if ($_.FullyQualifiedErrorId -like 'MemberNotFound*') { 'it is not a member' } else { throw }
            }
        }
        if ($local) {
            Invoke-Step "Remove the account $User" {
                if ("$((Get-LocalUser -Name $User).Description)" -ne $Description) { 'it was not created by this script, and stays' }
                else { Remove-LocalUser -Name $User }
            }
        }
    }
    'note    OpenSSH Server stays installed and starts with Windows'
    'note    a session of the collector that runs now ends by itself within 8 hours; docs/fleet.md, "What a stolen key can do", has the command that ends it now'
    return
}

'impact  The service sshd restarts; running SSH sessions are kept. VMs and their network are not changed.'
if ($local) {
    Invoke-Step "Create the local account $User, with a random password that nobody knows" {
        if (@(Get-LocalUser -Name $User -ErrorAction SilentlyContinue).Count -gt 0) { return 'it is there' }
        $null = New-LocalUser -Name $User -Password (New-RandomPassword) -PasswordNeverExpires -UserMayNotChangePassword -Description $Description
    }
}
$sid = ''
if (-not $WhatIf) { $sid = Get-AccountSid $User }
foreach ($group in $Groups) {
    Invoke-Step "Add $User to $($group.Title) ($($group.Sid))" {
        try { Add-LocalGroupMember -SID $group.Sid -Member $sid } catch {
            if ($_.FullyQualifiedErrorId -like 'MemberExists*') { 'it is a member' }
            elseif ($_.FullyQualifiedErrorId -like 'GroupNotFound*') { 'this Windows has no such group' }
            else { throw }
        }
    }
}
Invoke-Step "Add $User to OpenSSH Users, where that group exists" {
    if (@(Get-LocalGroup -Name 'OpenSSH Users' -ErrorAction SilentlyContinue).Count -eq 0) { return 'this Windows has no such group' }
    try { Add-LocalGroupMember -Name 'OpenSSH Users' -Member $sid } catch {
        if ($_.FullyQualifiedErrorId -like 'MemberExists*') { 'it is a member' } else { throw }
    }
}
foreach ($namespace in $Namespaces) { Invoke-Step "Grant $User Enable and Remote Enable on the WMI namespace $namespace" { Set-NamespaceAce $namespace $NamespaceRights $sid } }
foreach ($right in $ServiceRights) { Invoke-Step "Grant $User to query $($right.Service)" { Set-ServiceAce $right.Service $right.Rights $sid } }

$key = ($PublicKey -split ' ')[0, 1] -join ' '
$entry = "restrict,from=""$From"",command=""$($Command -replace '"', '\"')"" $key"
Invoke-Step "Bind the key to $session in $KeyFile, which SYSTEM and administrators alone can write" {
    Set-Content -LiteralPath $KeyFile -Value $entry -Encoding Ascii
    $said = & $Icacls $KeyFile /inheritance:r /grant:r '*S-1-5-18:F' '*S-1-5-32-544:F'
    if ($LASTEXITCODE -ne 0) { Remove-Item -LiteralPath $KeyFile; throw "icacls failed with exit code ${LASTEXITCODE}: $said" }
}
Invoke-Step "Add a block for $User to $ConfigFile" {
    $lines = @(Get-ConfigWithout)
    # The first value wins in sshd_config: our block goes before every other one, and after the global settings.
    $first = 0
    while ($first -lt $lines.Count -and $lines[$first] -notmatch '^\s*Match\s') { $first++ }
    $before = @(if ($first -gt 0) { $lines[0..($first - 1)] })
    $after = @(if ($first -lt $lines.Count) { $lines[$first..($lines.Count - 1)] })
    Set-SshdConfig ($before + @(Get-MatchBlock) + $after)
}
if (@(Get-Content -LiteralPath $ConfigFile) -match '^\s*(Allow|Deny)(Users|Groups)\s') { "note    $ConfigFile has AllowUsers, AllowGroups, DenyUsers or DenyGroups: $User must be allowed there" }
Invoke-Step 'Start the service sshd with Windows, and restart it' {
    Set-Service -Name sshd -StartupType Automatic
    Restart-Service -Name sshd
}
Invoke-Step "Admit $From to TCP port $Port of $Sshd through the firewall" {
    Get-NetFirewallRule -Name "$Name-ssh" -ErrorAction SilentlyContinue | Remove-NetFirewallRule
    $null = New-NetFirewallRule -Name "$Name-ssh" -DisplayName 'Hyper-V SR-IOV exporter: collector over SSH' -Direction Inbound -Protocol TCP -LocalPort $Port -RemoteAddress ($From -split ',') -Program $Sshd -Action Allow -Profile Any
}
if (@(Get-NetFirewallRule -Name 'OpenSSH-Server-In-TCP' -ErrorAction SilentlyContinue | Where-Object { "$($_.Enabled)" -eq 'True' }).Count -gt 0) { 'note    the rule OpenSSH-Server-In-TCP of Windows admits every address; Disable-NetFirewallRule -Name OpenSSH-Server-In-TCP leaves the collector alone' }
foreach ($file in @(Get-ChildItem -Path "$Folder\ssh_host_*_key.pub" -ErrorAction SilentlyContinue)) { "hostkey $((@(Get-Content -LiteralPath $file.FullName)[0] -split ' ')[0, 1] -join ' ')" }

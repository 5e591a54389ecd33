# Runs setup-ssh.ps1 once for each line of $RunsPath ({ parameters } as JSON) over a Windows of stubs: accounts, groups, WMI namespaces, file rights,
# services and firewall rules in a table; the state after each run is written as one line of JSON, with what was said.
# sc.exe and icacls.exe are programs in $env:SystemRoot, sshd is the real one.
param([string] $Script, [string] $RunsPath)
$global:State = @{
    Users      = @{}
    Members    = @{ 'S-1-5-32-578' = @(); 'S-1-5-32-558' = @('S-1-5-21-1-500'); 'S-1-5-32-573' = @() }
    Namespaces = @{
        'root/cimv2'             = 'O:BAG:BAD:AR(A;CI;CCDCLCSWRPWPRCWD;;;BA)(A;CI;CCDCRP;;;NS)(A;CIID;CCDCRP;;;AU)'
        'root/StandardCimv2'     = 'O:BAG:BAD:(D;;CC;;;BG)(A;CI;CCDCLCSWRPWPRCWD;;;BA)S:(AU;FA;CC;;;WD)'
        'root/virtualization/v2' = 'O:BAG:BAD:(A;CIID;CCDCLCSWRPWPRCWD;;;BA)'
    }
    Rules      = @{ 'OpenSSH-Server-In-TCP' = @{ Enabled = 'True' } }
    Restarts   = 0
    Startup    = 'Manual'
    Writers    = @{}
}
function global:New-StubError([string] $Id) {
    throw [System.Management.Automation.ErrorRecord]::new([System.Exception]::new("stub: $Id"), $Id, 'NotSpecified', $null)
}
function global:Get-LocalUser { [CmdletBinding()] param([string] $Name) 
    $user = $State.Users[$Name]
    if ($null -eq $user) { $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([System.Exception]::new("no user $Name"), 'UserNotFound', 'ObjectNotFound', $Name)); return }
    [pscustomobject]$user
}
function global:New-LocalUser { [CmdletBinding()] param([string] $Name, [securestring] $Password, [switch] $PasswordNeverExpires, [switch] $UserMayNotChangePassword, [string] $Description)
    if ($State.Users[$Name]) { New-StubError 'UserExists' }
    if ($Description.Length -gt 48) { throw 'Windows refuses a description of more than 48 characters' }
    if ($Name.Length -gt 20) { throw 'Windows refuses a name of more than 20 characters' }
    $text = [System.Net.NetworkCredential]::new('', $Password).Password
    $State.Users[$Name] = @{ Name = $Name; SID = "S-1-5-21-7-$(1000 + $State.Users.Count)"; Description = $Description; PasswordLength = $text.Length }
}
function global:Remove-LocalUser { [CmdletBinding()] param([string] $Name) $State.Users.Remove($Name) }
function global:Get-LocalGroup { [CmdletBinding()] param([string] $Name) if ($State.Members.ContainsKey($Name)) { $Name } else { $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([System.Exception]::new("no group $Name"), 'GroupNotFound', 'ObjectNotFound', $Name)) } }
function global:Add-LocalGroupMember { [CmdletBinding()] param([string] $SID, [string] $Name, [string] $Member)
    $group = "$SID$Name"
    if (-not $State.Members.ContainsKey($group)) { New-StubError 'GroupNotFound,Microsoft.PowerShell.Commands.AddLocalGroupMemberCommand' }
    if ($State.Members[$group] -contains $Member) { New-StubError 'MemberExists,Microsoft.PowerShell.Commands.AddLocalGroupMemberCommand' }
    $State.Members[$group] += $Member
}
function global:Remove-LocalGroupMember { [CmdletBinding()] param([string] $SID, [string] $Name, [string] $Member)
    $group = "$SID$Name"
    if ($State.Members[$group] -notcontains $Member) { New-StubError 'MemberNotFound,Microsoft.PowerShell.Commands.RemoveLocalGroupMemberCommand' }
    $State.Members[$group] = @($State.Members[$group] -ne $Member)
}
function global:Get-Acl { [CmdletBinding()] param([string] $LiteralPath)
    $acl = [pscustomobject]@{ Rules = @(@{ AccessControlType = 'Allow'; FileSystemRights = 0x1f01ff; IdentityReference = 'S-1-5-32-544' }, @{ AccessControlType = 'Allow'; FileSystemRights = 0x1200a9; IdentityReference = 'S-1-5-32-545' }) }
    if ($State.Writers[(Split-Path -Leaf $LiteralPath)]) { $acl.Rules += @{ AccessControlType = 'Allow'; FileSystemRights = 0x1301bf; IdentityReference = $State.Writers[(Split-Path -Leaf $LiteralPath)] } }
    $acl | Add-Member -MemberType ScriptMethod -Name GetAccessRules -Value { param($explicit, $inherited, $type) $this.Rules } -PassThru
}
function global:Get-CimInstance { [CmdletBinding()] param([string] $ClassName, [string] $Filter)
    if ($ClassName -ne 'Win32_Service' -or $Filter -ne "Name = 'sshd'") { throw 'this stub knows the service sshd only' }
    if ($env:STUB_SSHD) { [pscustomobject]@{ PathName = """$env:STUB_SSHD"" -k" } }
}
function global:Invoke-CimMethod { [CmdletBinding()] param([string] $Namespace, [string] $ClassName, [string] $MethodName, [hashtable] $Arguments)
    if (-not $State.Namespaces.ContainsKey($Namespace)) { New-StubError 'HRESULT 0x8004100e,Microsoft.Management.Infrastructure.CimCmdlets.InvokeCimMethodCommand' }
    switch ($MethodName) {
        'GetSD' { [pscustomobject]@{ ReturnValue = 0; SD = [System.Text.Encoding]::ASCII.GetBytes($State.Namespaces[$Namespace]) } }
        'SetSD' { $State.Namespaces[$Namespace] = [System.Text.Encoding]::ASCII.GetString($Arguments.SD); [pscustomobject]@{ ReturnValue = 0 } }
        'BinarySDToSDDL' { [pscustomobject]@{ SDDL = [System.Text.Encoding]::ASCII.GetString($Arguments.BinarySD) } }
        'SDDLToBinarySD' { [pscustomobject]@{ BinarySD = [System.Text.Encoding]::ASCII.GetBytes($Arguments.SDDL) } }
    }
}
function global:Get-NetFirewallRule { [CmdletBinding()] param([string] $Name) if ($State.Rules[$Name]) { [pscustomobject]($State.Rules[$Name] + @{ Name = $Name }) } else { $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([System.Exception]::new("no rule $Name"), 'CmdletizationQuery_NotFound', 'ObjectNotFound', $Name)) } }
function global:Remove-NetFirewallRule { [CmdletBinding()] param([Parameter(ValueFromPipeline)] $InputObject) process { if ($InputObject) { $State.Rules.Remove($InputObject.Name) } } }
function global:New-NetFirewallRule { [CmdletBinding()] param([string] $Name, [string] $DisplayName, [string] $Direction, [string] $Protocol, [string] $LocalPort, [string[]] $RemoteAddress, [string] $Program, [string] $Action, [string] $Profile)
    $State.Rules[$Name] = @{ LocalPort = $LocalPort; RemoteAddress = $RemoteAddress -join ' '; Program = $Program; Action = $Action; Enabled = 'True' }
}
function global:Restart-Service { [CmdletBinding()] param([string] $Name) $State.Restarts++ }
function global:Set-Service { [CmdletBinding()] param([string] $Name, [string] $StartupType) $State.Startup = $StartupType }

foreach ($line in [System.IO.File]::ReadAllLines($RunsPath)) {
    $run = ConvertFrom-Json -InputObject $line -AsHashtable
    foreach ($name in @($run.state.Keys)) { $State[$name] = $run.state[$name] }
    $parameters = $run.parameters
    $said = @()
    $failed = $null
    try { & $Script @parameters | ForEach-Object { $said += "$_" } } catch { $failed = "$_" }
    [Console]::Out.WriteLine((ConvertTo-Json -Compress -Depth 6 -InputObject @{ said = $said; failed = $failed; state = $State }))
}

# The cmdlets and programs that remedies call, over a host that they change: parameters, parameter sets and what comes
# through a pipeline are those of Microsoft's reference of each cmdlet. A name is matched as the cmdlets do: as a
# pattern, whatever its case, and as equal where PowerShell's own comparison says so. Each object that a call acts on is noted.

$script:Host_ = $null
$script:Hits = @()

function Set-StubState {
    # { vms: [{ id, name }], vnics: [{ id, name, vmId, vmName, switchId, vlanMode, vlan, iovWeight, ... }], vswitches:
    # [{ id, name, members, allowManagementOs, iovEnabled, teaming, loadBalancing, extensions }], nics: [{ name,
    # description }] } as JSON
    param([string] $Json)
    $script:Host_ = ConvertFrom-Json -InputObject $Json
    $script:Hits = @()
}
function Get-StubState { $script:Host_ }
function Get-StubHit { $script:Hits; $script:Hits = @() }
function Add-Hit { param([string] $Call, [string] $Object) $script:Hits += "$Call $Object" }

function Select-Like {
    # The objects whose property fits one of the patterns; all where there is none.
    param([object[]] $Item, [string] $Property, [string[]] $Pattern)
    foreach ($object in $Item) {
        if ($null -eq $Pattern) { $object; continue }
        foreach ($one in $Pattern) {
            if ($object.$Property -eq $one -or [System.Management.Automation.WildcardPattern]::new($one, 'IgnoreCase').IsMatch($object.$Property)) { $object; break }
        }
    }
}
function Get-Known {
    # The same, and an error where a name without wildcards fits nothing.
    param([object[]] $Item, [string] $Property, [string[]] $Pattern)
    $found = @(Select-Like $Item $Property $Pattern)
    if ($found.Count -eq 0) { throw "nothing is named $Pattern" }
    $found
}
function Set-Type {
    param([object] $Object, [string] $Type)
    $Object.PSObject.TypeNames.Insert(0, $Type)
    $Object
}

# ---- NetAdapter: CDXML cmdlets share their way to pick NICs ----------------------------------------------------------

foreach ($noun in 'NetAdapter', 'NetAdapterSriov', 'NetAdapterSriovVf', 'NetAdapterVPort', 'NetAdapterVmq') {
    Invoke-Expression @"
        function Get-$noun {
        [CmdletBinding(DefaultParameterSetName = 'ByName')]
        param(
            [Parameter(Position = 0, ParameterSetName = 'ByName', ValueFromPipelineByPropertyName)] [string[]] `$Name,
            [Parameter(Mandatory, ParameterSetName = 'ByInstanceID', ValueFromPipelineByPropertyName)] [string[]] `$InterfaceDescription
        )
        process {
            `$its = if (`$InterfaceDescription) { Get-Known `$script:Host_.nics description `$InterfaceDescription } elseif (`$Name) { Get-Known `$script:Host_.nics name `$Name } else { `$script:Host_.nics }
            foreach (`$nic in `$its) { Set-Type ([pscustomobject]@{ Name = `$nic.name; InterfaceDescription = `$nic.description }) 'Stub.$noun' }
        }
        }
"@
}
$script:NicParameters = @{
    'Enable-NetAdapter'       = @()
    'Restart-NetAdapter'      = @()
    'Enable-NetAdapterSriov'  = @()
    'Set-NetAdapterSriov'     = @('[uint32] $NumVFs')
    'Enable-NetAdapterVmq'    = @()
    'Disable-NetAdapterVmq'   = @()
    'Set-NetAdapterVmq'       = @('[byte] $BaseProcessorNumber', '[byte] $MaxProcessorNumber', '[uint16] $NumaNode')
}
foreach ($cmdlet in $script:NicParameters.Keys) {
    $noun = $cmdlet.Split('-')[1]
    $more = -join ($script:NicParameters[$cmdlet] | ForEach-Object { ", $_" })
    Invoke-Expression @"
        function $cmdlet {
        [CmdletBinding(DefaultParameterSetName = 'ByName')]
        param(
            [Parameter(Mandatory, Position = 0, ParameterSetName = 'ByName', ValueFromPipelineByPropertyName)] [string[]] `$Name,
            [Parameter(Mandatory, ParameterSetName = 'ByInstanceID', ValueFromPipelineByPropertyName)] [string[]] `$InterfaceDescription,
            [Parameter(Mandatory, ParameterSetName = 'InputObject', ValueFromPipeline)] [PSTypeName('Stub.$noun')] [psobject] `$InputObject
            $more
        )
        process {
            `$its = if (`$InputObject) { @(`$script:Host_.nics | Where-Object description -CEQ `$InputObject.InterfaceDescription) } elseif (`$InterfaceDescription) { Get-Known `$script:Host_.nics description `$InterfaceDescription } else { Get-Known `$script:Host_.nics name `$Name }
            foreach (`$nic in `$its) { Add-Hit '$cmdlet' `$nic.description }
        }
        }
"@
}

# ---- VMs and vNICs ---------------------------------------------------------------------------------------------------

function Get-VM {
    [CmdletBinding(DefaultParameterSetName = 'Name')]
    param(
        [Parameter(Position = 0, ParameterSetName = 'Name')] [string[]] $Name,
        [Parameter(Mandatory, ParameterSetName = 'Id')] [guid] $Id
    )
    $its = if ($PSCmdlet.ParameterSetName -eq 'Id') { @($script:Host_.vms | Where-Object { [guid]$_.id -eq $Id }) } elseif ($Name) { Get-Known $script:Host_.vms name $Name } else { $script:Host_.vms }
    foreach ($vm in $its) { Set-Type ([pscustomobject]@{ Name = $vm.name; VMName = $vm.name; Id = [guid]$vm.id }) 'Stub.VM' }
}
foreach ($cmdlet in 'Start-VM', 'Stop-VM') {
    Invoke-Expression @"
        function $cmdlet {
        [CmdletBinding(DefaultParameterSetName = 'Name')]
        param(
            [Parameter(Mandatory, Position = 0, ParameterSetName = 'Name')] [string[]] `$Name,
            [Parameter(Mandatory, Position = 0, ParameterSetName = 'VMObject', ValueFromPipeline)] [PSTypeName('Stub.VM')] [psobject] `$VM
        )
        process {
            `$its = if (`$VM) { @(`$script:Host_.vms | Where-Object { [guid]`$_.id -eq `$VM.Id }) } else { Get-Known `$script:Host_.vms name `$Name }
            foreach (`$one in `$its) { Add-Hit '$cmdlet' `$one.id }
        }
        }
"@
}

function Get-OfVm { $script:Host_.vnics | Where-Object { $_.vmId } }
function Get-OfHost { $script:Host_.vnics | Where-Object { -not $_.vmId } }
function Get-Vnic {
    # vNICs of VMs by the patterns of both names
    param([string[]] $VMName, [string[]] $Name)
    $null = Get-Known $script:Host_.vms name $VMName
    if (-not "$Name") { $Name = '*' }
    Get-Known @(Select-Like @(Get-OfVm) vmName $VMName) name $Name
}

function Get-VMNetworkAdapter {
    [CmdletBinding(DefaultParameterSetName = 'VMName')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'VMName')] [string[]] $VMName,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'VMObject', ValueFromPipeline)] [PSTypeName('Stub.VM')] [psobject] $VM,
        [Parameter(Mandatory, ParameterSetName = 'ManagementOS')] [switch] $ManagementOS,
        [Parameter(Mandatory, ParameterSetName = 'All')] [switch] $All,
        [Parameter(ParameterSetName = 'VMName')] [Parameter(ParameterSetName = 'VMObject')] [Parameter(ParameterSetName = 'ManagementOS')] [string] $Name
    )
    process {
        $its = switch ($PSCmdlet.ParameterSetName) {
            VMName { Get-Vnic $VMName $Name }
            VMObject { Get-OfVm | Where-Object { [guid]$_.vmId -eq $VM.Id } }
            ManagementOS { Get-OfHost }
            All { $script:Host_.vnics }
        }
        foreach ($vnic in $its) {
            $id = if ($vnic.vmId) { "Microsoft:$($vnic.vmId.ToUpper())\$($vnic.id.ToUpper())" } else { "Microsoft:$($vnic.id.ToUpper())" }
            Set-Type ([pscustomobject]@{ Id = $id; Name = $vnic.name; VMName = $vnic.vmName; SwitchName = $vnic.switchName; Key = $vnic.id }) 'Stub.VMNetworkAdapter'
        }
    }
}

function Set-VMNetworkAdapter {
    [CmdletBinding(DefaultParameterSetName = 'VMName')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'VMName')] [string] $VMName,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'ResourceObject', ValueFromPipeline)] [PSTypeName('Stub.VMNetworkAdapter')] [psobject] $VMNetworkAdapter,
        [Parameter(Mandatory, ParameterSetName = 'ManagementOS')] [switch] $ManagementOS,
        [Parameter(ParameterSetName = 'VMName')] [Parameter(ParameterSetName = 'ManagementOS')] [string] $Name,
        [switch] $DynamicMacAddress, [string] $StaticMacAddress, [uint32] $IovWeight, [uint32] $VmqWeight, [uint32] $IovQueuePairsRequested
    )
    process {
        $its = if ($VMNetworkAdapter) { @($script:Host_.vnics | Where-Object id -CEQ $VMNetworkAdapter.Key) } else { Get-Vnic $VMName $Name }
        foreach ($vnic in $its) {
            Add-Hit 'Set-VMNetworkAdapter' $vnic.id
            if ($PSBoundParameters.ContainsKey('IovWeight')) { $vnic.iovWeight = $IovWeight }
        }
    }
}

function Get-OneSwitch {
    param([string] $Name)
    $found = @(Get-Known $script:Host_.vswitches name @($Name))
    if ($found.Count -ne 1) { throw "$Name fits $($found.Count) vSwitches" }
    $found[0]
}
function Connect-VMNetworkAdapter {
    [CmdletBinding(DefaultParameterSetName = 'Name_SwitchName')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Name_SwitchName')] [string[]] $VMName,
        [Parameter(Position = 1, ParameterSetName = 'Name_SwitchName')] [string[]] $Name,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Object_SwitchName', ValueFromPipeline)] [PSTypeName('Stub.VMNetworkAdapter')] [psobject] $VMNetworkAdapter,
        [Parameter(Mandatory, Position = 2)] [string] $SwitchName
    )
    process {
        $vswitch = Get-OneSwitch $SwitchName
        $its = if ($VMNetworkAdapter) { @($script:Host_.vnics | Where-Object id -CEQ $VMNetworkAdapter.Key) } else { Get-Vnic $VMName $Name }
        foreach ($vnic in $its) {
            Add-Hit 'Connect-VMNetworkAdapter' $vnic.id
            $vnic.switchId = $vswitch.id
        }
    }
}
function Add-VMNetworkAdapter {
    [CmdletBinding()]
    param([Parameter(Mandatory, ParameterSetName = 'ManagementOS')] [switch] $ManagementOS, [string] $Name, [string] $SwitchName)
    $vswitch = Get-OneSwitch $SwitchName
    Add-Hit 'Add-VMNetworkAdapter' $Name
    $script:Host_.vnics += New-HostVnic $Name $vswitch
}
function New-HostVnic {
    param([string] $Name, [object] $Switch)
    [pscustomobject]@{ id = [guid]::NewGuid().ToString(); name = $Name; vmId = $null; vmName = $null; switchId = $Switch.id; vlanMode = 'untagged'; vlan = $null; iovWeight = 0 }
}
function Get-OneHostVnic {
    param([string] $Name)
    $found = @(Get-Known @(Get-OfHost) name @($Name))
    if ($found.Count -ne 1) { throw "$Name fits $($found.Count) vNICs of the management OS" }
    $found[0]
}
function Rename-VMNetworkAdapter {
    [CmdletBinding()]
    param([Parameter(Mandatory, ParameterSetName = 'ManagementOS')] [switch] $ManagementOS, [Parameter(Position = 1)] [string] $Name, [Parameter(Mandatory, Position = 2)] [string] $NewName)
    $vnic = Get-OneHostVnic $Name
    Add-Hit 'Rename-VMNetworkAdapter' $vnic.id
    $vnic.name = $NewName
}
function Set-VMNetworkAdapterVlan {
    [CmdletBinding()]
    param([Parameter(Mandatory, ParameterSetName = 'ManagementOS')] [switch] $ManagementOS, [string] $VMNetworkAdapterName, [switch] $Access, [int] $VlanId)
    $vnic = Get-OneHostVnic $VMNetworkAdapterName
    Add-Hit 'Set-VMNetworkAdapterVlan' $vnic.id
    $vnic.vlanMode = 'access'
    $vnic.vlan = $VlanId
}
function Get-VMNetworkAdapterVlan {
    [CmdletBinding()]
    param([Parameter(Mandatory, ParameterSetName = 'ManagementOS')] [switch] $ManagementOS)
    foreach ($vnic in @(Get-OfHost)) { [pscustomobject]@{ ParentAdapter = $vnic.name; OperationMode = $vnic.vlanMode; AccessVlanId = $vnic.vlan } }
}

# ---- vSwitches -------------------------------------------------------------------------------------------------------

function Get-VMSwitch {
    [CmdletBinding(DefaultParameterSetName = 'Name')]
    param([Parameter(Position = 0, ParameterSetName = 'Name')] [string] $Name, [Parameter(Mandatory, ParameterSetName = 'Id')] [guid[]] $Id)
    $its = if ($Id) { @($script:Host_.vswitches | Where-Object { [guid]$_.id -in $Id }) } elseif ($Name) { Get-Known $script:Host_.vswitches name @($Name) } else { $script:Host_.vswitches }
    foreach ($vswitch in $its) { Set-Type ([pscustomobject]@{ Name = $vswitch.name; Id = [guid]$vswitch.id; IovEnabled = $vswitch.iovEnabled; IovSupport = $null; IovSupportReasons = $null }) 'Stub.VMSwitch' }
}
function Remove-VMSwitch {
    [CmdletBinding(DefaultParameterSetName = 'Name')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Name')] [string[]] $Name,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'VMSwitch', ValueFromPipeline)] [PSTypeName('Stub.VMSwitch')] [psobject] $VMSwitch
    )
    process {
        $its = if ($VMSwitch) { @($script:Host_.vswitches | Where-Object { [guid]$_.id -eq $VMSwitch.Id }) } else { Get-Known $script:Host_.vswitches name $Name }
        foreach ($one in $its) {
            Add-Hit 'Remove-VMSwitch' $one.id
            $script:Host_.vswitches = @($script:Host_.vswitches | Where-Object id -CNE $one.id)
            # Its vNICs of the management OS go with it, those of VMs stay without a connection.
            $script:Host_.vnics = @($script:Host_.vnics | Where-Object { $_.vmId -or $_.switchId -cne $one.id })
            foreach ($vnic in $script:Host_.vnics) { if ($vnic.switchId -ceq $one.id) { $vnic.switchId = $null } }
        }
    }
}
function New-VMSwitch {
    [CmdletBinding(DefaultParameterSetName = 'NetAdapterName')]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Name,
        [Parameter(Mandatory, ParameterSetName = 'NetAdapterName')] [string[]] $NetAdapterName,
        [Parameter(Mandatory, ParameterSetName = 'NetAdapterInterfaceDescription')] [string[]] $NetAdapterInterfaceDescription,
        [bool] $AllowManagementOS = $true, [bool] $EnableIov, [bool] $EnableEmbeddedTeaming
    )
    $its = if ($NetAdapterName) { foreach ($one in $NetAdapterName) { Get-Known $script:Host_.nics name @($one) } } else { foreach ($one in $NetAdapterInterfaceDescription) { $script:Host_.nics | Where-Object description -EQ $one } }
    $vswitch = [pscustomobject]@{
        id = [guid]::NewGuid().ToString(); name = $Name; members = @($its.description | Sort-Object -CaseSensitive); allowManagementOs = $AllowManagementOS; iovEnabled = $EnableIov
        teaming = $(if ($EnableEmbeddedTeaming) { 'set' } else { 'none' }); loadBalancing = $(if ($EnableEmbeddedTeaming) { 'HyperVPort' }); extensions = @()
    }
    $script:Host_.vswitches += $vswitch
    if ($AllowManagementOS) { $script:Host_.vnics += New-HostVnic $Name $vswitch }
    Add-Hit 'New-VMSwitch' ($vswitch.members -join '|')
}
function Set-VMSwitchTeam {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)] [string] $Name, [ValidateSet('HyperVPort', 'Dynamic')] [string] $LoadBalancingAlgorithm)
    $vswitch = Get-OneSwitch $Name
    Add-Hit 'Set-VMSwitchTeam' $vswitch.id
    $vswitch.loadBalancing = $LoadBalancingAlgorithm
}
function Enable-VMSwitchExtension {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string[]] $VMSwitchName, [Parameter(Mandatory, Position = 0)] [string[]] $Name)
    $vswitch = Get-OneSwitch $VMSwitchName
    Add-Hit 'Enable-VMSwitchExtension' $Name[0]
    $vswitch.extensions += $Name[0]
}
function Get-VMSwitchExtension {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [PSTypeName('Stub.VMSwitch')] [psobject] $VMSwitch)
    process { [pscustomobject]@{ Name = 'Capture'; ExtensionType = 'Capture'; Enabled = $false; Switch = $VMSwitch.Name } }
}

# ---- the host --------------------------------------------------------------------------------------------------------

function Get-VMHost { [CmdletBinding()] param() [pscustomobject]@{ IovSupport = $false; IovSupportReasons = @() } }
function Suspend-ClusterNode { [CmdletBinding()] param([Parameter(Position = 0)] [string[]] $Name, [switch] $Drain, [switch] $Wait) Add-Hit 'Suspend-ClusterNode' $Name[0] }
function Resume-ClusterNode { [CmdletBinding()] param([Parameter(Position = 0)] [string[]] $Name, [ValidateSet('NoFailback', 'Immediate', 'Policy')] [string] $Failback) Add-Hit 'Resume-ClusterNode' $Name[0] }
function Restart-Computer { [CmdletBinding()] param() Add-Hit 'Restart-Computer' '' }
function Remove-ItemProperty { [CmdletBinding()] param([Parameter(Mandatory)] [string] $LiteralPath, [Parameter(Mandatory)] [string] $Name) Add-Hit 'Remove-ItemProperty' "$LiteralPath $Name" }
function Get-NetIPAddress { [CmdletBinding()] param() }
function Get-NetIPConfiguration { [CmdletBinding()] param([switch] $All, [switch] $Detailed) }
function Get-WinEvent { [CmdletBinding()] param([Parameter(ParameterSetName = 'Log')] [string[]] $LogName, [Parameter(ParameterSetName = 'Provider')] [string[]] $ProviderName, [long] $MaxEvents) }
function Out-File { [CmdletBinding()] param([Parameter(Mandatory, Position = 0)] [string] $FilePath, [Parameter(ValueFromPipeline)] [psobject] $InputObject) process { } }
function Export-Clixml { [CmdletBinding()] param([Parameter(Mandatory, Position = 0)] [string] $Path, [Parameter(ValueFromPipeline)] [psobject] $InputObject) process { } }
function bcdedit { Add-Hit 'bcdedit' "$args" }
function lodctr { Add-Hit 'lodctr' "$args" }
function hyperv-sriov-exporter { Add-Hit 'hyperv-sriov-exporter' "$args" }

Export-ModuleMember -Function *

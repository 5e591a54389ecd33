# The PowerShell module's own time: global functions hand out objects made beforehand, so that nothing but the module is
# measured. $ModuleFolder: the agent's modules; $Vms: how many VMs, each with two vNICs, VFs, vPorts and four processors.
# Writes the milliseconds of the fastest of $Runs runs as JSON: { inventory, activity }.
param([string] $ModuleFolder, [int] $Vms, [int] $Runs)
$ErrorActionPreference = 'Stop'
Import-Module "$ModuleFolder/HyperVSriov/HyperVSriov.psd1"

$global:Vm = foreach ($n in 1..$Vms) {
    [pscustomobject]@{
        Id = [guid]::NewGuid(); Name = "app-server-$n"; State = [System.DayOfWeek]::Tuesday; OperationalStatus = @([System.DayOfWeek]::Tuesday)
        Heartbeat = [System.DayOfWeek]::Tuesday; Uptime = [timespan]::FromDays(3); ProcessorCount = 4; Generation = 2; Version = '10.0'
        VirtualMachineType = [System.DayOfWeek]::Tuesday; ReplicationMode = [System.DayOfWeek]::Tuesday; IsClustered = $false
    }
}
$global:Vnic = foreach ($vm in $global:Vm) {
    foreach ($n in 1, 2) {
        [pscustomobject]@{
            Id = "Microsoft:$($vm.Id)\$([guid]::NewGuid())"; Name = 'Network Adapter'; VMName = $vm.Name; VMId = $vm.Id; SwitchName = 'vSwitch'
            SwitchId = $vm.Id; MacAddress = '00155D30AA00'; IsLegacy = $false; IsManagementOs = $false; Connected = $true; Status = @(2)
            StatusDescription = @('OK'); IovWeight = 100; IovQueuePairsRequested = 1; IovQueuePairsAssigned = 1; IovUsage = 1
            VFDataPathActive = $true; VmqWeight = 100; VmqUsage = 0; VrssEnabled = $true; VrssEnabledRequested = $true
            VmmqEnabled = $false; VmmqEnabledRequested = $false; VmmqQueuePairs = 1; VmmqQueuePairsRequested = 16
        }
    }
}
$global:Vf = foreach ($n in 1..(2 * $Vms)) {
    [pscustomobject]@{
        InterfaceDescription = 'NIC'; FunctionID = $n; VmID = 'x'; VmNicID = 'x'; VmFriendlyName = 'x'; CurrentMacAddress = 'x'
        PermanentMacAddress = 'x'; VPortID = @($n)
    }
}
$global:VPort = foreach ($n in 1..(2 * $Vms)) {
    [pscustomobject]@{
        CimInstanceProperties = @{ VPortState = @{ Value = 1 } }; InterfaceDescription = 'NIC'; VPortID = $n; FunctionID = $n; NumQueuePairs = 1
        VPortState = 'Activated'; ProcessorGroup = 0; ProcessorAffinityMask = [uint64]1; FilterList = @([pscustomobject]@{ MacAddress = 'x' })
    }
}
$global:Instances = @{
    'Hyper-V Virtual Network Adapter'      = @(foreach ($vnic in $global:Vnic) { $vnic.Id })
    'Hyper-V Hypervisor Virtual Processor' = @(foreach ($vm in $global:Vm) { foreach ($vp in 0..3) { "$($vm.Name):Hv VP $vp" } })
}
function global:Get-VM { [CmdletBinding()] param() $global:Vm }
function global:Get-VMNetworkAdapter { [CmdletBinding()] param([switch] $All) $global:Vnic }
function global:Get-NetAdapterSriovVf { [CmdletBinding()] param() $global:Vf }
function global:Get-NetAdapterVPort { [CmdletBinding()] param() $global:VPort }
function global:Read-HyperVSriovCounterSet {
    [CmdletBinding()] param([string] $Name, [string[]] $Counter, [string[]] $Average, [switch] $AnySpelling)
    $rows = foreach ($instance in $global:Instances[$Name]) {
        $values = @{}
        foreach ($name in $Counter) { $values[$name] = '9007199254740993' }
        @{ instance = $instance; values = $values }
    }
    @{ status = 'ok'; errors = @(); types = @{}; rows = @($rows) }
}
function global:Get-VMHost { [CmdletBinding()] param() }
function global:Get-VMSwitch { [CmdletBinding()] param() }
function global:Get-NetAdapter { [CmdletBinding()] param() }
function global:Get-NetAdapterSriov { [CmdletBinding()] param() }
function global:Get-NetAdapterVmq { [CmdletBinding()] param() }
function global:Get-NetAdapterVmqQueue { [CmdletBinding()] param() }
function global:Get-NetAdapterStatistics { [CmdletBinding()] param() }
function global:Get-Process { [CmdletBinding()] param([string[]] $Name) }

$out = [Console]::Out
$result = @{}
foreach ($part in 'inventory', 'activity') {
    $times = foreach ($run in 1..$Runs) {
        [Console]::SetOut([System.IO.TextWriter]::Null)
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        Invoke-HyperVSriovPart -Part $part -RequestId $run
        $watch.Stop()
        [Console]::SetOut($out)
        $watch.Elapsed.TotalMilliseconds
    }
    $result[$part] = [System.Linq.Enumerable]::Min([double[]]$times)
}
$out.Write((ConvertTo-Json $result -Compress))

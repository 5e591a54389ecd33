# What the stub modules share: a host's objects from a JSON file ($env:HYPERV_STUB_HOST), typed as the cmdlets type
# them, each property read counted in $global:StubReads and each call noted in $global:StubCalls.
#
# The file: { "plain": false, "at": 0, "calls": { "<cmdlet>": { "type", "rows", "errors", "throw", "missing" } },
# "counters", "registry", "services" }. A property's value: null; { "throws": text } for a getter that throws; { "raw",
# "word" } for a CIM enumeration that the module shows as a word; { "from", "perSecond" } for a counter that has gone on
# since "at" (Unix milliseconds); a property that is not in the file is missing, as on an older Windows.

enum VMState { Other = 1; Running = 2; Off = 3; Stopping = 4; Saved = 6; Paused = 9; Starting = 10; Saving = 32773; Pausing = 32776; Resuming = 32777; RunningCritical = 32785; OffCritical = 32786 }
enum VMOperationalStatus { Ok = 2; Degraded = 3; InService = 11; Dormant = 15; NoIommu = 32785; NoIovSupportInNic = 32786; SwitchNotInIovMode = 32787; IovBlockedByPolicy = 32788; IovNoAvailResources = 32789; IovGuestDriversNeeded = 32790 }
enum VMHeartbeatStatus { Unknown = 0; Disabled = 1; NoContact = 2; Error = 3; LostCommunication = 4; OkApplicationsUnknown = 5; OkApplicationsHealthy = 6; OkApplicationsCritical = 7; Paused = 8 }
enum VMReplicationMode { None = 0; Primary = 1; Replica = 2; TestReplica = 3; ExtendedReplica = 4 }
enum VirtualMachineType { RealizedVirtualMachine = 1; PlannedVirtualMachine = 2 }
enum VMSwitchType { Private = 0; Internal = 1; External = 2 }
enum VMSwitchBandwidthMode { Default = 0; Weight = 1; Absolute = 2; None = 3 }
enum VMNetworkAdapterOperationalStatus { Unknown = 0; Other = 1; Ok = 2; Degraded = 3; Error = 6; Starting = 8; Stopping = 9; Stopped = 10; NoContact = 12; LostCommunication = 13; Dormant = 15; ProtocolVersion = 32775 }
enum VMNetworkAdapterIsolationMode { None = 0; NativeVirtualSubnet = 1; ExternalVirtualSubnet = 2; Vlan = 3 }
enum VMNetworkAdapterVlanMode { Untagged = 1; Access = 2; Trunk = 3; Private = 4 }
enum VMNetworkAdapterAclAction { Allow = 1; Deny = 2; Meter = 3 }
enum VMNetworkAdapterAclDirection { Inbound = 1; Outbound = 2; Both = 3 }
enum VMSwitchExtensionType { Unknown = 0; Capture = 1; Filter = 2; Forwarding = 3; Monitoring = 4; NativeForwarding = 5 }
enum VMSwitchTeamingMode { SwitchIndependent = 1 }
enum VMSwitchLoadBalancingAlgorithm { HyperVPort = 4; Dynamic = 5 }

$script:Enums = @{
    VMState = [VMState]; VMOperationalStatus = [VMOperationalStatus]; VMHeartbeatStatus = [VMHeartbeatStatus]
    VMReplicationMode = [VMReplicationMode]; VirtualMachineType = [VirtualMachineType]; VMSwitchType = [VMSwitchType]
    VMSwitchBandwidthMode = [VMSwitchBandwidthMode]; VMNetworkAdapterOperationalStatus = [VMNetworkAdapterOperationalStatus]
    VMNetworkAdapterIsolationMode = [VMNetworkAdapterIsolationMode]; VMNetworkAdapterVlanMode = [VMNetworkAdapterVlanMode]
    VMNetworkAdapterAclAction = [VMNetworkAdapterAclAction]; VMNetworkAdapterAclDirection = [VMNetworkAdapterAclDirection]
    VMSwitchExtensionType = [VMSwitchExtensionType]; VMSwitchTeamingMode = [VMSwitchTeamingMode]
    VMSwitchLoadBalancingAlgorithm = [VMSwitchLoadBalancingAlgorithm]
}

# Property types: the .NET type stubs of the DSC community's HyperVDsc (Hyper-V module 2.0.0.0) and the MSFT_NetAdapter*
# class dumps in github.com/microsoft/wmi. `cim` objects have CimInstanceProperties beside their properties.
$script:Types = @{
    VMHost                  = @{ Name = 'string'; FullyQualifiedDomainName = 'string'; LogicalProcessorCount = 'int'; IovSupport = 'bool'; IovSupportReasons = 'string[]' }
    VMSwitch                = @{
        Id = 'guid'; Name = 'string'; SwitchType = 'VMSwitchType'; AllowManagementOS = 'bool'; IovEnabled = 'bool'; IovSupport = 'bool'; IovSupportReasons = 'string[]'
        IovVirtualFunctionCount = 'uint32'; IovVirtualFunctionsInUse = 'uint32'; IovQueuePairCount = 'uint32'; IovQueuePairsInUse = 'uint32'
        AvailableVMQueues = 'uint32'; NumberVmqAllocated = 'uint32'; EmbeddedTeamingEnabled = 'bool'; BandwidthReservationMode = 'VMSwitchBandwidthMode'
        NetAdapterInterfaceDescription = 'string'; NetAdapterInterfaceDescriptions = 'string[]'; NetAdapterInterfaceGuid = 'guid[]'
    }
    VirtualMachine          = @{
        Id = 'guid'; Name = 'string'; State = 'VMState'; OperationalStatus = 'VMOperationalStatus[]'; Heartbeat = 'VMHeartbeatStatus'; Uptime = 'timespan'
        ProcessorCount = 'long'; Generation = 'int'; Version = 'string'; VirtualMachineType = 'VirtualMachineType'; ReplicationMode = 'VMReplicationMode'; IsClustered = 'bool'
        NetworkAdapters = 'forbidden'; HardDrives = 'forbidden'; StatusDescriptions = 'string[]'; Status = 'string'
    }
    VMNetworkAdapter        = @{
        Id = 'string'; Name = 'string'; VMName = 'string'; VMId = 'guid'; SwitchName = 'string'; SwitchId = 'guid'; MacAddress = 'string'; IsLegacy = 'bool'
        IsManagementOs = 'bool'; Connected = 'bool'; Status = 'VMNetworkAdapterOperationalStatus[]'; StatusDescription = 'string[]'; IovWeight = 'uint32'
        IovQueuePairsRequested = 'uint32'; IovQueuePairsAssigned = 'uint32'; IovUsage = 'int'; VFDataPathActive = 'bool'; VmqWeight = 'uint32'; VmqUsage = 'int'
        VrssEnabled = 'bool'; VrssEnabledRequested = 'bool'; VmmqEnabled = 'bool'; VmmqEnabledRequested = 'bool'
        VmmqQueuePairs = 'uint32'; VmmqQueuePairsRequested = 'uint32'; VrssMaxQueuePairs = 'uint32'; VrssMaxQueuePairsRequested = 'uint32'; IPAddresses = 'string[]'
        VirtualSubnetId = 'uint32'; IsolationSetting = 'IsolationSetting'; BandwidthSetting = 'BandwidthSetting'; VlanSetting = 'VlanSetting'
        VirtualFunction = 'forbidden'; VMQueue = 'forbidden'
    }
    IsolationSetting        = @{ IsolationMode = 'VMNetworkAdapterIsolationMode' }
    BandwidthSetting        = @{ MaximumBandwidth = 'long'; MinimumBandwidthAbsolute = 'long'; MinimumBandwidthWeight = 'long' }
    VlanSetting             = @{ OperationMode = 'VMNetworkAdapterVlanMode'; AccessVlanId = 'int' }
    VMSwitchExtension       = @{ SwitchId = 'guid'; SwitchName = 'string'; Id = 'string'; Name = 'string'; Vendor = 'string'; ExtensionType = 'VMSwitchExtensionType'; Enabled = 'bool'; Running = 'bool' }
    VMSwitchTeam            = @{ Id = 'guid'; Name = 'string'; NetAdapterInterfaceDescription = 'string[]'; TeamingMode = 'VMSwitchTeamingMode'; LoadBalancingAlgorithm = 'VMSwitchLoadBalancingAlgorithm' }
    ParentAdapter           = @{ Id = 'string' }
    TeamMapping             = @{ ParentAdapter = 'ParentAdapter'; NetAdapterName = 'string' }
    AclRule                 = @{ ParentAdapter = 'ParentAdapter'; Action = 'VMNetworkAdapterAclAction'; Direction = 'VMNetworkAdapterAclDirection' }
    NetAdapter              = @{
        cim = $true; Name = 'string'; InterfaceDescription = 'string'; InterfaceGuid = 'string'; MacAddress = 'string'; InterfaceOperationalStatus = 'uint32'
        ReceiveLinkSpeed = 'ulong'; DriverVersion = 'string'; DriverFileName = 'string'; HardwareInterface = 'bool'; Virtual = 'bool'; Status = 'string'
    }
    NetAdapterSriov         = @{
        cim = $true; InterfaceDescription = 'string'; Name = 'string'; Enabled = 'bool'; SriovSupport = 'uint32'; SwitchName = 'string'; NumVFs = 'uint32'; NumAllocatedVFs = 'uint32'
        NumVPorts = 'uint32'; NumActiveVPorts = 'uint32'; NumQueuePairsForDefaultVPort = 'uint32'; NumQueuePairsForNonDefaultVPorts = 'uint32'
        HardwareCapabilities = 'SriovCapabilities'; CurrentCapabilities = 'SriovCapabilities'
    }
    SriovCapabilities       = @{ MaxNumVFs = 'uint32'; MaxNumVPorts = 'uint32'; MaxNumQueuePairs = 'uint32'; MaxNumQueuePairsPerNonDefaultVPort = 'uint32'; SingleVportPoolSupported = 'bool'; VfRssSupported = 'bool' }
    NetAdapterSriovVf       = @{
        cim = $true; InterfaceDescription = 'string'; FunctionID = 'uint16'; VmID = 'string'; VmNicID = 'string'; VmFriendlyName = 'string'
        CurrentMacAddress = 'string'; PermanentMacAddress = 'string'; VPortID = 'uint32[]'
    }
    NetAdapterVPort         = @{
        cim = $true; InterfaceDescription = 'string'; VPortID = 'uint32'; FunctionID = 'uint16'; NumQueuePairs = 'uint32'; VPortState = 'uint32'
        ProcessorGroup = 'uint16'; ProcessorAffinityMask = 'ulong'; FilterList = 'VmqFilter[]'
    }
    VmqFilter               = @{ FilterID = 'uint32'; MacAddress = 'string'; VlanID = 'uint16' }
    NetAdapterVmq           = @{
        cim = $true; InterfaceDescription = 'string'; Name = 'string'; Enabled = 'bool'; NumberOfReceiveQueues = 'uint32'; BaseProcessorGroup = 'uint16'
        BaseProcessorNumber = 'byte'; MaxProcessors = 'uint32'; MaxProcessorNumber = 'byte'; NumaNode = 'uint16'
    }
    NetAdapterVmqQueue      = @{
        cim = $true; InterfaceDescription = 'string'; QueueID = 'uint32'; State = 'uint32'; ProcessorGroup = 'uint16'; ProcessorAffinityMask = 'ulong'
        VmID = 'string'; VmFriendlyName = 'string'; FilterList = 'VmqFilter[]'
    }
    NetAdapterStatistics    = @{
        cim = $true; InterfaceDescription = 'string'; ReceivedBytes = 'ulong'; ReceivedUnicastPackets = 'ulong'; ReceivedMulticastPackets = 'ulong'; ReceivedBroadcastPackets = 'ulong'
        ReceivedDiscardedPackets = 'ulong'; ReceivedPacketErrors = 'ulong'; SentBytes = 'ulong'; SentUnicastPackets = 'ulong'; SentMulticastPackets = 'ulong'
        SentBroadcastPackets = 'ulong'; OutboundDiscardedPackets = 'ulong'; OutboundPacketErrors = 'ulong'
    }
    NetAdapterHardware      = @{ cim = $true; InterfaceDescription = 'string'; SegmentNumber = 'uint32'; BusNumber = 'uint32'; DeviceNumber = 'uint32'; FunctionNumber = 'uint32'; NumaNode = 'uint32' }
    NetLbfoTeam             = @{ cim = $true; Name = 'string'; Members = 'string[]'; TeamNics = 'string[]'; TeamingMode = 'uint32'; LoadBalancingAlgorithm = 'uint32' }
    Process                 = @{ Name = 'string'; Id = 'int'; WorkingSet64 = 'long'; HandleCount = 'int' }
    Win32_OperatingSystem   = @{ cim = $true; Caption = 'string'; BuildNumber = 'string'; OperatingSystemSKU = 'uint32'; ProductType = 'uint32' }
    Win32_ComputerSystem    = @{ cim = $true; Manufacturer = 'string'; Model = 'string' }
    Win32_BIOS              = @{ cim = $true; SMBIOSBIOSVersion = 'string' }
    Win32_Processor         = @{ cim = $true; NumberOfCores = 'uint32'; NumberOfLogicalProcessors = 'uint32' }
    MSCluster_Node          = @{ cim = $true; Name = 'string'; State = 'int'; NodeDrainStatus = 'uint32' }
}

class StubThrow { [string] $Message }

function Get-StubCounter {
    # A counter's value now, as decimal text.
    param($Value)
    if ($Value -isnot [System.Collections.IDictionary]) { return $Value }
    $seconds = ([DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds() - $script:Host_.at) / 1000
    [string][decimal]::Truncate([decimal]$Value['from'] + [decimal]($Value['perSecond'] * $seconds))
}

function ConvertTo-StubValue {
    # A JSON value as the .NET type named.
    param($Value, [string] $Type)
    if ($null -eq $Value) { return $null }
    if ($Value -is [System.Collections.IDictionary] -and $Value.Contains('throws')) {
        return [StubThrow]@{ Message = $Value['throws'] }
    }
    if ($Type -eq 'ulong') { $Value = Get-StubCounter $Value }
    if ($Type -like '*[[]]') {
        $element = $Type -replace '\[\]$'
        $list = @(foreach ($item in $Value) { ConvertTo-StubValue $item $element })
        if ($element -eq 'string') { return , [string[]]$list }
        if ($element -eq 'guid') { return , [guid[]]$list }
        if ($element -eq 'uint32') { return , [uint32[]]$list }
        return , $list
    }
    if ($script:Enums.ContainsKey($Type)) { return [Enum]::ToObject($script:Enums[$Type], [int]$Value) }
    if ($script:Types.ContainsKey($Type)) { return New-StubObject $Type $Value }
    switch ($Type) {
        'string' { return [string]$Value }
        'bool' { return [bool]$Value }
        'int' { return [int]$Value }
        'long' { return [long]$Value }
        'uint16' { return [uint16]$Value }
        'uint32' { return [uint32]$Value }
        'byte' { return [byte]$Value }
        'ulong' { return [ulong]$Value }
        'guid' { return [guid]$Value }
        'timespan' { return [timespan]::FromMilliseconds([double]$Value) }
        'forbidden' { return $Value }
    }
    throw "StubHost: no type '$Type'"
}

$script:Getters = @{}

function Get-StubGetter {
    param([string] $Type, [string] $Property)
    $key = "$Type.$Property"
    if (-not $script:Getters.ContainsKey($key)) {
        # -NoEnumerate in effect: the comma keeps lists of none and of one.
        $code = "`$global:StubReads['$key'] = 1 + `$global:StubReads['$key']; `$v = `$this._['$Property']; if (`$v -is [StubThrow]) { throw `$v.Message }; , `$v"
        $script:Getters[$key] = [psscriptproperty]::new($Property, [scriptblock]::Create($code))
    }
    $script:Getters[$key]
}

function New-StubObject {
    param([string] $Type, $Row)
    $schema = $script:Types[$Type]
    $values = @{}
    $raw = @{}
    foreach ($name in $Row.Keys) {
        if (-not $schema.ContainsKey($name)) { throw "StubHost: $Type has no property '$name'" }
        $value = $Row[$name]
        if ($value -is [System.Collections.IDictionary] -and $value.Contains('raw')) {
            $values[$name] = $value['word']
            $raw[$name] = @{ Value = ConvertTo-StubValue $value['raw'] $schema[$name] }
        } else {
            $values[$name] = ConvertTo-StubValue $value $schema[$name]
            if ($values[$name] -isnot [StubThrow]) { $raw[$name] = @{ Value = $values[$name] } }
        }
    }
    if ($script:Host_.plain) { $object = [pscustomobject]$values }
    else {
        $object = [pscustomobject]@{ _ = $values }
        foreach ($name in $values.Keys) { $object.PSObject.Properties.Add((Get-StubGetter $Type $name)) }
        foreach ($name in $schema.Keys) {
            if ($schema[$name] -eq 'forbidden' -and -not $values.ContainsKey($name)) { $object.PSObject.Properties.Add((Get-StubGetter $Type $name)) }
        }
    }
    if ($schema['cim']) { $object.PSObject.Properties.Add([psnoteproperty]::new('CimInstanceProperties', $raw)) }
    $object
}

# ---- the host file -------------------------------------------------------------------------------------------------------

$global:StubReads = @{}
$global:StubCalls = @()
$script:Stamp = ''
$script:Host_ = @{}

function Update-StubHost {
    $path = $env:HYPERV_STUB_HOST
    $stamp = "$path $([System.IO.File]::GetLastWriteTimeUtc($path).Ticks)"
    if ($stamp -eq $script:Stamp) { return }
    $script:Host_ = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($path)) -AsHashtable
    $script:Stamp = $stamp
}

function Get-StubDefinition {
    param([string] $Section)
    Update-StubHost
    $script:Host_[$Section]
}

function Add-StubCall {
    param([string] $Call)
    $global:StubCalls += $Call
}

function Invoke-Stub {
    <# The rows of one cmdlet; errors go out through the cmdlet that called, by its own preferences. #>
    param([string] $Call, $Cmdlet)
    Update-StubHost
    Add-StubCall $Call
    $definition = $script:Host_.calls[$Call]
    if ($null -eq $definition) { return }
    if ($definition.missing) { & "Missing-$Call" }
    if ($definition.throw) { throw $definition.throw }
    foreach ($row in $definition.rows) { New-StubObject $definition.type $row }
    foreach ($fault in $definition.errors) {
        $id = if ($fault.id) { $fault.id } else { 'OperationFailed' }
        $Cmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([System.Exception]::new($fault.message), $id, 'NotSpecified', $null))
    }
}

# The registry is a provider that only Windows has: these two stand before the real cmdlets.
function global:Get-ItemProperty {
    [CmdletBinding()] param([string] $LiteralPath)
    Add-StubCall 'Get-ItemProperty'
    $values = (Get-StubDefinition registry)[$LiteralPath]
    if ($null -eq $values) { Write-Error -Message 'key not found' } else { [pscustomobject]$values }
}

function global:Test-Path {
    [CmdletBinding()] param([string] $LiteralPath)
    if ($LiteralPath -notlike 'HKLM:*') { return $ExecutionContext.InvokeProvider.Item.Exists($LiteralPath) }
    Add-StubCall 'Test-Path'
    $registry = Get-StubDefinition registry
    $null -ne $registry -and $registry.ContainsKey($LiteralPath)
}

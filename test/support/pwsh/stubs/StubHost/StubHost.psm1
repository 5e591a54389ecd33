# What the stub modules share: a host's objects from a JSON file ($env:HYPERV_STUB_HOST), typed as the cmdlets type
# them, each property read counted in $global:StubReads and each call noted in $global:StubCalls.
#
# The file: { "plain": false, "at": 0, "calls": { "<cmdlet>": { "type", "rows", "hidden", "log", "errors", "throw", "missing", "forbidden" } },
# "counters", "registry", "services", "enumerations": { "<name>": { "<member>": number } } }. A property's value: null; { "throws": text } for a getter that throws; { "raw",
# "word" } for a CIM enumeration that the module shows as a word; { "from", "perSecond" } for a counter that has gone on
# since "at" (Unix milliseconds); a property that is not in the file is missing, as on an older Windows.

# Property types: the .NET type stubs of the DSC community's HyperVDsc (Hyper-V module 2.0.0.0) and the MSFT_NetAdapter*
# class dumps in github.com/microsoft/wmi. Objects of `cim` have CimInstanceProperties beside their properties.
$script:TypeText = @{
    VMHost                  = 'Name string; FullyQualifiedDomainName string; LogicalProcessorCount int; IovSupport bool; IovSupportReasons string[]'
    VMSwitch                = 'Id guid; Name string; SwitchType VMSwitchType; AllowManagementOS bool; IovEnabled bool; IovSupport bool;
        IovSupportReasons string[]; IovVirtualFunctionCount uint32; IovVirtualFunctionsInUse uint32; IovQueuePairCount uint32;
        IovQueuePairsInUse uint32; AvailableVMQueues uint32; NumberVmqAllocated uint32; EmbeddedTeamingEnabled bool;
        BandwidthReservationMode VMSwitchBandwidthMode; NetAdapterInterfaceDescription string;
        NetAdapterInterfaceDescriptions string[]; NetAdapterInterfaceGuid guid[]'
    VirtualMachine          = 'Id guid; Name string; State VMState; OperationalStatus VMOperationalStatus[]; Heartbeat VMHeartbeatStatus; Uptime timespan;
        ProcessorCount long; Generation int; Version string; VirtualMachineType VirtualMachineType;
        ReplicationMode VMReplicationMode; IsClustered bool; NetworkAdapters forbidden; HardDrives forbidden;
        StatusDescriptions string[]; Status string'
    VMNetworkAdapter        = 'Id string; Name string; VMName string; VMId guid; SwitchName string; SwitchId guid; MacAddress string; IsLegacy bool;
        IsManagementOs bool; IsExternalAdapter bool; Connected bool; Status VMNetworkAdapterOperationalStatus[]; StatusDescription string[];
        IovWeight uint32; IovQueuePairsRequested uint32; IovQueuePairsAssigned uint32; IovUsage int; VFDataPathActive bool;
        VMQWeight uint32; VmqUsage int; VrssEnabled bool; VrssEnabledRequested bool; VmmqEnabled bool;
        VmmqEnabledRequested bool; VmmqQueuePairs uint32; VmmqQueuePairsRequested uint32; VrssMaxQueuePairs uint32;
        VrssMaxQueuePairsRequested uint32; IPAddresses string[]; VirtualSubnetId uint32; IsolationSetting IsolationSetting;
        BandwidthSetting BandwidthSetting; VlanSetting VlanSetting; AclList AclRule[]; ExtendedAclList ExtendedAclRule[];
        VirtualFunction forbidden; VMQueue forbidden'
    IsolationSetting        = 'IsolationMode VMNetworkAdapterIsolationMode'
    BandwidthSetting        = 'MaximumBandwidth long; MinimumBandwidthAbsolute long; MinimumBandwidthWeight long'
    VlanSetting             = 'OperationMode VMNetworkAdapterVlanMode; AccessVlanId int'
    VMSwitchExtension       = 'SwitchId string; SwitchName string; Id string; Name string; Vendor string; ExtensionType VMSwitchExtensionType; Enabled bool;
        Running bool'
    VMSwitchTeam            = 'Id guid; Name string; NetAdapterInterfaceDescription string[];
        LoadBalancingAlgorithm VMSwitchLoadBalancingAlgorithm'
    ParentAdapter           = 'Id string'
    TeamMapping             = 'ParentAdapter ParentAdapter; NetAdapterName string'
    AclRule                 = 'ParentAdapter ParentAdapter; Action VMNetworkAdapterAclAction'
    ExtendedAclRule         = 'ParentAdapter ParentAdapter; Action VMNetworkAdapterExtendedAclAction'
    NetAdapter              = 'cim; Name string; InterfaceDescription string; InterfaceGuid string; MacAddress string; InterfaceOperationalStatus uint32;
        InterfaceAdminStatus uint32; ReceiveLinkSpeed ulong; DriverVersion string; DriverFileName string; HardwareInterface bool; Virtual bool;
        Status string'
    NetAdapterSriov         = 'cim; InterfaceDescription string; Name string; Enabled bool; SriovSupport uint32; SwitchName string; NumVFs uint32;
        NumAllocatedVFs uint32; NumVPorts uint32; NumActiveVPorts uint32; NumQueuePairsForDefaultVPort uint32;
        NumQueuePairsForNonDefaultVPorts uint32; HardwareCapabilities SriovCapabilities;
        CurrentCapabilities SriovCapabilities'
    SriovCapabilities       = 'MaxNumVFs uint32; MaxNumVPorts uint32; MaxNumQueuePairs uint32; MaxNumQueuePairsPerNonDefaultVPort uint32;
        SingleVportPoolSupported bool; VfRssSupported bool'
    NetAdapterSriovVf       = 'cim; InterfaceDescription string; FunctionID uint16; VmID string; VmNicID string; VmFriendlyName string;
        CurrentMacAddress string; PermanentMacAddress string; VPortID uint32[]'
    NetAdapterVPort         = 'cim; InterfaceDescription string; VPortID uint32; FunctionID uint16; NumQueuePairs uint32; VPortState uint32;
        ProcessorGroup uint16; ProcessorAffinityMask ulong; FilterList VmqFilter[]'
    VmqFilter               = 'FilterID uint32; MacAddress string; VlanID uint16'
    NetAdapterVmq           = 'cim; InterfaceDescription string; Name string; Enabled bool; NumberOfReceiveQueues uint32; BaseProcessorGroup uint16;
        BaseProcessorNumber byte; MaxProcessors uint32; MaxProcessorNumber byte; NumaNode uint16'
    NetAdapterVmqQueue      = 'cim; InterfaceDescription string; QueueID uint32; State uint32; ProcessorGroup uint16; ProcessorAffinityMask ulong;
        VmID string; VmFriendlyName string; FilterList VmqFilter[]'
    NetAdapterStatistics    = 'cim; InterfaceDescription string; ReceivedBytes ulong; ReceivedUnicastPackets ulong; ReceivedMulticastPackets ulong;
        ReceivedBroadcastPackets ulong; ReceivedDiscardedPackets ulong; ReceivedPacketErrors ulong; SentBytes ulong;
        SentUnicastPackets ulong; SentMulticastPackets ulong; SentBroadcastPackets ulong; OutboundDiscardedPackets ulong;
        OutboundPacketErrors ulong'
    NetAdapterHardware      = 'cim; InterfaceDescription string; SegmentNumber uint32; BusNumber uint32; DeviceNumber uint32; FunctionNumber uint32;
        NumaNode uint32'
    NetLbfoTeam             = 'cim; Name string; Members string[]; TeamNics string[]; TeamingMode uint32; LoadBalancingAlgorithm uint32'
    EventRecord             = 'RecordId long; Id int; TimeCreated datetime; Message string; Properties EventProperty[]'
    EventProperty           = 'Value string'
    Process                 = 'Name string; Id int; WorkingSet64 long; HandleCount int'
    Win32_OperatingSystem   = 'cim; Caption string; BuildNumber string; OperatingSystemSKU uint32; ProductType uint32'
    Win32_ComputerSystem    = 'cim; Manufacturer string; Model string'
    Win32_BIOS              = 'cim; SMBIOSBIOSVersion string'
    Win32_Processor         = 'cim; NumberOfCores uint32; NumberOfLogicalProcessors uint32'
    MSCluster_Node          = 'cim; Name string; State int; NodeDrainStatus uint32'
}

$script:Cast = @{
    string = [string]; bool = [bool]; int = [int]; long = [long]; uint16 = [uint16]; uint32 = [uint32]; byte = [byte]; guid = [guid]
    'string[]' = [string[]]; 'guid[]' = [guid[]]; 'uint32[]' = [uint32[]]
}
$script:EnumTypes = @{}
$script:Types = @{}

function Get-StubEnum {
    # The `enum` of the language would be compiled at each start, and all of them.
    param([string] $Name)
    if ($null -eq $script:EnumTypes[$Name]) {
        if ($script:EnumTypes.Count -eq 0) {
            $script:Assembly = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly('StubEnums', 'Run').DefineDynamicModule('StubEnums')
        }
        $enum = $script:Assembly.DefineEnum($Name, 'Public', [int])
        foreach ($member in $script:Host_.enumerations[$Name].GetEnumerator()) { $null = $enum.DefineLiteral($member.Key, [int]$member.Value) }
        $script:EnumTypes[$Name] = $enum.CreateType()
    }
    $script:EnumTypes[$Name]
}

function Get-StubType {
    # What an object's properties are, by name: a .NET type, or in words what takes more than a cast.
    param([string] $Name)
    if ($null -eq $script:Types[$Name]) {
        $properties = @{}
        $forbidden = @()
        $cim = $false
        foreach ($property in $script:TypeText[$Name].Split(';')) {
            $key, $kind = $property.Trim().Split(' ')
            if ($null -eq $kind) { $cim = $true; continue }
            if ($kind -eq 'forbidden') { $forbidden += $key }
            $cast = $script:Cast[$kind]
            $properties[$key] = if ($null -eq $cast) { $kind } else { $cast }
        }
        $script:Types[$Name] = @{ Properties = $properties; Forbidden = $forbidden; Cim = $cim }
    }
    $script:Types[$Name]
}

function Get-StubCounter {
    # A counter's value now, as decimal text.
    param($Value)
    if ($Value -isnot [hashtable]) { return $Value }
    $seconds = ([DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds() - $script:Host_.at) / 1000
    [string][decimal]::Truncate([decimal]$Value['from'] + [decimal]($Value['perSecond'] * $seconds))
}

function ConvertTo-StubValue {
    # A JSON value as what Get-StubType calls its type; what a getter throws is an exception.
    param($Value, $Type)
    if ($null -eq $Value) { return $null }
    if ($Value -is [hashtable] -and $Value.Contains('throws')) { return [System.Exception]::new($Value['throws']) }
    if ($Type -is [type]) { return , [System.Management.Automation.LanguagePrimitives]::ConvertTo($Value, $Type) }
    if ($Type -eq 'ulong') { return [ulong](Get-StubCounter $Value) }
    if ($Type -eq 'datetime') { return [DateTimeOffset]::FromUnixTimeMilliseconds([long]$Value).LocalDateTime }
    if ($Type -eq 'timespan') { return [timespan]::FromMilliseconds([double]$Value) }
    if ($Type -eq 'forbidden') { return $Value }
    if ($Type.EndsWith('[]')) {
        $element = $Type.Substring(0, $Type.Length - 2)
        return , @(foreach ($item in $Value) { ConvertTo-StubValue $item $element })
    }
    if ($null -ne $script:Host_.enumerations[$Type]) { return [Enum]::ToObject((Get-StubEnum $Type), [int]$Value) }
    New-StubObject $Type $Value
}

$script:Getters = @{}

function Get-StubGetter {
    param([string] $Type, [string] $Property)
    $key = "$Type.$Property"
    if ($null -eq $script:Getters[$key]) {
        # -NoEnumerate in effect: the comma keeps lists of none and of one.
        $code = "`$global:StubReads['$key'] = 1 + `$global:StubReads['$key']; `$v = `$this._['$Property']; if (`$v -is [System.Exception]) { throw `$v.Message }; , `$v"
        $script:Getters[$key] = [psscriptproperty]::new($Property, [scriptblock]::Create($code))
    }
    $script:Getters[$key]
}

function New-StubObject {
    param([string] $Type, $Row)
    $its = Get-StubType $Type
    $types = $its.Properties
    $values = @{}
    $words = @{}
    foreach ($name in $Row.Keys) {
        $kind = $types[$name]
        if ($null -eq $kind) { throw "StubHost: $Type has no property '$name'" }
        $value = $Row[$name]
        if ($value -is [hashtable] -and $value.Contains('raw')) {
            $words[$name] = $value['word']
            $value = $value['raw']
        }
        # Most values come this way, without a call: there are tens of thousands of them.
        if ($kind -is [type] -and $null -ne $value -and $value -isnot [hashtable]) {
            $values[$name] = [System.Management.Automation.LanguagePrimitives]::ConvertTo($value, $kind)
        } else {
            $values[$name] = ConvertTo-StubValue $value $kind
        }
    }
    $raw = @{}
    if ($its.Cim) { foreach ($name in $values.Keys) { if ($values[$name] -isnot [System.Exception]) { $raw[$name] = @{ Value = $values[$name] } } } }
    foreach ($name in $words.Keys) { $values[$name] = $words[$name] }
    if ($script:Host_.plain) { $object = [pscustomobject]$values }
    else {
        $object = [pscustomobject]@{ _ = $values }
        $properties = $object.PSObject.Properties
        foreach ($name in $values.Keys) {
            $getter = $script:Getters["$Type.$name"]
            if ($null -eq $getter) { $getter = Get-StubGetter $Type $name }
            $properties.Add($getter)
        }
        foreach ($name in $its.Forbidden) { if (-not $values.ContainsKey($name)) { $properties.Add((Get-StubGetter $Type $name)) } }
    }
    if ($its.Cim) { $object.PSObject.Properties.Add([psnoteproperty]::new('CimInstanceProperties', $raw)) }
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
    <#
    The rows of one cmdlet; errors go out through the cmdlet that called, by its own preferences. $IncludeHidden adds the
    rows of hidden NICs, $Of leaves only rows whose parent has this Id.
    #>
    param([string] $Call, $Cmdlet, [switch] $IncludeHidden, [string[]] $Of)
    Update-StubHost
    Add-StubCall $Call
    $definition = $script:Host_.calls[$Call]
    if ($null -eq $definition) { return }
    if ($definition.missing) { & "Missing-$Call" }
    if ($definition.throw) { throw $definition.throw }
    foreach ($row in $definition.rows) {
        $parent = $row['ParentAdapter']
        if ($null -ne $Of -and $parent -is [hashtable] -and $parent['Id'] -is [string] -and $parent['Id'] -notin $Of) { continue }
        New-StubObject $definition.type $row
    }
    if ($IncludeHidden) { foreach ($row in $definition.hidden) { New-StubObject $definition.type $row } }
    foreach ($fault in $definition.errors) {
        $id = if ($fault.id) { $fault.id } else { 'OperationFailed' }
        Write-StubError $Cmdlet $fault.message $id
    }
}

function Write-StubError {
    param($Cmdlet, [string] $Message, [string] $Id)
    $Cmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([System.Exception]::new($Message), $Id, 'NotSpecified', $null))
}

function Test-Pattern {
    param([string] $Text)
    [System.Management.Automation.WildcardPattern]::ContainsWildcardCharacters($Text)
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

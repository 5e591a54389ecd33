# Generated from src/document/queries by `npm run generate`. Do not edit.
@{
    Fields      = @{
        vm_host = @(
            'name text Name'
            'fullyQualifiedDomainName text FullyQualifiedDomainName'
            'logicalProcessorCount int LogicalProcessorCount'
            'iovSupport bool IovSupport'
            'iovSupportReasons texts IovSupportReasons'
        )
        vm_switch = @(
            'id text Id'
            'name text Name'
            'switchType int SwitchType'
            'allowManagementOS bool AllowManagementOS'
            'iovEnabled bool IovEnabled'
            'iovSupport bool IovSupport'
            'iovSupportReasons texts IovSupportReasons'
            'iovVirtualFunctionCount int IovVirtualFunctionCount'
            'iovVirtualFunctionsInUse int IovVirtualFunctionsInUse'
            'iovQueuePairCount int IovQueuePairCount'
            'iovQueuePairsInUse int IovQueuePairsInUse'
            'availableVMQueues int AvailableVMQueues'
            'numberVmqAllocated int NumberVmqAllocated'
            'embeddedTeamingEnabled bool EmbeddedTeamingEnabled'
            'bandwidthReservationMode int BandwidthReservationMode'
            'softwareRscEnabled bool SoftwareRscEnabled'
            'netAdapterInterfaceDescription text NetAdapterInterfaceDescription'
            'netAdapterInterfaceDescriptions texts NetAdapterInterfaceDescriptions'
            'netAdapterInterfaceGuid texts NetAdapterInterfaceGuid'
        )
        vm = @(
            'id text Id'
            'name text Name'
            'state int State'
            'operationalStatus ints OperationalStatus'
            'heartbeat int Heartbeat'
            'uptimeMs ticks Uptime.Ticks'
            'processorCount int ProcessorCount'
            'generation int Generation'
            'version text Version'
            'virtualMachineType int VirtualMachineType'
            'replicationMode int ReplicationMode'
        )
        vm_network_adapter = @(
            'id text Id'
            'name text Name'
            'vmName text VMName'
            'vmId text VMId'
            'switchName text SwitchName'
            'switchId text SwitchId'
            'macAddress text MacAddress'
            'isLegacy bool IsLegacy'
            'isManagementOs bool IsManagementOs'
            'isExternalAdapter bool IsExternalAdapter'
            'connected bool Connected'
            'status ints Status'
            'statusDescription texts StatusDescription'
            'iovWeight int IovWeight'
            'iovQueuePairsRequested int IovQueuePairsRequested'
            'iovQueuePairsAssigned int IovQueuePairsAssigned'
            'iovUsage int IovUsage'
            'vfDataPathActive bool VFDataPathActive'
            'vmqWeight int VMQWeight'
            'vmqUsage int VmqUsage'
            'vrssEnabled bool VrssEnabled'
            'vmmqEnabled bool VmmqEnabled'
            'vmmqQueuePairs int VrssMaxQueuePairs|VmmqQueuePairs'
            'vmmqQueuePairsRequested int VrssMaxQueuePairsRequested|VmmqQueuePairsRequested'
            'ipAddresses texts IPAddresses'
        )
        net_adapter = @(
            'name text Name'
            'interfaceDescription text InterfaceDescription'
            'interfaceGuid text InterfaceGuid'
            'macAddress text MacAddress'
            'interfaceOperationalStatus int #InterfaceOperationalStatus|InterfaceOperationalStatus'
            'interfaceAdminStatus int #InterfaceAdminStatus|InterfaceAdminStatus'
            'receiveLinkSpeed wide ReceiveLinkSpeed'
            'driverVersion text DriverVersion'
            'driverFileName text DriverFileName'
            'hardwareInterface bool HardwareInterface'
            'virtual bool Virtual'
        )
        net_adapter_sriov = @(
            'interfaceDescription text InterfaceDescription'
            'enabled bool Enabled'
            'sriovSupport intOrWord #SriovSupport|SriovSupport'
            'numVFs int NumVFs'
            'numAllocatedVFs int NumAllocatedVFs'
            'numVPorts int NumVPorts'
            'numActiveVPorts int NumActiveVPorts'
            'hwMaxNumVFs int HardwareCapabilities.MaxNumVFs'
            'currentMaxNumQueuePairs int CurrentCapabilities.MaxNumQueuePairs'
        )
        net_adapter_sriov_vf = @(
            'interfaceDescription text InterfaceDescription'
            'functionID int FunctionID'
            'vmID text VmID'
            'vmNicID text VmNicID'
            'vmFriendlyName text VmFriendlyName'
            'currentMacAddress text CurrentMacAddress'
            'permanentMacAddress text PermanentMacAddress'
            'vPortID ints VPortID'
        )
        net_adapter_vport = @(
            'interfaceDescription text InterfaceDescription'
            'vPortID int VPortID'
            'functionID int FunctionID'
            'numQueuePairs int NumQueuePairs'
            'vPortState int #VPortState|VPortState'
            'filterMacAddresses texts FilterList.MacAddress'
        )
        net_adapter_vmq = @(
            'interfaceDescription text InterfaceDescription'
            'enabled bool Enabled'
            'numberOfReceiveQueues int NumberOfReceiveQueues'
            'baseProcessorGroup int BaseProcessorGroup'
            'baseProcessorNumber int BaseProcessorNumber'
            'maxProcessors int MaxProcessors'
            'maxProcessorNumber int MaxProcessorNumber'
            'numaNode int NumaNode'
        )
        net_adapter_vmq_queue = @(
            'interfaceDescription text InterfaceDescription'
            'queueID int QueueID'
            'state int #State|State'
            'processorGroup int ProcessorGroup'
            'processorAffinityMask wide ProcessorAffinityMask'
            'vmID text VmID'
            'vmFriendlyName text VmFriendlyName'
            'filterMacAddresses texts FilterList.MacAddress'
        )
        vnic_instance = @(
            'instance text instance'
        )
        net_adapter_statistics = @(
            'interfaceDescription text InterfaceDescription'
            'receivedBytes wide ReceivedBytes'
            'receivedUnicastPackets wide ReceivedUnicastPackets'
            'receivedMulticastPackets wide ReceivedMulticastPackets'
            'receivedBroadcastPackets wide ReceivedBroadcastPackets'
            'receivedDiscardedPackets wide ReceivedDiscardedPackets'
            'receivedPacketErrors wide ReceivedPacketErrors'
            'sentBytes wide SentBytes'
            'sentUnicastPackets wide SentUnicastPackets'
            'sentMulticastPackets wide SentMulticastPackets'
            'sentBroadcastPackets wide SentBroadcastPackets'
            'outboundDiscardedPackets wide OutboundDiscardedPackets'
            'outboundPacketErrors wide OutboundPacketErrors'
        )
        process = @(
            'name text Name'
            'id int Id'
            'workingSet wide WorkingSet64'
            'handles int HandleCount'
        )
        computer = @(
            'caption text Win32_OperatingSystem.Caption'
            'buildNumber text Win32_OperatingSystem.BuildNumber'
            'operatingSystemSKU int Win32_OperatingSystem.OperatingSystemSKU'
            'productType int Win32_OperatingSystem.ProductType'
            'manufacturer text Win32_ComputerSystem.Manufacturer'
            'model text Win32_ComputerSystem.Model'
            'biosVersion text Win32_BIOS.SMBIOSBIOSVersion'
            'numberOfCores int Win32_Processor.NumberOfCores'
            'numberOfLogicalProcessors int Win32_Processor.NumberOfLogicalProcessors'
        )
        registry = @(
            'iovEnableOverride int Registry.IovEnableOverride'
            'guestParametersPresent bool Registry.GuestParametersPresent'
        )
        vm_switch_extension = @(
            'switchId text SwitchId'
            'switchName text SwitchName'
            'id text Id'
            'name text Name'
            'extensionType int ExtensionType'
            'enabled bool Enabled'
            'running bool Running'
        )
        vm_switch_team = @(
            'id text Id'
            'name text Name'
            'loadBalancingAlgorithm int LoadBalancingAlgorithm'
        )
        net_lbfo_team = @(
            'name text Name'
            'members texts Members'
            'teamNics texts TeamNics'
            'teamingMode int #TeamingMode|TeamingMode'
            'loadBalancingAlgorithm int #LoadBalancingAlgorithm|LoadBalancingAlgorithm'
        )
        vm_network_adapter_team_mapping = @(
            'parentAdapterId text ParentAdapter.Id'
            'netAdapterName text NetAdapterName'
        )
        vm_network_adapter_acl = @(
            'parentAdapterId text ParentAdapter.Id'
            'action int Action'
        )
        vm_network_adapter_extended_acl = @(
            'parentAdapterId text ParentAdapter.Id'
            'action int Action'
        )
        vm_network_adapter_setting = @(
            'id text Id'
            'virtualSubnetId int VirtualSubnetId'
            'isolationMode int IsolationSetting.IsolationMode'
            'maximumBandwidth wide BandwidthSetting.MaximumBandwidth'
            'vlanOperationMode int VlanSetting.OperationMode'
            'accessVlanId int VlanSetting.AccessVlanId'
        )
        net_adapter_hardware = @(
            'interfaceDescription text InterfaceDescription'
            'segmentNumber int SegmentNumber'
            'busNumber int BusNumber'
            'deviceNumber int DeviceNumber'
            'functionNumber int FunctionNumber'
            'numaNode int NumaNode'
        )
        cluster_node = @(
            'name text Name'
            'state int #State|State'
            'nodeDrainStatus int #NodeDrainStatus|NodeDrainStatus'
        )
        vmswitch_event = @(
            'recordId int RecordId'
            'id int Id'
            'time time TimeCreated'
            'message brief Message'
            'values briefs Properties.Value'
        )
    }
    CounterSets = @{
        counters_virtual_network_adapter = @{
            Set         = 'Hyper-V Virtual Network Adapter'
            Counter     = @('Bytes Received/sec', 'Bytes Sent/sec', 'Packets Received/sec', 'Packets Sent/sec', 'Dropped Packets Incoming/sec', 'Dropped Packets Outgoing/sec')
            Average     = @()
            AnySpelling = $false
        }
        counters_virtual_switch = @{
            Set         = 'Hyper-V Virtual Switch'
            Counter     = @('Bytes Received/sec', 'Bytes Sent/sec', 'Packets Received/sec', 'Packets Sent/sec', 'Dropped Packets Incoming/sec', 'Dropped Packets Outgoing/sec', 'Number of VMQ Moves/sec')
            Average     = @()
            AnySpelling = $false
        }
        counters_virtual_processor = @{
            Set         = 'Hyper-V Hypervisor Virtual Processor'
            Counter     = @('% Guest Run Time', '% Hypervisor Run Time', '% Remote Run Time', 'CPU Wait Time Per Dispatch')
            Average     = @('CPU Wait Time Per Dispatch')
            AnySpelling = $false
        }
        counters_root_virtual_processor = @{
            Set         = 'Hyper-V Hypervisor Root Virtual Processor'
            Counter     = @('% Guest Run Time', '% Hypervisor Run Time')
            Average     = @()
            AnySpelling = $false
        }
        counters_logical_processor = @{
            Set         = 'Hyper-V Hypervisor Logical Processor'
            Counter     = @('% Guest Run Time', '% Hypervisor Run Time', '% Idle Time')
            Average     = @()
            AnySpelling = $false
        }
        counters_mellanox_vf = @{
            Set         = 'Mellanox WinOF-2 VF Internal Traffic Counters'
            Counter     = @('Rx octets', 'Tx octets', 'Rx packets', 'Tx packets')
            Average     = @()
            AnySpelling = $true
        }
    }
    EventLogs   = @{
        vmswitch_event = @{
            Channel     = 'System'
            Filter      = 'Provider[@Name=''Microsoft-Windows-Hyper-V-VmSwitch''] and (EventID=106 or EventID=113 or EventID=236)'
            Limit       = 200
        }
    }
}

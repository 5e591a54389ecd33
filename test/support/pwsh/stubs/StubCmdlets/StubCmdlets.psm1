# Windows' cmdlets and services as the agent calls them, and the agent's own reader of counter sets: rows of the stub host.
# One module, since an engine takes long to find and load each.
Import-Module StubHost

function Get-VMHost {
    [CmdletBinding()] param()
    Invoke-Stub 'Get-VMHost' $PSCmdlet
}

function Get-VMSwitch {
    [CmdletBinding()] param()
    Invoke-Stub 'Get-VMSwitch' $PSCmdlet
}

function Get-VM {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-VM' $PSCmdlet
}

function Get-VMNetworkAdapter {
    [CmdletBinding()] param([switch] $All)
    Invoke-Stub 'Get-VMNetworkAdapter' $PSCmdlet
}

function Get-VMSwitchExtension {
    [CmdletBinding()] param([string[]] $VMSwitchName)
    Invoke-Stub 'Get-VMSwitchExtension' $PSCmdlet
}

function Get-VMSwitchTeam {
    [CmdletBinding()] param()
    Invoke-Stub 'Get-VMSwitchTeam' $PSCmdlet
}

function Get-VMNetworkAdapterTeamMapping {
    [CmdletBinding()] param([string[]] $VMName)
    Invoke-Stub 'Get-VMNetworkAdapterTeamMapping' $PSCmdlet
}

function Get-VMNetworkAdapterAcl {
    [CmdletBinding()] param([string[]] $VMName)
    Invoke-Stub 'Get-VMNetworkAdapterAcl' $PSCmdlet
}

function Get-VMNetworkAdapterExtendedAcl {
    [CmdletBinding()] param([string[]] $VMName)
    Invoke-Stub 'Get-VMNetworkAdapterExtendedAcl' $PSCmdlet
}

function Get-NetAdapter {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapter' $PSCmdlet
}

function Get-NetAdapterSriov {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterSriov' $PSCmdlet
}

function Get-NetAdapterSriovVf {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterSriovVf' $PSCmdlet
}

function Get-NetAdapterVPort {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterVPort' $PSCmdlet
}

function Get-NetAdapterVmq {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterVmq' $PSCmdlet
}

function Get-NetAdapterVmqQueue {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterVmqQueue' $PSCmdlet
}

function Get-NetAdapterStatistics {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterStatistics' $PSCmdlet
}

function Get-NetAdapterHardwareInfo {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-NetAdapterHardwareInfo' $PSCmdlet
}

function Get-NetLbfoTeam {
    [CmdletBinding()] param()
    Invoke-Stub 'Get-NetLbfoTeam' $PSCmdlet
}

function Get-CimInstance {
    [CmdletBinding()] param([string] $Namespace, [string] $ClassName, [string] $Filter, [string[]] $Property)
    Invoke-Stub "Get-CimInstance $ClassName" $PSCmdlet
}

function Get-Process {
    [CmdletBinding()] param([string[]] $Name)
    Invoke-Stub 'Get-Process' $PSCmdlet
}

function Get-Service {
    [CmdletBinding()] param([string[]] $Name)
    Add-StubCall 'Get-Service'
    foreach ($service in (Get-StubDefinition services)) {
        foreach ($pattern in $Name) { if ($service.Name -like $pattern) { [pscustomobject]$service } }
    }
}

function Read-HyperVSriovCounterSet {
    [CmdletBinding()] param([string] $Name, [string[]] $Counter = @(), [string[]] $Average = @(), [switch] $AnySpelling)
    Add-StubCall "Read-HyperVSriovCounterSet $Name"
    $set = (Get-StubDefinition counters)[$Name]
    if ($null -eq $set) { return @{ status = 'unsupported'; errors = @("no counter set '$Name'"); types = @{}; rows = @() } }
    if ($set.throw) { throw $set.throw }
    $types = @{}
    foreach ($wanted in $Counter) { if ($null -ne $set.types[$wanted]) { $types[$wanted] = $set.types[$wanted] } }
    $rows = foreach ($row in $set.rows) {
        $values = @{}
        foreach ($wanted in $Counter) {
            if ($null -ne $row.values[$wanted]) { $values[$wanted] = Get-StubCounter $row.values[$wanted] }
            if ($Average -contains $wanted) { $values["$wanted Base"] = Get-StubCounter $row.values["$wanted Base"] }
        }
        @{ instance = $row.instance; values = $values }
    }
    @{ status = 'ok'; errors = @(); types = $types; rows = @($rows) }
}

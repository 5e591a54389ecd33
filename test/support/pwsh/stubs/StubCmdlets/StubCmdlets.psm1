# Windows' cmdlets and services as the agent calls them, and the agent's own reader of counter sets: rows of the stub host.
# One module, since an engine takes long to find and load each.
#
# Parameter sets and types are those that the cmdlets are recorded to have (PSScriptAnalyzer's module list of build
# 14393; HyperVDsc's stubs). Where no publication shows that a name may be a pattern, a pattern is refused.
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
    [CmdletBinding()] param()
    Invoke-Stub 'Get-VM' $PSCmdlet
}

function Get-VMNetworkAdapter {
    [CmdletBinding(DefaultParameterSetName = 'VMName')]
    param(
        [Parameter(ParameterSetName = 'VMName', Mandatory = $true)] [string[]] $VMName,
        [Parameter(ParameterSetName = 'All', Mandatory = $true)] [switch] $All
    )
    if ($PSCmdlet.ParameterSetName -ne 'All') { throw 'this stub knows -All only' }
    Invoke-Stub 'Get-VMNetworkAdapter' $PSCmdlet
}

function Get-VMSwitchExtension {
    # A star is published in use.
    [CmdletBinding()] param([Parameter(Mandatory = $true)] [string[]] $VMSwitchName)
    if ("$VMSwitchName" -ne '*') { throw 'this stub knows all vSwitches only' }
    Invoke-Stub 'Get-VMSwitchExtension' $PSCmdlet
}

function Get-VMSwitchTeam {
    [CmdletBinding()] param()
    Invoke-Stub 'Get-VMSwitchTeam' $PSCmdlet
}

function Get-StubParent {
    # Ids of the vNICs given, where they can be read. Windows takes nothing but its own objects.
    param([object[]] $Vnic)
    foreach ($each in $Vnic) {
        if ($each -isnot [System.Management.Automation.PSCustomObject]) { throw 'cannot convert the argument to a vNIC' }
        try { "$($each.Id)" } catch { $null = $_ }
    }
}

function Get-VMNetworkAdapterTeamMapping {
    [CmdletBinding(DefaultParameterSetName = 'VMName')]
    param(
        [Parameter(ParameterSetName = 'VMName', Mandatory = $true)] [string] $VMName,
        [Parameter(ParameterSetName = 'VMNetworkAdapter', Mandatory = $true)] [psobject] $VMNetworkAdapter
    )
    if ($PSCmdlet.ParameterSetName -eq 'VMName') { throw 'this stub knows vNICs only' }
    if ($VMNetworkAdapter -is [array]) { throw 'cannot convert an array to one vNIC' }
    Invoke-Stub 'Get-VMNetworkAdapterTeamMapping' $PSCmdlet -Of @(Get-StubParent $VMNetworkAdapter)
}

function Get-VMNetworkAdapterAcl {
    [CmdletBinding()] param([string[]] $VMName, [object[]] $VMNetworkAdapter)
    if ($null -eq $VMNetworkAdapter) { throw 'this stub knows vNICs only' }
    Invoke-Stub 'Get-VMNetworkAdapterAcl' $PSCmdlet -Of @(Get-StubParent $VMNetworkAdapter)
}

function Get-VMNetworkAdapterExtendedAcl {
    [CmdletBinding()] param([string[]] $VMName, [object[]] $VMNetworkAdapter)
    if ($null -eq $VMNetworkAdapter) { throw 'this stub knows vNICs only' }
    Invoke-Stub 'Get-VMNetworkAdapterExtendedAcl' $PSCmdlet -Of @(Get-StubParent $VMNetworkAdapter)
}

function Get-NetAdapter {
    [CmdletBinding()] param([switch] $IncludeHidden)
    Invoke-Stub 'Get-NetAdapter' $PSCmdlet -IncludeHidden:$IncludeHidden
}

function Get-NetAdapterSriov {
    [CmdletBinding()] param([switch] $IncludeHidden)
    Invoke-Stub 'Get-NetAdapterSriov' $PSCmdlet -IncludeHidden:$IncludeHidden
}

function Get-NetAdapterSriovVf {
    [CmdletBinding()] param([switch] $IncludeHidden)
    Invoke-Stub 'Get-NetAdapterSriovVf' $PSCmdlet -IncludeHidden:$IncludeHidden
}

function Get-NetAdapterVPort {
    [CmdletBinding()] param([switch] $IncludeHidden)
    Invoke-Stub 'Get-NetAdapterVPort' $PSCmdlet -IncludeHidden:$IncludeHidden
}

function Get-NetAdapterVmq {
    [CmdletBinding()] param([switch] $IncludeHidden)
    Invoke-Stub 'Get-NetAdapterVmq' $PSCmdlet -IncludeHidden:$IncludeHidden
}

function Get-NetAdapterVmqQueue {
    [CmdletBinding()] param([switch] $IncludeHidden)
    Invoke-Stub 'Get-NetAdapterVmqQueue' $PSCmdlet -IncludeHidden:$IncludeHidden
}

function Get-NetAdapterStatistics {
    [CmdletBinding()] param([switch] $IncludeHidden)
    Invoke-Stub 'Get-NetAdapterStatistics' $PSCmdlet -IncludeHidden:$IncludeHidden
}

function Get-NetAdapterHardwareInfo {
    [CmdletBinding()] param([switch] $IncludeHidden)
    Invoke-Stub 'Get-NetAdapterHardwareInfo' $PSCmdlet -IncludeHidden:$IncludeHidden
}

function Get-NetLbfoTeam {
    [CmdletBinding()] param()
    Invoke-Stub 'Get-NetLbfoTeam' $PSCmdlet
}

function Get-CimInstance {
    # The one filter that the agent uses names this machine, whose name the stub host does not know.
    [CmdletBinding()] param([string] $Namespace, [Parameter(Mandatory = $true)] [string] $ClassName, [string] $Filter, [string[]] $Property)
    if ($Filter -and $Filter -ne "Name = '$([Environment]::MachineName)'") { throw "this stub does not know the filter $Filter" }
    Invoke-Stub "Get-CimInstance $ClassName" $PSCmdlet
}

function Get-Process {
    # A plain name that no process has is an error, a pattern is not.
    [CmdletBinding()] param([string[]] $Name)
    $left = @(Invoke-Stub 'Get-Process' $PSCmdlet)
    foreach ($pattern in $Name) {
        $found = @()
        $left = @(foreach ($process in $left) {
                $title = $null
                try { $title = $process.Name } catch { $null = $_ }
                # One without a name comes with the first pattern: the module must bear it.
                if ($null -eq $title -or $title -like $pattern) { $found += $process } else { $process }
            })
        if ($found.Count -eq 0 -and -not (Test-Pattern $pattern)) { Write-StubError $PSCmdlet "no process $pattern" 'NoProcessFoundForGivenName' }
        $found
    }
}

function Get-WinEvent {
    # By the log's name and an XPath filter, as the agent asks; newest first. No entry is an error, and so is no log.
    [CmdletBinding()] param([Parameter(Mandatory = $true)] [string[]] $LogName, [string] $FilterXPath, [long] $MaxEvents = -1)
    Add-StubCall 'Get-WinEvent'
    $calls = Get-StubDefinition calls
    $definition = $calls['Get-WinEvent']
    if ($definition.missing) { & 'Missing-Get-WinEvent' }
    if ($definition.throw) { throw $definition.throw }
    if ($definition.forbidden) {
        $denied = [System.UnauthorizedAccessException]::new('denied')
        $PSCmdlet.ThrowTerminatingError([System.Management.Automation.ErrorRecord]::new($denied, 'System.UnauthorizedAccessException,Microsoft.PowerShell.Commands.GetWinEventCommand', 'NotSpecified', $null))
    }
    if ($null -ne $definition.log -and "$LogName" -ne $definition.log.channel) {
        Write-StubError $PSCmdlet "no log $LogName" 'NoMatchingLogsFound'
        return
    }
    if ($FilterXPath -notmatch "^\*\[System\[Provider\[@Name='([^']+)'\] and \((EventID=\d+(?: or EventID=\d+)*)\) and TimeCreated\[timediff\(@SystemTime\) <= (\d+)\]\]\]$") { throw "this stub does not know the filter $FilterXPath" }
    $provider, $ids, $within = $Matches[1], ($Matches[2] -replace 'EventID=' -split ' or '), [long]$Matches[3]
    $now = Get-StubDefinition clock
    if ($null -eq $now) { $now = [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds() }
    $found = @(foreach ($row in $definition.rows) {
            if ($null -ne $definition.log -and $provider -ne $definition.log.provider) { continue }
            if ($row['Id'] -is [long] -and "$($row['Id'])" -notin $ids) { continue }
            if ($row['TimeCreated'] -is [long] -and $now - $row['TimeCreated'] -gt $within) { continue }
            $row
        })
    $newest = @($found | Sort-Object -Stable -Descending -Property { if ($_['TimeCreated'] -is [long]) { $_['TimeCreated'] } else { 0 } })
    if ($MaxEvents -ge 0 -and $newest.Count -gt $MaxEvents) { $newest = $newest[0..($MaxEvents - 1)] }
    if ($newest.Count -eq 0 -and @($definition.errors).Count -eq 0) { Write-StubError $PSCmdlet 'no entries' 'NoMatchingEventsFound' }
    foreach ($row in $newest) { New-StubObject EventRecord $row }
    foreach ($fault in $definition.errors) { Write-StubError $PSCmdlet $fault.message $fault.id }
}

function Get-Service {
    [CmdletBinding()] param([string[]] $Name)
    Add-StubCall 'Get-Service'
    $all = @(foreach ($service in (Get-StubDefinition services)) { [pscustomobject]$service })
    foreach ($pattern in $Name) {
        $found = @(foreach ($service in $all) { if ($service.Name -like $pattern) { $service } })
        if ($found.Count -eq 0 -and -not (Test-Pattern $pattern)) { Write-StubError $PSCmdlet "no service $pattern" 'NoServiceFoundForGivenName' }
        $found
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

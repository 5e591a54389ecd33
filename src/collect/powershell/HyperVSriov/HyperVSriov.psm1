# Reads one part of a Hyper-V host's state and answers with one frame on standard output. Reads only.
#
# Runs on Windows PowerShell 5.1 and on PowerShell 7: ASCII, no syntax newer than 5.1. The tests enforce these rules:
# - A value that cannot be read is omitted from its row. It is never 0 or false.
# - Rows are never piped, because module logging would write each one.
# - There is no method call inside a loop, because PowerShell 7.3 passes each one to AMSI.
# - Each cmdlet is called once, not once for each VM, except for vNICs on a SET switch.

# A module that the application control policy allows runs in full language, whatever the mode of the session. In a module
# that is not allowed, the first method call fails. The name of the mode is not enough to know: under an audit policy,
# PowerShell 7.4 and later report ConstrainedLanguage and refuse nothing.
try {
    $null = [System.Diagnostics.Stopwatch]::StartNew()
} catch {
    throw 'constrained_language: the application control policy does not allow the module HyperVSriov'
}

$script:Protocol = 1
$script:DocumentSchema = 1
$script:MaxFrameLength = 32 * 1024 * 1024
$script:MaxErrors = 20
# Limits of a served session
$script:MaxRequestLength = 4096
$script:MaxBadRequests = 10

# ---- what is read: Queries.psd1, which is generated -----------------------------------------------------------------------
# Each line has the key in the document, the kind and the property.
# Kinds: text, int, wide (64 bits, as decimal text), bool, texts, ints, intOrWord, ticks (of a TimeSpan, to milliseconds),
# time (DateTime, to Unix milliseconds), brief (a truncated text), briefs.
# Property: a.b reads b of a. a|b reads b if a is null. #a reads the raw value of the CIM property, because the NetAdapter
# module shows some enumerations as words.
$script:Queries = Import-PowerShellDataFile -LiteralPath "$PSScriptRoot/Queries.psd1"

$script:VirtualizationKey = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Virtualization'
$script:GuestParametersKey = 'HKLM:\SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters'

function ConvertTo-FieldList {
    param([string[]] $Line)
    foreach ($text in $Line) {
        $key, $kind, $property = $text -split '\s+'
        $attempts = foreach ($alternative in ($property -split '\|')) {
            @{
                Raw  = $alternative -like '#*'
                Path = @(($alternative -replace '^#') -split '\.')
            }
        }
        @{ Key = $key; Kind = $kind; Attempts = @($attempts) }
    }
}

$script:Fields = @{}
foreach ($source in @($script:Queries.Fields.Keys)) {
    $script:Fields[$source] = @(ConvertTo-FieldList -Line $script:Queries.Fields[$source])
}

# ---- reading and casting values; done only here ------------------------------------------------------------------------

function ConvertTo-Row {
    <#
    .SYNOPSIS
    Converts objects of cmdlets to rows: one hashtable for each, with a key for every property that could be read.
    .DESCRIPTION
    The key is omitted if the property is missing, null or not usable, or if its getter throws. Null is checked before every
    cast, because [int]$null is 0 and [bool]$null is False. Empty text is checked too, because [long]'' is 0.
    #>
    param([object[]] $Item, [object[]] $Field)
    foreach ($object in $Item) {
        if ($null -eq $object) { continue }
        $row = @{}
        foreach ($want in $Field) {
            $kind = $want.Kind
            foreach ($attempt in $want.Attempts) {
                try {
                    $value = $object
                    foreach ($name in $attempt.Path) {
                        if ($null -eq $value) { break }
                        if ($attempt.Raw) {
                            $value = $value.CimInstanceProperties[$name].Value
                        } elseif ($value -is [array]) {
                            $value = @(foreach ($element in $value) { $element.$name })
                        } else {
                            $value = $value.$name
                        }
                    }
                    if ($null -eq $value) { continue }

                    if ($kind -eq 'text') {
                        $row[$want.Key] = [string]$value
                    } elseif ($kind -eq 'int') {
                        if ($value -is [bool] -or ($value -is [string] -and $value -notmatch '^-?\d+$')) { continue }
                        $row[$want.Key] = [long]$value
                    } elseif ($kind -eq 'bool') {
                        if ($value -isnot [bool]) { continue }
                        $row[$want.Key] = $value
                    } elseif ($kind -eq 'wide') {
                        $digits = [string]$value
                        if ($digits -notmatch '^\d{1,20}$') { continue }
                        $row[$want.Key] = $digits
                    } elseif ($kind -eq 'ticks') {
                        $row[$want.Key] = [string](($value - $value % 10000) / 10000)
                    } elseif ($kind -eq 'time') {
                        $ticks = ([DateTimeOffset]$value).UtcTicks - 621355968000000000
                        $row[$want.Key] = [long](($ticks - $ticks % 10000) / 10000)
                    } elseif ($kind -eq 'brief') {
                        $row[$want.Key] = [string]$value -replace '(?s)^(.{1000}).*$', '$1'
                    } elseif ($kind -eq 'briefs') {
                        $row[$want.Key] = @(foreach ($element in @($value)[0..19]) {
                                if ($null -ne $element) { [string]$element -replace '(?s)^(.{256}).*$', '$1' }
                            })
                    } elseif ($kind -eq 'texts') {
                        $row[$want.Key] = @(foreach ($element in $value) { if ($null -ne $element) { [string]$element } })
                    } elseif ($kind -eq 'ints') {
                        $row[$want.Key] = @(foreach ($element in $value) { if ($null -ne $element) { [long]$element } })
                    } elseif ($value -is [string] -and $value -notmatch '^\d+$') {
                        $row[$want.Key] = $value
                    } else {
                        $row[$want.Key] = [long]$value
                    }
                    break
                } catch {
                    continue
                }
            }
        }
        $row
    }
}

function Get-Total {
    # Sum of one property over a few objects. Returns nothing if one of them does not have it.
    param([object[]] $Item, [string] $Property)
    $total = 0
    foreach ($object in $Item) {
        $value = $object.$Property
        if ($null -eq $value) { return }
        $total += $value
    }
    if (@($Item).Count -gt 0) { $total }
}

# ---- a source: one cmdlet or one counter set -----------------------------------------------------------------------------

function Get-UnixTime { [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds() }

function Test-Absent {
    # True if the error means that this version of Windows has no such command, CIM class (WBEM_E_INVALID_CLASS), namespace
    # (WBEM_E_INVALID_NAMESPACE) or event log. A log that this account is not allowed to read counts too. Codes are compared,
    # because texts are localised. A command whose module exists but could not be loaded (CouldNotAutoloadMatchingModule) is
    # a failure.
    param($ErrorRecord)
    $id = $ErrorRecord.FullyQualifiedErrorId
    $id -like 'CommandNotFoundException*' -or $id -like 'HRESULT 0x80041010*' -or $id -like 'HRESULT 0x8004100e*' -or
    $id -like 'NoMatchingLogsFound*' -or $id -like 'System.UnauthorizedAccessException,*GetWinEvent*'
}

function Get-ErrorText {
    param([object[]] $ErrorRecord)
    $seen = @{}
    foreach ($record in $ErrorRecord) {
        if ($seen.Count -ge $script:MaxErrors) { break }
        $text = "$record" -replace '(?s)^(.{1000}).*$', '$1'
        if ($null -eq $seen[$text]) {
            $seen[$text] = $true
            $text
        }
    }
}

function Add-Source {
    <#
    .SYNOPSIS
    Makes one bulk call and adds its rows and errors to the document. Never throws.
    .PARAMETER Call
    Runs in the scope of this function. Its cmdlets collect errors in $problems and continue, so that one migrating VM does
    not prevent the rows of the others.
    #>
    param([hashtable] $Document, [string] $Name, [scriptblock] $Call, [object[]] $Field = $script:Fields[$Name])
    if ($Document.Exclude -contains $Name) { return }
    $takenAt = Get-UnixTime
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $problems = @()
    $rows = @()
    try {
        $objects = @(. $Call)
        $rows = @(ConvertTo-Row -Item $objects -Field $Field)
    } catch {
        $problems = @($problems) + $_
    }
    # A call that throws also adds the exception to the error variable. It is already caught, so only error records are kept.
    $problems = @(foreach ($problem in $problems) { if ($problem -is [System.Management.Automation.ErrorRecord]) { $problem } })
    $status = 'ok'
    if ($problems.Count -gt 0) {
        $absent = @(foreach ($problem in $problems) { if (Test-Absent $problem) { $problem } })
        if ($rows.Count -gt 0) { $status = 'partial' }
        elseif ($absent.Count -eq $problems.Count) { $status = 'unsupported' }
        else { $status = 'failed' }
    }
    $Document.Sources[$Name] = @{
        status     = $status
        takenAt    = $takenAt
        durationMs = $watch.ElapsedMilliseconds
        rows       = $rows
        errors     = @(Get-ErrorText $problems)
    }
}

function Add-CounterSource {
    # Reads one counter set, or only the names of its instances. The rows need no conversion.
    param([hashtable] $Document, [string] $Name, [hashtable] $Wanted, [switch] $InstancesOnly)
    if ($Document.Exclude -contains $Name) { return }
    $counters = @(if (-not $InstancesOnly) { $Wanted.Counter })
    $takenAt = Get-UnixTime
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        $result = Read-HyperVSriovCounterSet -Name $Wanted.Set -Counter $counters -Average $Wanted.Average -AnySpelling:$Wanted.AnySpelling -ErrorAction Stop
    } catch {
        $result = @{ status = 'failed'; errors = @(Get-ErrorText $_); types = @{}; rows = @() }
    }
    $source = @{
        status     = $result.status
        takenAt    = $takenAt
        durationMs = $watch.ElapsedMilliseconds
        rows       = @($result.rows)
        errors     = @($result.errors)
    }
    if (-not $InstancesOnly) { $source.types = $result.types }
    else { $source.rows = @(ConvertTo-Row -Item $result.rows -Field $script:Fields[$Name]) }
    $Document.Sources[$Name] = $source
}

function Set-Unsupported {
    param([hashtable] $Document, [string] $Name, [string] $Reason)
    $Document.Sources[$Name] = @{
        status = 'unsupported'; takenAt = Get-UnixTime; durationMs = 0; rows = @(); errors = @($Reason)
    }
}

# ---- the parts -------------------------------------------------------------------------------------------------------------

function Read-Inventory {
    param([hashtable] $Document, [bool] $IncludeIPAddresses)
    Add-Source $Document vm_host { Get-VMHost -ErrorAction SilentlyContinue -ErrorVariable +problems }
    Add-Source $Document vm_switch { Get-VMSwitch -ErrorAction SilentlyContinue -ErrorVariable +problems }
    Add-Source $Document vm { Get-VM -ErrorAction SilentlyContinue -ErrorVariable +problems }

    # A vNIC, its VF and its vPort are compared, so these three are read directly after one another.
    $fields = @(foreach ($field in $script:Fields['vm_network_adapter']) {
            if ($IncludeIPAddresses -or $field.Key -ne 'ipAddresses') { $field }
        })
    Add-Source $Document vm_network_adapter -Field $fields { Get-VMNetworkAdapter -All -ErrorAction SilentlyContinue -ErrorVariable +problems }
    Add-Source $Document net_adapter_sriov_vf { Get-NetAdapterSriovVf -IncludeHidden -ErrorAction SilentlyContinue -ErrorVariable +problems }
    Add-Source $Document net_adapter_vport { Get-NetAdapterVPort -IncludeHidden -ErrorAction SilentlyContinue -ErrorVariable +problems }

    # An instance of this counter set is the evidence that the port of a vNIC exists.
    Add-CounterSource $Document vnic_instance $script:Queries.CounterSets['counters_virtual_network_adapter'] -InstancesOnly

    # NetAdapter cmdlets without a filter write no error if they find nothing (PowerShell's source, client side query of CDXML
    # cmdlets), so an empty list is a valid result.
    Add-Source $Document net_adapter { Get-NetAdapter -ErrorAction SilentlyContinue -ErrorVariable +problems }
    Add-Source $Document net_adapter_sriov { Get-NetAdapterSriov -IncludeHidden -ErrorAction SilentlyContinue -ErrorVariable +problems }
    Add-Source $Document net_adapter_vmq { Get-NetAdapterVmq -ErrorAction SilentlyContinue -ErrorVariable +problems }
    Add-Source $Document net_adapter_vmq_queue { Get-NetAdapterVmqQueue -ErrorAction SilentlyContinue -ErrorVariable +problems }
}

function Read-Activity {
    param([hashtable] $Document)
    Add-Source $Document net_adapter_statistics { Get-NetAdapterStatistics -ErrorAction SilentlyContinue -ErrorVariable +problems }
    # Patterns that match one name only. A plain name causes an error if the process does not run; a pattern without a match
    # does not (PowerShell's source, Process.cs).
    Add-Source $Document process { Get-Process -Name '[v]mms', '[W]miPrvSE' -ErrorAction SilentlyContinue -ErrorVariable +problems }
    foreach ($name in @($script:Queries.CounterSets.Keys)) {
        Add-CounterSource $Document $name $script:Queries.CounterSets[$name]
    }
}

function Read-SharedVnic {
    <#
    .SYNOPSIS
    The vNICs of VMs and of the management OS, read once for all sources of a document that need them.
    .DESCRIPTION
    The errors of that call are in VnicProblems of the document, for each of those sources.
    #>
    param([hashtable] $Document)
    if ($null -eq $Document.Vnics) {
        $Document.Vnics = @()
        $found = @()
        try {
            $Document.Vnics = @(Get-VMNetworkAdapter -All -ErrorAction SilentlyContinue -ErrorVariable found)
        } catch {
            $found = @($found) + $_
        }
        $Document.VnicProblems = @($found)
    }
    $Document.Vnics
}

function Split-Rule {
    # The rules in a property of the vNICs, and the vNICs whose property is missing or cannot be read.
    param([object[]] $Vnic, [string] $Property)
    $without = @()
    $rules = @(foreach ($each in $Vnic) {
            $list = $null
            try { $list = $each.$Property } catch { $null = $_ }
            if ($null -eq $list) { $without += $each } else { $list }
        })
    @{ Rules = $rules; Without = $without }
}

function Read-Config {
    param([hashtable] $Document)
    Add-Source $Document vm_switch_extension { Get-VMSwitchExtension -VMSwitchName * -ErrorAction SilentlyContinue -ErrorVariable +problems }
    Add-Source $Document vm_switch_team { Get-VMSwitchTeam -ErrorAction SilentlyContinue -ErrorVariable +problems }
    Add-Source $Document net_lbfo_team { Get-NetLbfoTeam -ErrorAction SilentlyContinue -ErrorVariable +problems }
    Add-Source $Document vm_network_adapter_setting {
        Read-SharedVnic $Document
        $problems = $Document.VnicProblems
    }
    Add-Source $Document vm_network_adapter_acl {
        $found = Split-Rule -Vnic @(Read-SharedVnic $Document) -Property AclList
        $problems = $Document.VnicProblems
        $found.Rules
        if ($found.Without.Count -gt 0) { Get-VMNetworkAdapterAcl -VMNetworkAdapter $found.Without -ErrorAction SilentlyContinue -ErrorVariable +problems }
    }
    Add-Source $Document vm_network_adapter_extended_acl {
        $found = Split-Rule -Vnic @(Read-SharedVnic $Document) -Property ExtendedAclList
        $problems = $Document.VnicProblems
        $found.Rules
        if ($found.Without.Count -gt 0) { Get-VMNetworkAdapterExtendedAcl -VMNetworkAdapter $found.Without -ErrorAction SilentlyContinue -ErrorVariable +problems }
    }
    # This cmdlet reads one vNIC at a time. Only vNICs on a SET switch can have a mapping.
    $teams = $Document.Sources['vm_switch_team']
    $teamed = @{}
    foreach ($team in $teams.rows) { $teamed["$($team.id)"] = $true }
    Add-Source $Document vm_network_adapter_team_mapping {
        $vnics = @(Read-SharedVnic $Document)
        $problems = $Document.VnicProblems
        foreach ($vnic in $vnics) {
            $switch = $null
            try { $switch = $vnic.SwitchId } catch { $null = $_ }
            if ($teams.status -eq 'ok' -and $null -ne $switch -and $null -eq $teamed["$switch"]) { continue }
            Get-VMNetworkAdapterTeamMapping -VMNetworkAdapter $vnic -ErrorAction SilentlyContinue -ErrorVariable +problems
        }
    }
    Add-Source $Document net_adapter_hardware { Get-NetAdapterHardwareInfo -IncludeHidden -ErrorAction SilentlyContinue -ErrorVariable +problems }
    Add-Source $Document computer {
        $os = @(Get-CimInstance -ClassName Win32_OperatingSystem -Property Caption, BuildNumber, OperatingSystemSKU, ProductType -ErrorAction SilentlyContinue -ErrorVariable +problems)
        $system = @(Get-CimInstance -ClassName Win32_ComputerSystem -Property Manufacturer, Model -ErrorAction SilentlyContinue -ErrorVariable +problems)
        $bios = @(Get-CimInstance -ClassName Win32_BIOS -Property SMBIOSBIOSVersion -ErrorAction SilentlyContinue -ErrorVariable +problems)
        $processors = @(Get-CimInstance -ClassName Win32_Processor -Property NumberOfCores, NumberOfLogicalProcessors -ErrorAction SilentlyContinue -ErrorVariable +problems)
        if ($os.Count + $system.Count + $bios.Count + $processors.Count -gt 0) {
            @{
                Win32_OperatingSystem = $os[0]
                Win32_ComputerSystem  = $system[0]
                Win32_BIOS            = $bios[0]
                Win32_Processor       = @{
                    NumberOfCores             = Get-Total -Item $processors -Property NumberOfCores
                    NumberOfLogicalProcessors = Get-Total -Item $processors -Property NumberOfLogicalProcessors
                }
            }
        }
    }
    Add-Source $Document registry {
        $key = $null
        if (Test-Path -LiteralPath $script:VirtualizationKey -ErrorAction SilentlyContinue -ErrorVariable +problems) {
            $key = Get-ItemProperty -LiteralPath $script:VirtualizationKey -ErrorAction SilentlyContinue -ErrorVariable +problems
        }
        @{
            Registry = @{
                IovEnableOverride      = $key.IovEnableOverride
                GuestParametersPresent = Test-Path -LiteralPath $script:GuestParametersKey -ErrorAction SilentlyContinue -ErrorVariable +problems
            }
        }
    }
}

function Read-Cluster {
    param([hashtable] $Document)
    if ($Document.Exclude -contains 'cluster_node') { return }
    # A pattern, as for Get-Process, so that a service that is not installed causes no error (PowerShell's source, Service.cs).
    $running = $false
    foreach ($service in @(Get-Service -Name '[C]lusSvc' -ErrorAction SilentlyContinue)) { $running = $service.Status -eq 'Running' }
    if (-not $running) {
        Set-Unsupported $Document cluster_node 'the cluster service (ClusSvc) does not run'
        return
    }
    $filter = "Name = '$([Environment]::MachineName)'"
    # The own node comes first. A collector finds the other hosts of the cluster in the rows after it.
    Add-Source $Document cluster_node {
        $own = @(Get-CimInstance -Namespace root/MSCluster -ClassName MSCluster_Node -Filter $filter -ErrorAction SilentlyContinue -ErrorVariable +problems)
        if ($own.Count -gt 0) {
            $own[0]
            foreach ($node in @(Get-CimInstance -Namespace root/MSCluster -ClassName MSCluster_Node -ErrorAction SilentlyContinue -ErrorVariable +problems)) {
                if ($node.Name -ne $own[0].Name) { $node }
            }
        }
    }
}

function Read-EventLog {
    # Entries of the last $WithinMs milliseconds, newest first. If there are none, Get-WinEvent writes an error.
    param([hashtable] $Document, [long] $WithinMs)
    foreach ($name in @($script:Queries.EventLogs.Keys)) {
        $wanted = $script:Queries.EventLogs[$name]
        $filter = "*[System[$($wanted.Filter) and TimeCreated[timediff(@SystemTime) <= $WithinMs]]]"
        Add-Source $Document $name {
            Get-WinEvent -LogName $wanted.Channel -FilterXPath $filter -MaxEvents $wanted.Limit -ErrorAction SilentlyContinue -ErrorVariable +problems
            $problems = @(foreach ($problem in $problems) { if ($problem.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*') { $problem } })
        }
    }
}

# ---- the answer: one frame on standard output ------------------------------------------------------------------------------

function Write-Frame {
    # @HVSRIOV<protocol> <request id> <status> <length> <base64(gzip(UTF-8 JSON))>@END. It is ASCII without a line end, so code
    # pages, console width, colours and other output cannot corrupt it. The CRC-32 of gzip is the checksum.
    param([long] $RequestId, [string] $Status, $Payload)
    $json = ConvertTo-Json -InputObject $Payload -Depth 8 -Compress
    $bytes = (New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false).GetBytes($json)
    $buffer = New-Object -TypeName System.IO.MemoryStream
    $gzip = New-Object -TypeName System.IO.Compression.GZipStream -ArgumentList $buffer, ([System.IO.Compression.CompressionMode]::Compress)
    $gzip.Write($bytes, 0, $bytes.Length)
    $gzip.Dispose()
    $text = [Convert]::ToBase64String($buffer.ToArray())
    if ($text.Length -gt $script:MaxFrameLength) {
        Write-Frame -RequestId $RequestId -Status error -Payload @{
            code  = 'frame_too_large'
            error = "the answer has $($text.Length) characters, more than $($script:MaxFrameLength)"
        }
        return
    }
    [Console]::Out.Write("@HVSRIOV$($script:Protocol) $RequestId $Status $($text.Length) $text@END")
    [Console]::Out.Flush()
}

function Get-ChildState {
    # Values of this process that the agent reports and decides on recycling by
    $process = [System.Diagnostics.Process]::GetCurrentProcess()
    $fields = @(ConvertTo-FieldList 'pid int Id', 'cpuMs ticks TotalProcessorTime.Ticks', 'workingSet wide WorkingSet64', 'handles int HandleCount')
    ConvertTo-Row -Item $process -Field $fields
    $process.Dispose()
}

function Get-DesktopOnlyModule {
    # Names of Windows modules that PowerShell 7 cannot load itself. It starts Windows PowerShell 5.1 for them, and their
    # objects arrive as copies without methods and with texts instead of numbers (about_Windows_PowerShell_Compatibility).
    if ($PSVersionTable.PSEdition -ne 'Core' -or $null -eq $env:SystemRoot) { return }
    $names = 'Hyper-V', 'NetAdapter', 'NetLbfo', 'FailoverClusters'
    foreach ($module in @(Get-Module -ListAvailable -SkipEditionCheck -Name $names -ErrorAction SilentlyContinue)) {
        if ("$($module.ModuleBase)" -like "$($env:SystemRoot)?System32?*" -and $module.CompatiblePSEditions -notcontains 'Core') { $module.Name }
    }
}

function Write-Greeting {
    # The handshake: prepares the session for unattended use and answers with versions, language mode, culture and pid.
    # $Limits: the limits at which a served session ends itself.
    param([long] $RequestId, [hashtable] $Limits)
    try {
        $global:ProgressPreference = 'SilentlyContinue'
        $global:WarningPreference = 'SilentlyContinue'
        $global:VerbosePreference = 'SilentlyContinue'
        $global:InformationPreference = 'SilentlyContinue'
        $global:PSDefaultParameterValues = @{}
        $global:MaximumHistoryCount = 1
        # Without this, ConvertTo-Json of Windows PowerShell writes an array that a function returned as { value, Count }.
        if ($PSVersionTable.PSEdition -ne 'Core') { Remove-TypeData -TypeName System.Array -ErrorAction SilentlyContinue }
        # Reading must not compete with VMs for the processor.
        $process = [System.Diagnostics.Process]::GetCurrentProcess()
        try { $process.PriorityClass = 'BelowNormal' } catch { $null = $_ }
        $process.Dispose()
        $greeting = @{
            module       = "$($MyInvocation.MyCommand.Module.Version)"
            psVersion    = "$($PSVersionTable.PSVersion)"
            edition      = "$($PSVersionTable.PSEdition)"
            languageMode = "$($ExecutionContext.SessionState.LanguageMode)"
            culture      = $PSUICulture
            pid          = $PID
            protocol     = $script:Protocol
            desktopOnly  = @(Get-DesktopOnlyModule)
        }
        if ($Limits) { $greeting.limits = $Limits }
        Write-Frame -RequestId $RequestId -Status ok -Payload $greeting
    } catch {
        Write-Frame -RequestId $RequestId -Status error -Payload @{ code = 'connect_failed'; error = "$_" }
    } finally {
        $global:Error.Clear()
    }
}

function Connect-HyperVSriov {
    <#
    .SYNOPSIS
    The handshake: prepares the session for unattended use and answers with versions, language mode, culture and pid.
    .PARAMETER RequestId
    Returned in the frame.
    #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [ValidateRange(0, 9007199254740991)] [long] $RequestId)
    Write-Greeting -RequestId $RequestId
}

function Invoke-HyperVSriovPart {
    <#
    .SYNOPSIS
    Reads one part of the host's state and answers with it in one frame.
    .PARAMETER Part
    inventory, activity, config, cluster or eventlog.
    .PARAMETER RequestId
    Returned in the frame.
    .PARAMETER IncludeIPAddresses
    Also reads the IP addresses of vNICs. Without it the property is never read.
    .PARAMETER ExcludeSource
    Names of sources to omit, separated by commas.
    .PARAMETER WithinMs
    How far back the event log is read, in milliseconds; at most a day.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [ValidateSet('inventory', 'activity', 'config', 'cluster', 'eventlog')] [string] $Part,
        [Parameter(Mandatory = $true)] [ValidateRange(0, 9007199254740991)] [long] $RequestId,
        [switch] $IncludeIPAddresses,
        [ValidatePattern('^[a-z_]+(,[a-z_]+)*$')] [string] $ExcludeSource,
        [ValidateRange(1, 86400000)] [long] $WithinMs = 86400000
    )
    $ErrorActionPreference = 'Stop'
    try {
        $document = @{ Exclude = @($ExcludeSource -split ','); Sources = @{} }
        $takenAt = Get-UnixTime
        if ($Part -eq 'inventory') { Read-Inventory $document $IncludeIPAddresses.IsPresent }
        elseif ($Part -eq 'activity') { Read-Activity $document }
        elseif ($Part -eq 'config') { Read-Config $document }
        elseif ($Part -eq 'cluster') { Read-Cluster $document }
        else { Read-EventLog $document $WithinMs }
        Write-Frame -RequestId $RequestId -Status ok -Payload @{
            schema     = $script:DocumentSchema
            part       = "$Part"
            takenAt    = $takenAt
            module     = "$($MyInvocation.MyCommand.Module.Version)"
            powershell = @{
                version = "$($PSVersionTable.PSVersion)"; edition = "$($PSVersionTable.PSEdition)"; culture = $PSUICulture
            }
            child      = Get-ChildState
            sources    = $document.Sources
        }
    } catch {
        Write-Frame -RequestId $RequestId -Status error -Payload @{ code = 'collect_failed'; error = "$_" }
    } finally {
        $global:Error.Clear()
    }
}

# ---- a served session: requests on standard input --------------------------------------------------------------------------

function Read-Input {
    # Adds the next characters of standard input to the text of $From. False at the end of input, or after $WaitMs without any.
    param([hashtable] $From, [long] $WaitMs)
    $read = $From.Reader.ReadAsync($From.Buffer, 0, $From.Buffer.Length)
    if (-not $read.Wait($WaitMs) -or $read.Result -eq 0) { return $false }
    $From.Text += -join $From.Buffer[0..($read.Result - 1)]
    $true
}

function Read-Request {
    # The next line. Nothing at the end of input, after $WaitMs without a line, or if a line is too long.
    param([hashtable] $From, [long] $WaitMs)
    while ($From.Text -notmatch '\n') {
        if ($From.Text.Length -gt $script:MaxRequestLength -or -not (Read-Input $From $WaitMs)) { return }
    }
    $line, $From.Text = $From.Text -split '\n', 2
    $line -replace '\r$'
}

function Invoke-Request {
    # Answers one line with one frame. Returns its kind: part, ping or bad.
    param([string] $Line)
    if ($Line -cmatch '^(\d{1,10}) ping$') {
        Write-Frame -RequestId $Matches[1] -Status ok -Payload @{}
        return 'ping'
    }
    if ($Line -cmatch '^(\d{1,10}) ([a-z]+)( ip-addresses)?(?: without=([a-z_,]+))?(?: within=(\d{1,8}))?$') {
        $options = @{ RequestId = $Matches[1]; Part = $Matches[2] }
        if ($Matches[3]) { $options.IncludeIPAddresses = $true }
        if ($Matches[4]) { $options.ExcludeSource = $Matches[4] }
        if ($Matches[5]) { $options.WithinMs = $Matches[5] }
        try {
            Invoke-HyperVSriovPart @options
            return 'part'
        } catch [System.Management.Automation.ParameterBindingException] {
            $null = $_
        }
    }
    $id = 0
    if ($Line -match '^(\d{1,10})(?: |$)') { $id = $Matches[1] }
    Write-Frame -RequestId $id -Status error -Payload @{ code = 'bad_request'; error = 'this session answers only requests for parts' }
    'bad'
}

function Start-HyperVSriovSession {
    <#
    .SYNOPSIS
    Reads requests for parts from standard input, one per line, and answers each with one frame on standard output.
    .DESCRIPTION
    A request is "<id> <part> [ip-addresses] [without=<source>,...] [within=<milliseconds>]", see Invoke-HyperVSriovPart, or
    "<id> ping". The first frame, with id 1, is the greeting; it needs no request. Any other line is answered with the error
    bad_request, and nothing in it is run. The session ends when its input is closed, after ten bad requests, after a line
    that is too long, and at its limits.
    .PARAMETER MaxCalls
    Maximum number of answered requests for parts.
    .PARAMETER MaxMinutes
    Maximum duration of the session.
    .PARAMETER MaxIdleSeconds
    Maximum time without a request, so that no process is left behind when a connection is lost.
    #>
    [CmdletBinding()]
    param(
        [ValidateRange(1, 100000)] [int] $MaxCalls = 1000,
        [ValidateRange(1, 10080)] [int] $MaxMinutes = 480,
        [ValidateRange(1, 3600)] [int] $MaxIdleSeconds = 180
    )
    $ErrorActionPreference = 'Stop'
    $from = @{
        Reader = New-Object -TypeName System.IO.StreamReader -ArgumentList ([Console]::OpenStandardInput()), ([System.Text.Encoding]::ASCII), $false, 4096
        Buffer = New-Object -TypeName 'System.Char[]' -ArgumentList 4096
        Text   = ''
    }
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    Write-Greeting -RequestId 1 -Limits @{ calls = $MaxCalls; minutes = $MaxMinutes; idleSeconds = $MaxIdleSeconds }
    $served = 0
    $bad = 0
    while ($served -lt $MaxCalls -and $bad -lt $script:MaxBadRequests) {
        $leftMs = $MaxMinutes * 60000 - $watch.ElapsedMilliseconds
        $waitMs = $MaxIdleSeconds * 1000
        if ($leftMs -le 0) { return }
        if ($leftMs -lt $waitMs) { $waitMs = $leftMs }
        try {
            $line = Read-Request $from $waitMs
            if ($null -eq $line) { return }
            $kind = Invoke-Request $line
        } catch {
            # The client has disconnected.
            return
        }
        if ($kind -eq 'part') { $served++ }
        if ($kind -eq 'bad') { $bad++ }
    }
}

function Read-HyperVSriovModulePath {
    <#
    .SYNOPSIS
    Answers with one frame: { modulePath, desktopOnly }: the folders that this PowerShell loads modules from, as
    PSModulePath names them, and the modules that it would load through Windows PowerShell 5.1.
    .PARAMETER RequestId
    Returned in the frame.
    #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [ValidateRange(0, 9007199254740991)] [long] $RequestId)
    try {
        Write-Frame -RequestId $RequestId -Status ok -Payload @{
            modulePath  = "$env:PSModulePath"
            desktopOnly = @(Get-DesktopOnlyModule)
        }
    } catch {
        Write-Frame -RequestId $RequestId -Status error -Payload @{ code = 'module_path_failed'; error = "$_" }
    }
}

function Write-HyperVSriovMarker {
    <#
    .SYNOPSIS
    Writes a marker without a line end. Lines typed in the session cannot do this in Constrained Language Mode, which refuses
    the methods of Console.
    .PARAMETER Stream
    Out or Error.
    .PARAMETER Text
    The marker.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [ValidateSet('Out', 'Error')] [string] $Stream,
        [Parameter(Mandatory = $true)] [ValidatePattern('^\w{1,64}$')] [string] $Text
    )
    if ($Stream -eq 'Out') { [Console]::Out.Write($Text) } else { [Console]::Error.Write($Text) }
}

# Explicit, because in a constrained session PowerShell imports a script module again if its exports are implicit.
Export-ModuleMember -Function Connect-HyperVSriov, Invoke-HyperVSriovPart, Read-HyperVSriovModulePath, Start-HyperVSriovSession, Write-HyperVSriovMarker

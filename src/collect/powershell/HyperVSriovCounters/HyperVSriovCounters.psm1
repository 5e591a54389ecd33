# Raw performance counters of one counter set, by .NET's PerformanceCounterCategory.ReadCategory: one read for all
# instances, no sample interval as in Get-Counter, and none of the stalls of Win32_PerfRawData_*.
# A module of its own, so that tests can put another in its place.

# What a set is called on this host, by the name asked for. .NET reads the list of counter sets once in a process, so an
# answer stays right; '' where the host has no such set.
$script:SetNames = @{}

function Read-HyperVSriovCounterSet {
    <#
    .SYNOPSIS
    Reads a counter set once.
    .PARAMETER Name
    The set's English name.
    .PARAMETER Counter
    English names of the counters wanted; none: instance names only.
    .PARAMETER Average
    Those of them that are averages: their base is wanted too.
    .PARAMETER AnySpelling
    Finds the set and its counters without regard to case, blanks and marks: a vendor's driver may spell them otherwise.
    .OUTPUTS
    One object. status: ok, failed, or unsupported where this Windows has no such set; errors: texts; types: CounterType
    by counter name; rows: one hashtable an instance, { instance, values }, values as decimal text by counter name, the
    base of an average as '<name> Base'.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Name,
        [string[]] $Counter = @(),
        [string[]] $Average = @(),
        [switch] $AnySpelling
    )
    $category = $null
    try {
        if ($AnySpelling) {
            $found = Find-CounterSet -Name $Name
            if ($found -eq '') { return @{ status = 'unsupported'; errors = @("there is no counter set '$Name'"); types = @{}; rows = @() } }
            $Name = $found
        }
        $category = New-Object -TypeName System.Diagnostics.PerformanceCounterCategory -ArgumentList $Name
        $data = $category.ReadCategory()
    } catch {
        $message = $_.Exception.Message
        $status = 'failed'
        # The message is localised: whether the set is missing is asked, not read from the text.
        try {
            if (-not [System.Diagnostics.PerformanceCounterCategory]::Exists($Name)) { $status = 'unsupported' }
        } catch {
            # A system without performance counters at all
            if ($_.Exception.InnerException -is [System.PlatformNotSupportedException]) { $status = 'unsupported' }
        }
        return @{ status = $status; errors = @($message); types = @{}; rows = @() }
    }
    ConvertFrom-CounterCategory -Data $data -Counter $Counter -Average $Average -AnySpelling:$AnySpelling
}

function Find-CounterSet {
    # The set's name as this host spells it, or ''.
    param([string] $Name)
    if ($null -eq $script:SetNames[$Name]) {
        $categories = [System.Diagnostics.PerformanceCounterCategory]::GetCategories()
        $script:SetNames[$Name] = Select-PlainName -Name $Name -Among $categories.CategoryName
    }
    $script:SetNames[$Name]
}

function Select-PlainName {
    # That of several names which is the wanted one in another spelling, or ''.
    param([string] $Name, [string[]] $Among)
    $wanted = Get-PlainName $Name
    foreach ($candidate in $Among) { if ((Get-PlainName $candidate) -eq $wanted) { return $candidate } }
    ''
}

function Get-PlainName {
    # Letters and digits alone; PowerShell compares without regard to case.
    param([string] $Name)
    $Name -replace '[^A-Za-z0-9]'
}

function ConvertFrom-CounterCategory {
    # $Data: InstanceDataCollectionCollection. It is walked by its values, as its keys are in lower case.
    param($Data, [string[]] $Counter, [string[]] $Average = @(), [switch] $AnySpelling)
    $collections = @{}
    foreach ($collection in $Data.Values) {
        if ($AnySpelling) { $collections[(Get-PlainName $collection.CounterName)] = $collection }
        else { $collections[$collection.CounterName] = $collection }
    }

    $types = @{}
    $rows = @{}
    $found = 0
    foreach ($name in $Counter) {
        $spelled = $name
        if ($AnySpelling) { $spelled = Get-PlainName $name }
        $collection = $collections[$spelled]
        if ($null -eq $collection) { continue }
        $found++
        $type = $null
        foreach ($instance in $collection.Values) {
            $sample = $instance.Sample
            if ($null -eq $type) {
                $type = ConvertTo-CounterNumber $sample.CounterType
                $types[$name] = $type
            }
            $row = $rows[$instance.InstanceName]
            if ($null -eq $row) {
                $row = @{ instance = $instance.InstanceName; values = @{} }
                $rows[$instance.InstanceName] = $row
            }
            $row.values[$name] = "$($instance.RawValue)"
            if ($Average -contains $name) { $row.values["$name Base"] = "$($sample.BaseValue)" }
        }
    }
    if (@($Counter).Count -eq 0) {
        # Any counter has all the instances.
        foreach ($collection in $Data.Values) {
            foreach ($instance in $collection.Values) {
                $rows[$instance.InstanceName] = @{ instance = $instance.InstanceName; values = @{} }
            }
            break
        }
    } elseif ($found -eq 0) {
        return @{ status = 'unsupported'; errors = @('the counter set has none of the counters asked for'); types = @{}; rows = @() }
    }
    @{ status = 'ok'; errors = @(); types = $types; rows = @($rows.Values) }
}

function ConvertTo-CounterNumber {
    # The one cast of this module: an enumeration's number.
    param($Value)
    if ($null -ne $Value) { [int]$Value }
}

# Explicit, because in a constrained session PowerShell imports a script module again if its exports are implicit.
Export-ModuleMember -Function Read-HyperVSriovCounterSet

# Raw performance counters of one counter set, by .NET's PerformanceCounterCategory.ReadCategory: one read for all
# instances, no sample interval as in Get-Counter, and none of the stalls of Win32_PerfRawData_*.
# A module of its own, so that tests can put another in its place.

# PERF_AVERAGE_BULK: its denominator is the sample's BaseValue
$script:AverageBulk = 1073874176

function Read-HyperVSriovCounterSet {
    <#
    .SYNOPSIS
    Reads a counter set once.
    .PARAMETER Name
    The set's English name.
    .PARAMETER Counter
    English names of the counters wanted; none: instance names only.
    .OUTPUTS
    One object. status: ok, failed, or unsupported where this Windows has no such set; errors: texts; types: CounterType
    by counter name; rows: one hashtable an instance, { instance, values }, values as decimal text by counter name, the
    base of an average as '<name> Base'.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Name,
        [string[]] $Counter = @()
    )
    $category = $null
    try {
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
    ConvertFrom-CounterCategory -Data $data -Counter $Counter
}

function ConvertFrom-CounterCategory {
    # $Data: InstanceDataCollectionCollection. It is walked by its values, as its keys are in lower case.
    param($Data, [string[]] $Counter)
    $collections = @{}
    foreach ($collection in $Data.Values) { $collections[$collection.CounterName] = $collection }

    $types = @{}
    $rows = @{}
    $found = 0
    foreach ($name in $Counter) {
        $collection = $collections[$name]
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
            if ($type -eq $script:AverageBulk) { $row.values["$name Base"] = "$($sample.BaseValue)" }
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

# Explicit: PowerShell imports a script module anew in a constrained session where its exports are not.
Export-ModuleMember -Function Read-HyperVSriovCounterSet

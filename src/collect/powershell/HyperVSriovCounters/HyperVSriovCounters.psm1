# Reads the raw values of one counter set with PerformanceCounterCategory.ReadCategory of .NET. One read returns all
# instances, without the sample interval of Get-Counter and without the delays of Win32_PerfRawData_*.
# It is a separate module, so that tests can replace it.

# The names of sets on this host by requested name; '' if the host has no such set. .NET reads the list of counter sets once
# per process, so an entry stays valid.
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
        # The message is localised, so a missing set is detected with Exists, not from the text.
        try {
            if (-not [System.Diagnostics.PerformanceCounterCategory]::Exists($Name)) { $status = 'unsupported' }
        } catch {
            # This system has no performance counters.
            if ($_.Exception.InnerException -is [System.PlatformNotSupportedException]) { $status = 'unsupported' }
        }
        return @{ status = $status; errors = @($message); types = @{}; rows = @() }
    }
    ConvertFrom-CounterCategory -Data $data -Counter $Counter -Average $Average -AnySpelling:$AnySpelling
}

function Find-CounterSet {
    # The name of the set in the spelling of this host, or ''.
    param([string] $Name)
    if ($null -eq $script:SetNames[$Name]) {
        $categories = [System.Diagnostics.PerformanceCounterCategory]::GetCategories()
        $script:SetNames[$Name] = Select-PlainName -Name $Name -Among $categories.CategoryName
    }
    $script:SetNames[$Name]
}

function Select-PlainName {
    # The name in $Among that equals $Name except for spelling, or ''.
    param([string] $Name, [string[]] $Among)
    $wanted = Get-PlainName $Name
    foreach ($candidate in $Among) { if ((Get-PlainName $candidate) -eq $wanted) { return $candidate } }
    ''
}

function Get-PlainName {
    # Letters and digits only. PowerShell comparisons ignore case.
    param([string] $Name)
    $Name -replace '[^A-Za-z0-9]'
}

function ConvertFrom-CounterCategory {
    # $Data is an InstanceDataCollectionCollection. Its values are used, because its keys are in lower case.
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
        # Every counter has all instances.
        foreach ($collection in $Data.Values) {
            foreach ($instance in $collection.Values) {
                $rows[$instance.InstanceName] = @{ instance = $instance.InstanceName; values = @{} }
            }
            break
        }
    } elseif ($found -eq 0) {
        return @{ status = 'unsupported'; errors = @('the counter set has none of the requested counters'); types = @{}; rows = @() }
    }
    @{ status = 'ok'; errors = @(); types = $types; rows = @($rows.Values) }
}

function ConvertTo-CounterNumber {
    # The only cast in this module: the number of an enumeration.
    param($Value)
    if ($null -ne $Value) { [int]$Value }
}

# Explicit, because in a constrained session PowerShell imports a script module again if its exports are implicit.
Export-ModuleMember -Function Read-HyperVSriovCounterSet

# Runs the counter module's own conversion over counter data of .NET's shape, and reads a set for real. $ModuleFolder:
# the agent's modules. $CasesPath: [{ counters, averages, anySpelling, data: [{ name, type, instances: [{ name, raw, base }] }] }]. Writes the
# results as JSON, the real read's last.
param([string] $ModuleFolder, [string] $CasesPath)
Import-Module "$ModuleFolder/HyperVSriovCounters/HyperVSriovCounters.psd1" -ErrorAction Stop
$module = Get-Module HyperVSriovCounters
$results = foreach ($case in @(ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($CasesPath)))) {
    $collections = foreach ($counter in $case.data) {
        # .NET gives a PerformanceCounterType, which not every engine has outside of Windows: any enumeration stands for it.
        $type = [Enum]::ToObject([System.DayOfWeek], [int]$counter.type)
        $instances = foreach ($instance in $counter.instances) {
            [pscustomobject]@{
                InstanceName = $instance.name
                RawValue     = [long]$instance.raw
                Sample       = [pscustomobject]@{ CounterType = $type; BaseValue = [long]$instance.base }
            }
        }
        [pscustomobject]@{ CounterName = $counter.name; Values = @($instances) }
    }
    $data = [pscustomobject]@{ Values = @($collections) }
    & $module { param($Data, $Case) ConvertFrom-CounterCategory -Data $Data -Counter $Case.counters -Average $Case.averages -AnySpelling:$Case.anySpelling } $data $case
}
$real = Read-HyperVSriovCounterSet -Name 'Hyper-V Virtual Switch' -Counter 'Bytes Received/sec'
$names = & $module { Select-PlainName -Name 'Vendor X-1 VF Counters' -Among 'Processor', 'vendor x1 vf (counters)', 'Memory'; Select-PlainName -Name 'None' -Among 'Processor' }
[Console]::Out.Write((ConvertTo-Json -InputObject @{ results = @($results) + $real; names = @($names) } -Depth 6 -Compress))

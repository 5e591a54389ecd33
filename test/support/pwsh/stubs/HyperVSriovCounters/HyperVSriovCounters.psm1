Import-Module StubHost

function Read-HyperVSriovCounterSet {
    [CmdletBinding()] param([string] $Name, [string[]] $Counter = @())
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
            if ($null -ne $row.values["$wanted Base"]) { $values["$wanted Base"] = Get-StubCounter $row.values["$wanted Base"] }
        }
        @{ instance = $row.instance; values = $values }
    }
    @{ status = 'ok'; errors = @(); types = $types; rows = @($rows) }
}

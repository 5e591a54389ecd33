# Runs the commands of a runbook as they are printed, over a stub host. $CasesPath: [{ host, state, lines }]: the stub
# host's file, its state for the cmdlets that change it, and the commands; without a host, they are parsed only. Writes
# [[{ cmdlet, properties, failure, rows, text, hits }]]: the cmdlet of each line whose objects are shown, the properties
# that the rest of the pipeline names, how many objects there are, what the line printed, and the objects that it changed.
param([string] $CasesPath)
Import-Module StubHost, StubRemedies -DisableNameChecking -ErrorAction Stop
$ErrorActionPreference = 'Stop'

# Cmdlets that read answer with the objects of the stub host, picked by the parameters that runbooks use.
function global:Select-StubName {
    param([object[]] $Row, [string] $Property, [string[]] $Name)
    $found = @(foreach ($one in $Row) { if ($null -eq $Name -or @($Name | Where-Object { $one.$Property -like $_ }).Count -gt 0) { $one } })
    if ($Name -and $found.Count -eq 0) { throw "nothing is named $Name" }
    $found
}
function global:Get-VMHost { [CmdletBinding()] param() Invoke-Stub 'Get-VMHost' $PSCmdlet }
function global:Get-VM { [CmdletBinding()] param([Parameter(Position = 0)] [string[]] $Name) Select-StubName @(Invoke-Stub 'Get-VM' $PSCmdlet) Name $Name }
function global:Get-VMSwitch {
    [CmdletBinding()] param([Parameter(Position = 0)] [string] $Name, [ValidateSet('External', 'Internal', 'Private')] [string] $SwitchType)
    $names = if ($Name) { , $Name } else { $null }
    foreach ($one in (Select-StubName @(Invoke-Stub 'Get-VMSwitch' $PSCmdlet) Name $names)) { if (-not $SwitchType -or "$($one.SwitchType)" -eq $SwitchType) { $one } }
}
function global:Get-VMSwitchExtension {
    [CmdletBinding()] param([Parameter(Mandatory, ValueFromPipeline)] [psobject] $VMSwitch)
    process { Invoke-Stub 'Get-VMSwitchExtension' $PSCmdlet | Where-Object SwitchName -EQ $VMSwitch.Name }
}
function global:Get-VMNetworkAdapter {
    [CmdletBinding(DefaultParameterSetName = 'VMName')]
    param([Parameter(Mandatory, ParameterSetName = 'VMName')] [string[]] $VMName, [Parameter(ParameterSetName = 'VMName')] [string[]] $Name, [Parameter(Mandatory, ParameterSetName = 'All')] [switch] $All)
    Select-StubName @(Select-StubName @(Invoke-Stub 'Get-VMNetworkAdapter' $PSCmdlet) VMName $VMName) Name $Name
}
foreach ($noun in 'NetAdapter', 'NetAdapterSriov', 'NetAdapterSriovVf', 'NetAdapterVPort', 'NetAdapterVmqQueue', 'NetAdapterStatistics') {
    Set-Item "function:global:Get-$noun" ([scriptblock]::Create(@"
        [CmdletBinding()] param([Parameter(Position = 0)] [string[]] `$Name, [switch] `$IncludeHidden)
        `$of = if (`$Name) { @((Select-StubName @(Invoke-Stub 'Get-NetAdapter' `$PSCmdlet) Name `$Name).InterfaceDescription) } else { `$null }
        Select-StubName @(Invoke-Stub 'Get-$noun' `$PSCmdlet -IncludeHidden:`$IncludeHidden) InterfaceDescription `$of
"@))
}

# What a cmdlet of the pipeline takes from the objects: its plain arguments, and the members of $_ in its script blocks.
$named = @{ 'Format-Table' = 'Property'; 'Format-List' = 'Property'; 'Select-Object' = 'Property'; 'Sort-Object' = 'Property'; 'Where-Object' = 'Property' }
function Find-Property {
    param($Element)
    $command = $Element.GetCommandName()
    if ($named[$command]) {
        $bound = [System.Management.Automation.Language.StaticParameterBinder]::BindCommand($Element, $true).BoundParameters
        if ($bound.ContainsKey('Property')) {
            $value = $bound['Property'].Value
            $items = if ($value -is [System.Management.Automation.Language.ArrayLiteralAst]) { $value.Elements } else { @($value) }
            foreach ($item in $items) { if ($item -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $item.Value } }
        }
    }
    foreach ($member in $Element.FindAll({ param($node) $node -is [System.Management.Automation.Language.MemberExpressionAst] }, $true)) {
        if ("$($member.Expression)" -eq '$_') { "$($member.Member)" }
    }
}

$answers = foreach ($case in @(ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($CasesPath)))) {
    if ($case.host) { $env:HYPERV_STUB_HOST = $case.host }
    $lines = foreach ($line in $case.lines) {
        # Each command on the host as it was: a runbook gives alternatives, not one sequence.
        if ($case.host) { Set-StubState (ConvertTo-Json -InputObject $case.state -Depth 8 -Compress) }
        $tokens = $null
        $errors = $null
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($line, [ref]$tokens, [ref]$errors)
        $elements = @($tree.EndBlock.Statements[0].PipelineElements)
        $failure = "$($errors | ForEach-Object Message)"
        $rows = 0
        $text = ''
        $last = 0
        for ($at = 1; $at -lt $elements.Count; $at++) { if ("$($elements[$at])" -like 'Get-*') { $last = $at } }
        $properties = @($elements | Select-Object -Skip ($last + 1) | ForEach-Object { Find-Property $_ })
        if (-not $failure -and $case.host) {
            try {
                if ("$($elements[$last])" -like 'Get-*') { $rows = @(Invoke-Expression ($elements[0..$last] -join ' | ')).Count }
                $text = Invoke-Expression $line | Out-String -Width 200
            } catch { $failure = "$_" }
        }
        @{ cmdlet = "$($elements[$last])".Split(' ')[0]; properties = $properties; failure = $failure; rows = $rows; text = $text; hits = @(Get-StubHit) }
    }
    , @($lines)
}
[Console]::Out.Write((ConvertTo-Json -InputObject @($answers) -Depth 10 -Compress))

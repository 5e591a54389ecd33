# Looks at commands with the engine's own parser and runs them over the stubs. $CasesPath: [{ host, lines }], the lines
# of a case one after the other on one host. Writes [{ lines: [{ errors, statements, calls: [{ name, arguments }],
# failure, hits }], after }]. A line that calls something else than a stub, or holds more than constants, is not run.
param([string] $CasesPath)
Import-Module StubRemedies -DisableNameChecking -ErrorAction Stop
$ErrorActionPreference = 'Stop'
$known = @{}
foreach ($name in (Get-Module StubRemedies).ExportedFunctions.Keys + 'Where-Object', 'Format-List', 'Format-Table') { $known[$name] = $true }

function Read-Argument {
    # A constant as text that tells its kind, or $null for anything that is none.
    param($Node)
    switch ($Node.GetType().Name) {
        'CommandParameterAst' { if ($null -eq $Node.Argument) { "-$($Node.ParameterName)" } }
        'StringConstantExpressionAst' { if ("$($Node.StringConstantType)" -in 'SingleQuoted', 'BareWord') { "$($Node.StringConstantType) $($Node.Value)" } }
        'ConstantExpressionAst' { "number $($Node.Value)" }
        'VariableExpressionAst' { if ($Node.VariablePath.UserPath -in 'true', 'false') { "constant $($Node.VariablePath.UserPath)" } }
        'ArrayLiteralAst' {
            $items = foreach ($item in $Node.Elements) { Read-Argument $item }
            if (@($items).Count -eq $Node.Elements.Count) { $items -join "`0" }
        }
    }
}

$answers = foreach ($case in @(ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($CasesPath)))) {
    Set-StubState (ConvertTo-Json -InputObject $case.host -Depth 8 -Compress)
    $lines = foreach ($line in $case.lines) {
        $tokens = $null
        $errors = $null
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($line, [ref]$tokens, [ref]$errors)
        $statements = @($tree.EndBlock.Statements)
        $constant = $statements.Count -eq 1 -and $statements[0] -is [System.Management.Automation.Language.PipelineAst] -and -not $statements[0].Background
        $calls = @(if ($constant) {
                foreach ($element in $statements[0].PipelineElements) {
                    if ($element -isnot [System.Management.Automation.Language.CommandAst] -or $element.Redirections.Count -gt 0 -or "$($element.InvocationOperator)" -ne 'Unknown') { $constant = $false; continue }
                    $arguments = @(foreach ($node in ($element.CommandElements | Select-Object -Skip 1)) {
                            $read = Read-Argument $node
                            if ($null -eq $read) { $constant = $false }
                            "$read"
                        })
                    @{ name = $element.GetCommandName(); arguments = $arguments }
                }
            })
        $failure = ''
        $allKnown = @($calls | Where-Object { -not $known[$_.name] }).Count -eq 0
        if ($errors.Count -gt 0 -or -not $constant -or -not $allKnown) { $failure = 'not run' }
        else { try { $null = Invoke-Expression $line } catch { $failure = "$_" } }
        @{ errors = @(foreach ($e in $errors) { $e.Message }); statements = $statements.Count; constant = $constant; calls = $calls; failure = $failure; hits = @(Get-StubHit) }
    }
    @{ lines = @($lines); after = Get-StubState }
}
[Console]::Out.Write((ConvertTo-Json -InputObject @($answers) -Depth 10 -Compress))

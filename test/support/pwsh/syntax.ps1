# Walks the syntax tree of script files with the engine's own parser and writes what it found as JSON: commands with
# their parameters, casts, pipelines, method calls inside loops, and what Windows PowerShell 5.1 does not know.
param([string] $ListPath)
$report = foreach ($path in [System.IO.File]::ReadAllLines($ListPath)) {
    $tokens = $null
    $errors = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseFile($path, [ref]$tokens, [ref]$errors)
    $functionOf = {
        param($node)
        while ($null -ne $node -and $node -isnot [System.Management.Automation.Language.FunctionDefinitionAst]) { $node = $node.Parent }
        if ($null -eq $node) { '' } else { $node.Name }
    }
    $findings = @{ path = $path; errors = @(foreach ($e in $errors) { $e.Message }); commands = @(); parameters = @(); dynamic = @(); casts = @(); pipes = @(); calls = @(); newer = @(); nodes = 0 }
    foreach ($node in $tree.FindAll({ $true }, $true)) {
        $findings.nodes++
        $at = "$($node.Extent.StartLineNumber): $($node.Extent.Text -replace '(?s)^([^\r\n]{1,100}).*$', '$1')"
        switch ($node.GetType().Name) {
            'CommandAst' {
                $name = $node.GetCommandName()
                if ($null -eq $name) { $findings.dynamic += $at } else { $findings.commands += $name }
                foreach ($element in $node.CommandElements) {
                    if ($element -is [System.Management.Automation.Language.CommandParameterAst]) { $findings.parameters += "$name -$($element.ParameterName)" }
                }
            }
            'ConvertExpressionAst' {
                # [pscustomobject]@{} makes an object; a type on an assignment's left would be a cast of what comes.
                $findings.casts += @{ function = (& $functionOf $node); text = $at }
            }
            'PipelineAst' {
                if (@($node.PipelineElements).Count -gt 1) { $findings.pipes += $at }
                if ($node.Background) { $findings.newer += $at }
            }
            'ScriptBlockAst' { if ($null -ne $node.CleanBlock) { $findings.newer += $at } }
            'BinaryExpressionAst' { if ("$($node.Operator)" -in 'As', 'QuestionQuestion') { $findings.newer += $at } }
            'TernaryExpressionAst' { $findings.newer += $at }
            'PipelineChainAst' { $findings.newer += $at }
            'UsingStatementAst' { $findings.newer += $at }
            'MemberExpressionAst' { if ($node.NullConditional) { $findings.newer += $at } }
            'IndexExpressionAst' { if ($node.NullConditional) { $findings.newer += $at } }
            'AssignmentStatementAst' { if ("$($node.Operator)" -eq 'QuestionQuestionEquals') { $findings.newer += $at } }
            'InvokeMemberExpressionAst' {
                if ($node.NullConditional) { $findings.newer += $at }
                $up = $node
                while ($null -ne $up.Parent) {
                    $loop = $up.Parent
                    $inBody = $loop -is [System.Management.Automation.Language.LoopStatementAst] -and $loop.Body -eq $up
                    $inCondition = $loop -is [System.Management.Automation.Language.LoopStatementAst] -and $loop -isnot [System.Management.Automation.Language.ForEachStatementAst]
                    if ($inBody -or $inCondition) { $findings.calls += $at; break }
                    $up = $loop
                }
            }
        }
    }
    foreach ($token in $tokens) {
        # 0b1010, 1u, 1n and the escape of a code point
        if ($token.Kind -eq 'Number' -and $token.Text -notmatch '^-?(0x[0-9a-f]+|\d*\.?\d+(e[+-]?\d+)?)[ld]?([kmgtp]b)?$') { $findings.newer += $token.Text }
        if ("$($token.Kind)" -like 'String*Expandable' -and $token.Text -match '`u\{') { $findings.newer += $token.Text }
    }
    $findings
}
[Console]::Out.Write((ConvertTo-Json -InputObject @($report) -Depth 6 -Compress))

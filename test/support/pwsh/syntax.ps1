# Walks the syntax tree of script files with the engine's own parser and writes what it found as JSON: commands, casts,
# pipelines, method calls inside loops, tokens newer than Windows PowerShell 5.1, non-ASCII characters, exports.
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
    $findings = @{ path = $path; errors = @(foreach ($e in $errors) { $e.Message }); commands = @(); dynamic = @(); casts = @(); pipes = @(); calls = @(); newer = @(); nodes = 0 }
    foreach ($node in $tree.FindAll({ $true }, $true)) {
        $findings.nodes++
        $at = "$($node.Extent.StartLineNumber): $($node.Extent.Text -replace '(?s)^([^\r\n]{1,100}).*$', '$1')"
        switch ($node.GetType().Name) {
            'CommandAst' {
                $name = $node.GetCommandName()
                if ($null -eq $name) { $findings.dynamic += $at } else { $findings.commands += $name }
            }
            'ConvertExpressionAst' {
                # [pscustomobject]@{} makes an object; a type on an assignment's left would be a cast of what comes.
                $findings.casts += @{ function = (& $functionOf $node); text = $at }
            }
            'PipelineAst' { if (@($node.PipelineElements).Count -gt 1) { $findings.pipes += $at } }
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
    $findings
}
[Console]::Out.Write((ConvertTo-Json -InputObject @($report) -Depth 6 -Compress))

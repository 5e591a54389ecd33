import { type Completed, type CompletedOption, EVERYWHERE, OF_THE_PROGRAM, type Values } from './model.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const list = (words: readonly string[]): string => `@(${words.map(quoted).join(', ')})`;
const table = (entries: readonly (readonly [key: string, value: string])[], indent: string): string =>
  `@{\n${entries.map(([key, value]) => `${indent}  ${quoted(key)} = ${value}\n`).join('')}${indent}}`;
const texts = (options: readonly CompletedOption[], indent: string): string =>
  table(
    options.map(({ name, description }) => [name, quoted(description)] as const),
    indent,
  );
/** Words; `$null` where PowerShell completes paths itself; an empty list where nothing is known. */
const valuesOf = (values: Values): string => (values === 'path' ? '$null' : values === 'any' ? '@()' : list(values));

/** An argument completer for Windows PowerShell 5.1 and PowerShell 7. It starts no program. */
export function powerShellCompletion({ commands, settings, defaultCommand }: Completed, program: string): string {
  const all = [...settings, ...commands.flatMap(({ options }) => options)];
  const values = new Map(all.flatMap((option) => (option.values ? [[option.name, option.values] as const] : [])));
  const top = commands.filter(({ path }) => !path.includes(' '));
  const words = [
    [
      '',
      table(
        top.map(({ path, description }) => [path, quoted(description)] as const),
        '    ',
      ),
    ] as const,
    ...commands.flatMap(({ path, subcommands, argument }) => {
      const children = subcommands.map(
        (name) => [name, quoted(commands.find((each) => each.path === `${path} ${name}`)?.description ?? '')] as const,
      );
      const choices = typeof argument === 'object' ? argument.map((word) => [word, quoted(word)] as const) : [];
      return children.length + choices.length === 0 ? [] : [[path, table([...children, ...choices], '    ')] as const];
    }),
  ];
  const files = commands.filter(({ argument }) => argument === 'path').map(({ path }) => path);
  return `# PowerShell completion of ${program}. Use, for example in $PROFILE:
#   ${program} completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName ${quoted(program)} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $settings = ${texts(settings, '  ')}
  # Options by command; those of "" are of the program itself
  $options = ${table(
    [
      ['', texts(OF_THE_PROGRAM, '    ')],
      ...commands.map(({ path, options }) => [path, texts([...options, ...EVERYWHERE], '    ')] as const),
    ],
    '  ',
  )}
  $withSettings = ${list(commands.filter(({ takesSettings }) => takesSettings).map(({ path }) => path))}
  # Words by command: its subcommands, or the values of its argument
  $words = ${table(words, '  ')}
  $files = ${list(files)}
  # Values by option; $null for a path
  $values = ${table(
    [...values].map(([name, known]) => [name, valuesOf(known)] as const),
    '  ',
  )}
  $complete = {
    param($texts, $prefix, $kind)
    foreach ($text in ($texts.Keys | Sort-Object)) {
      if (-not $text.StartsWith($wordToComplete.Substring($prefix.Length), 'OrdinalIgnoreCase')) { continue }
      $tip = if ($texts[$text]) { $texts[$text] } else { $text }
      if ($ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage') {
        [System.Management.Automation.CompletionResult]::new($prefix + $text, $text, $kind, $tip)
      } else { $prefix + $text }
    }
  }
  $known = {
    param($option, $prefix)
    $texts = @{}
    foreach ($value in $values[$option]) { $texts[$value] = $value }
    & $complete $texts $prefix 'ParameterValue'
  }
  $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  if ($wordToComplete -match '^(--[^=]+)=') {
    if ($null -eq $values[$Matches[1]]) { return }
    return & $known $Matches[1] $Matches[0]
  }
  if ($before.Count -gt 0 -and $values.ContainsKey($before[-1])) {
    if ($null -eq $values[$before[-1]]) { return }
    return & $known $before[-1] ''
  }
  $path = @()
  for ($i = 0; $i -lt $before.Count; $i++) {
    if ($values.ContainsKey($before[$i])) { $i++ }
    elseif (-not $before[$i].StartsWith('-')) { $path += $before[$i] }
  }
  while ($path.Count -gt 0 -and -not $options.ContainsKey($path -join ' ')) {
    $path = @($path | Select-Object -First ($path.Count - 1))
  }
  $command = $path -join ' '
  if ($wordToComplete.StartsWith('-')) {
    & $complete $options[$command] '' 'ParameterName'
    if ($command -eq '') { & $complete $options[${quoted(defaultCommand)}] '' 'ParameterName' }
    if ($command -eq '' -or $withSettings -contains $command) { & $complete $settings '' 'ParameterName' }
  } elseif ($words.ContainsKey($command) -and $files -notcontains $command) {
    & $complete $words[$command] '' 'ParameterValue'
  }
}
`;
}

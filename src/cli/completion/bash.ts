import { type Completed, type CompletedOption, EVERYWHERE, OF_THE_PROGRAM } from './model.ts';

const quoted = (words: Iterable<string>): string => `'${[...words].join(' ')}'`;
const names = (options: readonly CompletedOption[]): readonly string[] => options.map(({ name }) => name);

/** A completion function for bash 4 and later. It needs no package and starts no program. */
export function bashCompletion({ commands, settings, defaultCommand }: Completed, program: string): string {
  const all = [...settings, ...commands.flatMap(({ options }) => options)];
  const withValue = new Map(all.flatMap(({ name, values }) => (values === undefined ? [] : [[name, values] as const])));
  const withWords = [...withValue].flatMap(([name, values]) => (typeof values === 'string' ? [] : [{ name, values }]));
  const withPath = [...withValue].filter(([, values]) => values === 'path').map(([name]) => name);
  const withAny = [...withValue].filter(([, values]) => values === 'any').map(([name]) => name);
  const optionsOf = (path: string): readonly string[] => {
    const command = commands.find((each) => each.path === path);
    return command === undefined ? [] : [...names(command.options), ...(command.takesSettings ? ['$settings'] : [])];
  };
  const top = commands.filter(({ path }) => !path.includes(' ')).map(({ path }) => path);
  const cases = commands
    .toSorted((one, other) => other.path.length - one.path.length)
    .map(({ path, subcommands, argument }) => {
      const words = argument === undefined || typeof argument === 'string' ? subcommands : argument;
      return `    '${path}' | '${path} '*)
      options="${[...optionsOf(path), ...names(EVERYWHERE)].join(' ')}"
      words=${quoted(words)}${argument === 'path' ? '\n      files=yes' : ''}
      ;;`;
    });
  const identifier = `_${program.replaceAll(/\W/g, '_')}`;
  return `# bash completion of ${program}. Use: source <(${program} completion bash)
${identifier}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command= options= words= files= i
  local settings=${quoted(names(settings))}
  local with_value=${quoted(['', ...withValue.keys(), ''])}
  # bash takes "=" for a word of its own.
  if [[ $cur == '=' ]]; then
    cur=
  elif [[ $prev == '=' ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  case $prev in
${withWords.map(({ name, values }) => `    ${name})\n      COMPREPLY=($(compgen -W ${quoted(values)} -- "$cur"))\n      return\n      ;;`).join('\n')}
    ${withPath.join(' | ')})
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
    ${withAny.join(' | ')})
      return
      ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i + 1]} == '=' ]]; then
      ((i += 2))
    elif [[ $with_value == *" \${COMP_WORDS[i]} "* ]]; then
      ((i += 1))
    elif [[ \${COMP_WORDS[i]} != -* ]]; then
      command+="\${command:+ }\${COMP_WORDS[i]}"
    fi
  done
  case $command in
${cases.join('\n')}
    '')
      options="${[...optionsOf(defaultCommand), ...names(EVERYWHERE), ...names(OF_THE_PROGRAM)].join(' ')}"
      words=${quoted(top)}
      ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
  elif [[ $files == yes ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}
complete -F ${identifier} ${program}
`;
}

import type { Flag, Word } from './command.ts'
import { COMMANDS } from './commands.ts'
import { GLOBAL_FLAGS } from './globals.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

interface Known {
  readonly name: string
  readonly summary: string
  readonly flags: Readonly<Record<string, Flag>>
  readonly words: Readonly<Record<string, Word>>
}

/** A script that completes commands, flags, and values that are known. Made from the commands themselves, so that it never lags behind. */
export async function completionScript(shell: Shell): Promise<string> {
  const known = await Promise.all(
    COMMANDS.map(async ({ name, summary, load }): Promise<Known> => {
      const { words, flags } = (await load()).command
      return { name, summary, words, flags: { ...flags, ...GLOBAL_FLAGS } }
    }),
  )
  return { bash, zsh, fish }[shell](known)
}

function bash(known: readonly Known[]): string {
  return `# filmgate completion for bash: source <(filmgate completion bash)
_filmgate() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= word at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    [[ $word == -* ]] && continue
    case "$command $word" in
${secondWords(known)
  .map(([first, second]) => `      "${first} ${second}") command="${first} ${second}"; break ;;`)
  .join('\n')}
    esac
    [[ -n $command ]] && break
    case $word in ${firstWords(known).join('|')}) command=$word ;; esac
  done
  COMPREPLY=()
  case $previous in
${valueCases(known)}
  esac
  case $command in
${known.map(({ name, flags, words }) => `    '${name}') COMPREPLY=($(compgen -W '${[...flagWords(flags), ...choicesOf(words)].join(' ')}' -- "$current")) ;;`).join('\n')}
${groups(known)
  .map(([first, seconds]) => `    '${first}') COMPREPLY=($(compgen -W '${seconds.join(' ')}' -- "$current")) ;;`)
  .join('\n')}
    *) COMPREPLY=($(compgen -W '${[...firstWords(known), ...flagWords(GLOBAL_FLAGS)].join(' ')}' -- "$current")) ;;
  esac
  return 0
}
complete -o default -F _filmgate filmgate
`
}

/** After a flag that takes a value: its choices, or files. */
function valueCases(known: readonly Known[]): string {
  const flags = new Map(known.flatMap((one) => Object.entries(one.flags).filter(([, flag]) => flag.takes !== undefined)))
  return [...flags]
    .map(([name, { choices, file }]) => {
      const words = choices === undefined ? '' : `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); `
      return `    --${name}) ${file ? 'COMPREPLY=($(compgen -f -- "$current")); ' : words}return 0 ;;`
    })
    .join('\n')
}

function zsh(known: readonly Known[]): string {
  const describe = (pairs: readonly (readonly [string, string])[]) => pairs.map(([name, says]) => `'${name}:${zshText(says)}'`).join(' ')
  return `#compdef filmgate
# filmgate completion for zsh: filmgate completion zsh > "\${fpath[1]}/_filmgate"
_filmgate() {
  local -a names
  local command="$words[2]"
  if (( CURRENT == 2 )); then
    names=(${describe(firstWords(known).map((name) => [name, known.find((one) => one.name === name)?.summary ?? `${name} …`]))})
    _describe command names
    return
  fi
  case $command in
${groups(known)
  .map(
    ([first, seconds]) => `    ${first})
      if (( CURRENT == 3 )); then
        names=(${describe(seconds.map((second) => [second, known.find(({ name }) => name === `${first} ${second}`)?.summary ?? '']))})
        _describe command names
        return
      fi
      command="$command $words[3]" ;;`,
  )
  .join('\n')}
  esac
  case $command in
${known
  .map(
    ({ name, flags, words }) => `    '${name}')
      _arguments ${[...Object.entries(flags).map(zshFlag), zshWords(words)].join(' ')} ;;`,
  )
  .join('\n')}
  esac
}
_filmgate "$@"
`
}

function zshFlag([name, { takes, says, choices, file, many }]: readonly [string, Flag]): string {
  const value = takes === undefined ? '' : `:${takes}:${choices ? `(${choices.join(' ')})` : file ? '_files' : ''}`
  return `'${many ? '*' : ''}--${name}[${zshText(says)}]${value}'`
}

function zshWords(words: Readonly<Record<string, Word>>): string {
  const choices = choicesOf(words)
  return choices.length > 0 ? `'*:word:(${choices.join(' ')})'` : "'*:file:_files'"
}

function zshText(text: string): string {
  return text.replaceAll("'", '’').replace(/[[\]:]/g, ' ')
}

function fish(known: readonly Known[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = [
    '# filmgate completion for fish: filmgate completion fish > ~/.config/fish/completions/filmgate.fish',
    'complete -c filmgate -f',
  ]
  for (const name of firstWords(known)) {
    const summary = known.find((one) => one.name === name)?.summary ?? `${name} …`
    lines.push(`complete -c filmgate -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`)
  }
  for (const [first, seconds] of groups(known)) {
    const none_yet = quote(`__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${seconds.join(' ')}`)
    for (const second of seconds) lines.push(`complete -c filmgate -n ${none_yet} -a ${second}`)
  }
  for (const { name, flags, words } of known) {
    const seen = quote(
      name
        .split(' ')
        .map((word) => `__fish_seen_subcommand_from ${word}`)
        .join('; and '),
    )
    for (const [flag, { short, takes, choices, says, file }] of Object.entries(flags)) {
      const value = takes === undefined ? '' : ` -r${choices ? ` -a ${quote(choices.join(' '))}` : ''}${file ? ' -F' : ''}`
      lines.push(`complete -c filmgate -n ${seen} -l ${flag}${short === undefined ? '' : ` -s ${short}`}${value} -d ${quote(says)}`)
    }
    const choices = choicesOf(words)
    if (choices.length > 0) lines.push(`complete -c filmgate -n ${seen} -a ${quote(choices.join(' '))}`)
    if (Object.values(words).some(({ file }) => file)) lines.push(`complete -c filmgate -n ${seen} -F`)
  }
  return `${lines.join('\n')}\n`
}

function firstWords(known: readonly Known[]): readonly string[] {
  return [...new Set(known.map(({ name }) => name.split(' ')[0] ?? name))]
}

function secondWords(known: readonly Known[]): readonly (readonly [string, string])[] {
  return known.flatMap(({ name }) => {
    const [first = '', second] = name.split(' ')
    return second === undefined ? [] : [[first, second] as const]
  })
}

function groups(known: readonly Known[]): readonly (readonly [string, readonly string[]])[] {
  const pairs = secondWords(known)
  // A word that is a command itself completes as that.
  return [...new Set(pairs.map(([first]) => first))]
    .filter((first) => !known.some(({ name }) => name === first))
    .map((first) => [first, pairs.filter(([one]) => one === first).map(([, second]) => second)])
}

function flagWords(flags: Readonly<Record<string, Flag>>): readonly string[] {
  return Object.keys(flags).map((name) => `--${name}`)
}

function choicesOf(words: Readonly<Record<string, Word>>): readonly string[] {
  return Object.values(words).flatMap(({ choices }) => choices ?? [])
}

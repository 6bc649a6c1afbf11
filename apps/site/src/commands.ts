import type { Command, Option } from 'commander'

/** Names that a shell shows: `-s, --set <key=value>`. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function optionRow({ flags, description, defaultValue, argChoices, hidden }: Option): string[] {
  if (hidden) return []
  const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`
  const preset = defaultValue === undefined || defaultValue === false || defaultValue === '' ? '' : `\`${String(defaultValue)}\``
  return [`| \`${flags.replaceAll('|', '\\|')}\` | ${cell(description || (everywhere[flags] ?? ''))}${cell(choices)} | ${preset} |`]
}

/** What an option of all commands means: they do not say it themselves. */
const everywhere: Readonly<Record<string, string>> = { '--json': 'print one JSON object a line, for programs' }

/** A command as a section: what it does, its arguments, its options with their defaults. */
function commandSection(command: Command, parent: string): string {
  const name = `${parent} ${command.name()}`.trim()
  const given = command.registeredArguments.map((argument) => {
    const label = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${label}>` : `[${label}]`
  })
  const rows = command.options.flatMap(optionRow)
  const table = rows.length === 0 ? '' : `\n| option | meaning | default |\n|---|---|---|\n${rows.join('\n')}\n`
  const usage = [name, ...given, ...(rows.length === 0 ? [] : ['[options]'])].join(' ')
  const below = command.commands.filter((each) => each.name() !== 'help').map((each) => commandSection(each, name))
  return `## ${name}\n\n${cell(command.description())}.\n\n\`\`\`sh\n${usage}\n\`\`\`\n${table}\n${below.join('\n')}`
}

/** A page about a command and all commands below it, from the parser itself. @param isHidden - names of commands that are not for users. */
export function commandPage(title: string, program: Command, isHidden: (name: string) => boolean = () => false): string {
  const commands = program.commands.filter((each) => !isHidden(each.name()))
  const sections = commands.length === 0 ? [commandSection(program, '')] : commands.map((each) => commandSection(each, program.name()))
  return `# ${title}\n\n${cell(program.description())}.\n\n${sections.join('\n')}`
}

import type { Settings } from './model.ts'
import type { Output } from './output.ts'
import { tasks } from './registry.ts'
import { choices } from './tasks/choices.ts'

const INDENT = ' '.repeat(11)

const settingsLine = (settings: Settings): string => {
  const pairs = Object.entries(settings).map(([key, value]) => `${key}=${choices[key]?.join('|') ?? value}`)
  return pairs.length === 0 ? '' : `\n${INDENT}settings of the data: ${pairs.join(', ')}`
}

/** `equivar tasks`: all built-in tasks with their data, models and published results. */
export function listTasks(output: Output): void {
  for (const { name, description, data, published, models, settings = {} } of tasks) {
    output.result({ name, description, data, published, models, settings })
    output.say(
      `${name.padEnd(10)} ${description}\n${INDENT}data: ${data}; models: ${models.join(', ')}\n${INDENT}published: ${published}${settingsLine(settings)}`,
    )
  }
  output.say('tu:NAME    any TU data set in the data folder')
}

import { isBackend } from './backend-titles.ts'
import type { Settings } from './messages.ts'
import { efficiencySizes } from './sizes.ts'
import { isTask } from './tasks/index.ts'

/** What is chosen when the page is opened without a link. */
export const defaults: Settings = { task: 'points', backend: 'tfjs-wasm', examples: 400, steps: 400, seed: 1 }

/** The limits of the numbers that a visitor types. */
export const limits = { steps: [20, 1_000_000], seed: [0, 2 ** 32 - 1] } as const

const isWithin = (value: number, [least, most]: readonly [number, number]): boolean =>
  Number.isInteger(value) && value >= least && value <= most

/** Reads the settings of a link. @returns what does not fit is as by default, and named in `refused`. */
export function settingsOf(state: URLSearchParams): { readonly settings: Settings; readonly refused: readonly string[] } {
  const refused: string[] = []
  const read = <T>(name: keyof Settings, convert: (text: string) => T | undefined): T => {
    const text = state.get(name)
    const value = text === null ? undefined : convert(text)
    if (text !== null && value === undefined) refused.push(`${name} “${text}”`)
    return value ?? (defaults[name] as T)
  }
  const number = (name: 'steps' | 'seed'): number =>
    read(name, (text) => (/^\d+$/.test(text) && isWithin(Number(text), limits[name]) ? Number(text) : undefined))
  const settings: Settings = {
    task: read('task', (text) => (isTask(text) ? text : undefined)),
    backend: read('backend', (text) => (isBackend(text) ? text : undefined)),
    examples: read('examples', (text) => efficiencySizes.find((size) => String(size) === text)),
    steps: number('steps'),
    seed: number('seed'),
  }
  return { settings, refused }
}

/** The state of the address for settings; what is as by default is left out. */
export function stateOf(settings: Settings): Record<string, string> {
  const entries = Object.entries(settings).filter(([name, value]) => value !== defaults[name as keyof Settings])
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

import { InvalidArgumentError } from 'commander'
import { choices } from '../tasks/choices.ts'

/** Parses an integer option with a lower bound. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`expected an integer of ${least} or more, received "${text}".`)
    return value
  }
}

/** Parses an option `key=number` and adds it to earlier ones; true is 1, false is 0, and the name of a choice is its number. */
export function setting(text: string, before: Readonly<Record<string, number>>): Record<string, number> {
  const at = text.indexOf('=')
  const [key, value] = [text.slice(0, at), text.slice(at + 1)]
  const names = Object.hasOwn(choices, key) ? (choices[key] as readonly string[]) : []
  const number = names.includes(value) ? names.indexOf(value) : value === 'true' ? 1 : value === 'false' ? 0 : Number(value)
  if (at < 1 || value.trim() === '' || !Number.isFinite(number))
    throw new InvalidArgumentError(
      names.length > 0
        ? `expected ${key}=${names.join('|')}, received "${text}".`
        : `expected key=number, with a finite number, true or false, received "${text}".`,
    )
  return { ...before, [key]: number }
}

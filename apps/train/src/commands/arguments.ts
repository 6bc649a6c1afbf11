import { InvalidArgumentError } from 'commander'

/** Parses an integer option with a lower bound. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`expected an integer of ${least} or more, received "${text}".`)
    return value
  }
}

/** Parses an option `key=number` and adds it to earlier ones. */
export function setting(text: string, before: Readonly<Record<string, number>>): Record<string, number> {
  const [key = '', value = ''] = text.split('=')
  if (key === '' || value === '' || Number.isNaN(Number(value))) throw new InvalidArgumentError(`expected key=number, received "${text}".`)
  return { ...before, [key]: Number(value) }
}

import { InvalidArgumentError } from 'commander'

/** Reads a whole number of at least that much from the command line. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`expected an integer of ${least} or more, received "${text}".`)
    return value
  }
}

/** Reads `key=number` from the command line, beside what other options of the name said. */
export function setting(text: string, before: Readonly<Record<string, number>>): Record<string, number> {
  const [key = '', value = ''] = text.split('=')
  if (key === '' || value === '' || Number.isNaN(Number(value))) throw new InvalidArgumentError(`expected key=number, received "${text}".`)
  return { ...before, [key]: Number(value) }
}

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

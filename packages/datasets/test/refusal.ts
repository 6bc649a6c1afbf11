import { FormatError } from '@equivar/datasets'
import { expect } from 'vitest'

/** What a function throws, its whole message; or `none`. */
export function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError)
    return (error as Error).message
  }
  return 'none'
}

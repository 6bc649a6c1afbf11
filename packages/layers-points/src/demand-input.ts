import type { Tensor } from '@equivar/tensor'

/** @throws RangeError if an input is missing, or not expected. */
export function demandInput(where: string, what: string, expected: boolean, given: Tensor | undefined): void {
  if (expected !== (given !== undefined))
    throw new RangeError(`${where}: expected ${expected ? '' : 'no '}${what}, received ${given === undefined ? 'none' : 'some'}.`)
}

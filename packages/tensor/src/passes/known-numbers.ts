import type { Tensor } from '../expression/tensor.ts'
import { toNumbers } from '../expression/value.ts'
import { constantData, constantNumber } from '../operators/constant.ts'
import { nodeOf } from '../operators/signatures.ts'

/** Whether every element of x is known to be that number; 0 and -0 are told apart. */
export function isExactly(x: Tensor, value: number): boolean {
  const data = constantData(x)
  if (data === undefined || data.length === 0 || data.length > 64) return false
  return toNumbers(data).every((one) => Object.is(one, value))
}

/** Whether every element of x is known to be 0 or -0, written out or stretched. */
export const isZero = (x: Tensor): boolean => constantNumber(nodeOf(x, 'Expand')?.inputs[0] ?? x) === 0

/** The number that a scalar is known to be. */
export const scalarNumber = (x: Tensor): number | undefined => (x.rank === 0 ? constantNumber(x) : undefined)

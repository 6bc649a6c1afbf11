import type { Tensor } from '@equivar/tensor'

const known = new Map<string, Tensor>()

/** The constant with the given name and numbers, created at first use. A program that uses it several times contains it once. */
export function cached(name: string, numbers: readonly number[], make: () => Tensor): Tensor {
  const key = `${name} ${numbers.join(' ')}`
  const found = known.get(key)
  if (found !== undefined) return found
  const value = make()
  known.set(key, value)
  return value
}

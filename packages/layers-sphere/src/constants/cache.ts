import type { Tensor } from '@equivar/tensor'

const known = new Map<string, Tensor>()

/** The constant of that name and those numbers, made when it is first asked for; a program that uses it twice holds it once. */
export function cached(name: string, numbers: readonly number[], make: () => Tensor): Tensor {
  const key = `${name} ${numbers.join(' ')}`
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  known.set(key, made)
  return made
}

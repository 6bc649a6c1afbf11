import type { Snapshot } from '../src/dynamics.ts'

/** What an observer sees at each step, from the start on. */
export async function observed<T>(simulation: AsyncIterable<Snapshot>, steps: number, observe: (snapshot: Snapshot) => T): Promise<T[]> {
  const seen: T[] = []
  for await (const snapshot of simulation) {
    seen.push(observe(snapshot))
    if (seen.length > steps) break
  }
  return seen
}

/** The total energy in kcal/mol. */
export const total = ({ potential, kinetic }: Snapshot): number => potential + kinetic

/** The length of a vector. */
export const size = (vector: ArrayLike<number>): number => Math.hypot(...Array.from(vector))

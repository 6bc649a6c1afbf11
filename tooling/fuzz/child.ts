import { openSync, readFileSync, writeSync } from 'node:fs'
import { type Breach, tried } from './laws.ts'
import { mutantOf } from './mutant.ts'
import type { Target } from './target.ts'

/** What a child is to read. */
export type Order =
  | {
      readonly kind: 'mutants'
      readonly target: string
      readonly seed: number
      readonly from: number
      readonly to: number
      readonly progress: string
    }
  | { readonly kind: 'file'; readonly target: string; readonly path: string }

/** What a child says: how far it came, and what broke a law. */
export type Report = { readonly next: number; readonly breach?: Breach }

/** Grows the heap once, so that what every process takes is not counted against an input. */
async function warmUp(target: Target): Promise<void> {
  for (const { seeds, wrap } of target.forms) {
    for (const one of seeds) {
      try {
        await target.read(wrap === undefined ? one : wrap(one))
      } catch {
        // Seeds are read as any input later on.
      }
    }
  }
}

/** Reads mutants until one breaks a law. The number of each is in the file of progress before it is read: it stays there if the process dies. */
async function readMutants(target: Target, order: Extract<Order, { kind: 'mutants' }>): Promise<Report> {
  const file = openSync(order.progress, 'w')
  const number = Buffer.alloc(8)
  for (let k = order.from; k < order.to; k++) {
    number.writeDoubleLE(k)
    writeSync(file, number, 0, 8, 0)
    const breach = await tried(target, mutantOf(target, order.seed, k))
    if (breach !== undefined) return { next: k + 1, breach }
  }
  return { next: order.to }
}

/** A process of its own that reads mutants of one target, or one file. */
export async function runChild(targets: readonly Target[], order: Order): Promise<void> {
  const target = targets.find(({ name }) => name === order.target)
  if (target === undefined)
    throw new RangeError(`fuzz: expected one of ${targets.map(({ name }) => name).join(', ')}, received ${order.target}.`)
  await warmUp(target)
  const report: Report =
    order.kind === 'mutants'
      ? await readMutants(target, order)
      : await tried(target, readFileSync(order.path)).then((breach) => ({ next: 0, ...(breach === undefined ? {} : { breach }) }))
  process.send?.(report, () => process.exit(0))
}

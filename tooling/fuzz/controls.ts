import { type Target, text } from './target.ts'

const form = { kind: 'bytes' as const, seeds: [text('a', 'b')] }
const never = (): never[] => []

/** Work of about a millisecond. */
function spun(): number {
  let sum = 0
  for (let k = 0; k < 1e6; k++) sum += Math.sqrt(k)
  return sum
}

/** A list that nothing forgets. */
const kept: Uint8Array[] = []

/** Readers that break each law: the harness has to find them, or it finds nothing. */
export const controls: readonly Target[] = [
  { name: 'sound', read: (bytes) => bytes.length, errors: never(), forms: [form] },
  {
    name: 'wrong-error',
    read: () => {
      throw new TypeError('expected a file, received another')
    },
    errors: [RangeError],
    forms: [form],
  },
  {
    name: 'wrong-message',
    read: (bytes) => {
      throw new RangeError(`expected 3 numbers, received ${Number(bytes.length < 0 ? '' : 'x')}`)
    },
    errors: [RangeError],
    forms: [form],
  },
  {
    name: 'slow',
    read: () => {
      const start = process.cpuUsage()
      const isOver = ({ user, system }: NodeJS.CpuUsage): boolean => user + system > 1.3e6
      while (!isOver(process.cpuUsage(start))) spun()
    },
    errors: never(),
    forms: [form],
  },
  {
    name: 'greedy',
    read: () => kept.push(new Uint8Array(100 * 2 ** 20).fill(1)),
    errors: never(),
    forms: [{ ...form, seeds: [] }],
    corpus: { anything: text('a') },
  },
  {
    name: 'dying',
    read: () => process.kill(process.pid, 'SIGKILL'),
    errors: never(),
    forms: [{ ...form, seeds: [] }],
    corpus: { anything: text('a') },
  },
]

import { latin1, type Target } from './target.ts'

/** What a message may not hold: it would say something of our code, and nothing of the input. */
const forbidden = ['undefined', 'NaN', '[object', 'Cannot read properties', 'Invalid array length', 'call stack']

/** Longer messages are no messages. */
const MOST_MESSAGE = 10_000
const MOST_SECONDS = 1
/** An input that took longer is read again so often: code that runs for the first time and a busy machine only ever add time. */
const MORE_READINGS = 2
const MiB = 2 ** 20

/** Memory that reading an input may take, in bytes. */
const allowedBytes = (input: Uint8Array): number => 64 * MiB + 20 * input.length

/** How a target broke a law. */
export interface Breach {
  readonly law: 'error' | 'message' | 'time' | 'memory' | 'crash'
  readonly detail: string
}

function ofError(error: unknown, { errors }: Target, input: Uint8Array): Breach | undefined {
  if (!(error instanceof Error)) return { law: 'error', detail: `${typeof error} thrown` }
  const { name, message, stack = '' } = error
  if (!errors.some((kind) => error instanceof kind))
    return { law: 'error', detail: `${name}: ${message.slice(0, 200)} ${stack.split('\n').slice(1, 4).join(' ').trim()}` }
  const word = forbidden.find((one) => message.includes(one) && !latin1(input).includes(one))
  if (word !== undefined) return { law: 'message', detail: message.slice(0, 300) }
  return message.length > MOST_MESSAGE ? { law: 'message', detail: `${message.length} characters: ${message.slice(0, 100)}` } : undefined
}

const seconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6

/** Highest memory of this process so far, in bytes. */
const peak = (): number => process.resourceUsage().maxRSS * 1024

interface Reading {
  readonly breach?: Breach | undefined
  /** Time of the processor; 0 where the clock says already that it was short. */
  readonly seconds: number
}

async function reading(target: Target, input: Uint8Array): Promise<Reading> {
  const [clock, start] = [performance.now(), process.cpuUsage()]
  let breach: Breach | undefined
  try {
    const result = target.read(input)
    if (result instanceof Promise) await result
  } catch (error) {
    breach = ofError(error, target, input)
  }
  return { breach, seconds: performance.now() - clock > MOST_SECONDS * 1000 ? seconds(process.cpuUsage(start)) : 0 }
}

/**
 * Reads one input and says which law it breaks, if any.
 *
 * @remarks Time is that of the processor, the least of some readings. Memory is what the process' peak grew by: garbage of inputs before is in it, so a breach
 * has to be confirmed by a process that reads nothing else.
 */
export async function tried(target: Target, input: Uint8Array): Promise<Breach | undefined> {
  const before = peak()
  const first = await reading(target, input)
  const grown = peak() - before
  if (first.breach !== undefined) return first.breach
  let least = first.seconds
  for (let k = 0; k < MORE_READINGS && least > MOST_SECONDS; k++) least = Math.min(least, (await reading(target, input)).seconds)
  if (least > MOST_SECONDS) return { law: 'time', detail: `${least.toFixed(1)} s for ${input.length} bytes` }
  return grown > allowedBytes(input) ? { law: 'memory', detail: `${Math.round(grown / MiB)} MiB for ${input.length} bytes` } : undefined
}

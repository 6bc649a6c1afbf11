import type { OnnxValue } from '@equivar/export-onnx'
import { parseAction, type Range, type TensorAction } from '@equivar/verify'
import { asUsage, UsageError } from '../errors.ts'

/** Options of `equivar verify` that claim a symmetry, as given. */
export interface ClaimOptions {
  readonly action: readonly string[]
  readonly output: readonly string[]
  readonly range: readonly string[]
  readonly size: Readonly<Record<string, number>>
  readonly tolerance?: number
  readonly worst?: string
  readonly seed: number
}

/** A claimed symmetry, and how it is checked. */
export interface Claims {
  readonly inputs: Readonly<Record<string, TensorAction>>
  readonly outputs: Readonly<Record<string, TensorAction>>
  readonly ranges: Readonly<Record<string, Range>>
  readonly sizes: Readonly<Record<string, number>>
  readonly tolerance: number
  readonly seed: number
  /** A file for the inputs with the largest error. */
  readonly worst?: string
}

/** Allowed relative difference in float32. */
const TOLERANCE = 1e-4

/** An example of --action for a file's inputs. */
export function exampleClaim(inputs: readonly OnnxValue[]): string {
  const described = inputs.map(({ name, dtype, shape }) => `${name} ${dtype ?? 'of another type'} [${shape.join(', ')}]`)
  const { name, shape } = inputs.find((each) => each.shape.length > 1) ?? { name: 'x', shape: [1, 1] }
  return `${name}:"S on axis ${Math.min(1, shape.length - 1)}" (its inputs: ${described.join('; ') || 'none'})`
}

/** Splits `name:text` at the last colon, since names of inputs may have colons. */
async function named<T>(option: string, texts: readonly string[], read: (text: string) => T): Promise<Record<string, T>> {
  const found = new Map<string, T>()
  for (const given of texts) {
    const at = given.lastIndexOf(':')
    const name = given.slice(0, at)
    if (at < 1) throw new UsageError(`${option}: expected NAME:"...", such as x:"S on axis 1", received "${given}"`)
    if (found.has(name)) throw new UsageError(`${option}: expected "${name}" once, received it twice; join actions by x`)
    found.set(name, await asClaim(`${option} ${name}`, () => read(given.slice(at + 1))))
  }
  return Object.fromEntries(found)
}

/** Runs what depends on the claims only: what does not fit is a wrong argument. */
export async function asClaim<T>(where: string, build: () => T | Promise<T>): Promise<T> {
  try {
    return await asUsage(where, build)
  } catch (error) {
    if (error instanceof Error && ['NotationError', 'DomainError'].includes(error.name)) throw new UsageError(`${where}: ${error.message}`)
    throw error
  }
}

function parseRange(text: string): Range {
  const [, from, to] = /^\s*(-?[\d.]+(?:e[+-]?\d+)?)\.\.(-?[\d.]+(?:e[+-]?\d+)?)\s*$/iu.exec(text) ?? []
  const range = { from: Number(from), to: Number(to) }
  if (!(Number.isFinite(range.from) && Number.isFinite(range.to) && range.from <= range.to))
    throw new RangeError(`expected two numbers such as 0..9, the smaller first, received "${text}"`)
  return range
}

/** The claims of the options; undefined without --action. @throws UsageError for words that cannot be read. */
export async function parseClaims(options: ClaimOptions): Promise<Claims | undefined> {
  const { action, output, range, size, tolerance = TOLERANCE, seed, worst } = options
  if (action.length === 0) {
    const useless = Object.entries({ output, range, size: Object.keys(size), tolerance: options.tolerance, worst })
    const given = useless.find(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    if (given !== undefined) throw new UsageError(`--${given[0]}: expected --action beside it, such as --action x:"S on axis 1"`)
    return undefined
  }
  return {
    inputs: await named('--action', action, parseAction),
    outputs: await named('--output', output, parseAction),
    ranges: await named('--range', range, parseRange),
    sizes: size,
    tolerance,
    seed,
    ...(worst === undefined ? {} : { worst }),
  }
}

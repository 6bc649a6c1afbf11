import { evaluate, optimize, type Program, type ReferenceValue, type Target, type TensorValue, topological } from '@equivar/tensor'
import type { RandomProgram } from '../random-programs.ts'
import { shown } from '../shown.ts'
import { type Errors, roughly, type Zeros } from './rounding.ts'

type Values = Readonly<Record<string, ReferenceValue>>
type Feeds = Readonly<Record<string, TensorValue>>

/** How closely two runs must agree: as a part of the largest magnitude of an output, 1 at least. */
export interface Closeness {
  readonly limit: (dtypes: ReadonlySet<string>) => number
  /** Relative errors of single results: what they change by more than a part of the limit is not compared. */
  readonly errors: Errors
  /** How many times what those errors change is granted beside the limit. */
  readonly granted: (dtypes: ReadonlySet<string>) => number
}

/** float64 arithmetic with float16 rounded where it is stored. */
const float64: Closeness = {
  limit: (dtypes) => (dtypes.has('float16') ? 2 ** -10 : 1e-12),
  errors: (dtype) => (dtype === 'float16' ? 2 ** -11 : 2 ** -52),
  granted: (dtypes) => (dtypes.has('float16') ? 4 : 0),
}

/** The types that a Program computes with. */
function typesOf(program: Program): Set<string> {
  const types = program.nodes.flatMap(({ outputs, inputs }) => [...outputs, ...inputs].map(({ dtype }) => dtype))
  return new Set([...types, ...program.outputs.map(({ tensor }) => tensor.dtype)])
}

const scaleOf = ({ data }: ReferenceValue): number => data.reduce((top, v) => Math.max(top, Number.isFinite(v) ? Math.abs(v) : 0), 1)

const isFloating = ({ dtype }: ReferenceValue): boolean => dtype === 'float32' || dtype === 'float16'

/** Whether two numbers are equal: NaN, infinities and integers exactly, others up to a difference. */
function agree(a: number, b: number, difference: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= difference
}

/** Counts of numbers that were compared, and that were not as rounding alone changes them. */
export interface Compared {
  compared: number
  sensitive: number
}

const finite = (value: number): number => (Number.isFinite(value) ? value : 0)

const printed = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

/** Where two runs differ, in words; undefined if they agree. Numbers that `others`, runs with rounding errors, change are not compared. */
export function differenceOf(
  expected: ReferenceValue,
  got: ReferenceValue | undefined,
  others: readonly (ReferenceValue | undefined)[],
  { limit, granted, signs }: { readonly limit: number; readonly granted: number; readonly signs: boolean },
  counts: Compared,
): string | undefined {
  if (got?.dtype !== expected.dtype || got.shape.join() !== expected.shape.join())
    return `expected ${expected.dtype} [${expected.shape}], received ${got?.dtype} [${got?.shape}]`
  const difference = isFloating(expected) ? limit * scaleOf(expected) : 0
  const change = (i: number, value: number): number => Math.max(...others.map((other) => Math.abs((other?.data[i] as number) - value) || 0))
  const effect = granted === 0 ? 0 : granted * expected.data.reduce((most, value, i) => Math.max(most, finite(change(i, value))), 0)
  for (const [i, value] of expected.data.entries()) {
    const [ours, disturbed] = [got.data[i] as number, others.map((other) => other?.data[i] as number)]
    if (!disturbed.every((one) => agree(value, one, granted > 0 ? 8 * difference : difference / 4))) {
      counts.sensitive++
      continue
    }
    counts.compared++
    const signed = signs && value === 0 && disturbed.every((one) => Object.is(one, value))
    if (!agree(value, ours, difference + effect) || (signed && ours === 0 && !Object.is(ours, value)))
      return `element ${i}: expected ${printed(value)}, received ${printed(ours)}`
  }
  return undefined
}

/** Seeds of the disturbed runs that every Program has, and of those that are made beside them where a difference was found. */
const [FEW, MANY] = [
  [0, 1],
  [2, 3, 4, 5, 6, 7, 8, 9],
]

/** Values of runs in which every result has rounding errors. */
const disturbedRuns = (program: Program, feeds: Feeds, errors: Errors, zeros: Zeros, seeds: readonly number[]): Values[] =>
  seeds.map((seed) => evaluate(roughly(seed, errors, zeros).run(program, { fixed: new Set() }), feeds))

/** What a run differs in from a Program's own values, in words; `others` are disturbed runs. Undefined if nothing does. */
export type Judge = (exact: Values, others: readonly Values[], counts: Compared) => string | undefined

/**
 * Judges a run beside the Program's own values and two disturbed runs; where they say that it differs, beside eight more, since a number that only some
 * rounding errors change may have been missed.
 */
export function judged(program: Program, feeds: Feeds, errors: Errors, zeros: Zeros, counts: Compared, judge: Judge): string | undefined {
  const exact = evaluate(program, feeds)
  const few = disturbedRuns(program, feeds, errors, zeros, FEW)
  if (judge(exact, few, counts) === undefined) return undefined
  return judge(exact, [...few, ...disturbedRuns(program, feeds, errors, zeros, MANY)], { compared: 0, sensitive: 0 })
}

/** What is wrong with an optimized Program, in words; undefined if nothing is. */
function fault(
  { program, feeds }: RandomProgram,
  optimized: Program,
  target: Target,
  closeness: Closeness,
  counts: Compared,
): string | undefined {
  const types = typesOf(program)
  const limits = { limit: closeness.limit(types), granted: closeness.granted(types) }
  const got = evaluate(optimized, feeds)
  const found = judged(program, feeds, closeness.errors, 'of sums', counts, (exact, others, counted) => {
    for (const { name, tensor } of program.outputs) {
      // Signs of zeros in gradients of windows are left open, and what follows from several of them.
      const signs = !topological([tensor]).some((node) => node.has('composite'))
      const disturbed = others.map((one) => one[name])
      const difference = differenceOf(exact[name] as ReferenceValue, got[name], disturbed, { ...limits, signs }, counted)
      if (difference !== undefined) return `${name}: ${difference}`
    }
    return undefined
  })
  if (found !== undefined) return found
  const composite = optimized.nodes.find((node) => node.has('composite'))
  if (composite !== undefined) return `${composite.operator.name} is left`
  const [once, twice] = [shown(optimized), shown(optimize(optimized, target))]
  return once === twice ? undefined : `optimized twice it is ${twice}, once ${once}`
}

/**
 * How a Program breaks the law of a target: equal values, no composite operator left, nothing to do a second time. Undefined if it does not.
 *
 * Values are compared to 1e-12 of the largest magnitude of an output (1 at least), where float16 is computed with to 2^-10 and four times what its rounding
 * errors change; NaN, infinities, integers,
 * booleans and the sign of 0 exactly. What a run with rounding errors changes is not compared, but counted.
 */
export function violation(
  random: RandomProgram,
  target: Target,
  counts: Compared = { compared: 0, sensitive: 0 },
  closeness: Closeness = float64,
): string | undefined {
  const describe = (what: string, optimized?: Program): string =>
    `seed ${random.seed}, ${target.name}: ${what}\nbefore ${shown(random.program)}${optimized === undefined ? '' : `\nafter  ${shown(optimized)}`}`
  let optimized: Program | undefined
  try {
    optimized = optimize(random.program, target)
    const found = fault(random, optimized, target, closeness, counts)
    return found === undefined ? undefined : describe(found, optimized)
  } catch (error) {
    return describe(error instanceof Error ? (error.stack ?? error.message) : String(error), optimized)
  }
}

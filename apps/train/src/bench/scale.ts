import { messageOf, UsageError } from '../errors.ts'
import type { Output } from '../output.ts'
import { type Curve, curves } from './curves.ts'
import { type Contestant, ownSide, torchForms, torchSide } from './sides.ts'
import { type Care, type Figures, takeTurns } from './turns.ts'

/** Arguments of `equivar bench --scale`. */
export interface ScaleArguments extends Care {
  readonly curves: readonly string[]
  readonly against: 'torch' | undefined
  readonly threads: number
}

/** A size of a curve, and what it took. */
interface Point {
  readonly size: number
  readonly figures: Figures
}

/** How figures grow: the exponents of size. */
interface Exponents {
  readonly train?: number
  readonly infer?: number
  readonly memory?: number
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/**
 * The exponent p of y = c x^p by least squares over the logarithms of the largest half of the points, three at least: small sizes show what a call costs.
 *
 * @param points - by size. Those whose y is not positive do not count.
 * @returns undefined if fewer than two points are left.
 */
export function exponent(points: readonly (readonly [number, number])[]): number | undefined {
  const positive = points.filter(([, y]) => y > 0).map(([x, y]) => [Math.log(x), Math.log(y)] as const)
  const largest = positive.slice(-Math.max(3, Math.ceil(positive.length / 2)))
  if (largest.length < 2) return undefined
  const [x, y] = [mean(largest.map(([a]) => a)), mean(largest.map(([, b]) => b))]
  return mean(largest.map(([a, b]) => (a - x) * (b - y))) / mean(largest.map(([a]) => (a - x) ** 2))
}

/** Of training and inference by the clock, with one thread by the processor's time; of memory above what was held before. */
function exponentsOf(points: readonly Point[], threads: number): Exponents {
  const of = (pick: (figures: Figures) => number | undefined): number | undefined =>
    exponent(points.map(({ size, figures }) => [size, pick(figures) ?? 0]))
  const all = {
    train: of(({ trainMs, cpuMs }) => (threads === 1 ? cpuMs.train : trainMs)),
    infer: of(({ inferMs, cpuMs }) => (threads === 1 ? cpuMs.infer : inferMs)),
    memory: of(({ aboveMiB }) => aboveMiB),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** One side alone on the machine, with one size. */
async function measured(open: () => Promise<Contestant>, care: Care): Promise<Figures> {
  const side = await open()
  try {
    const [figures] = await takeTurns([{ ...side, measures: ['train', 'infer'] }], care, (_, reason) => {
      throw new Error(reason)
    })
    return figures as Figures
  } finally {
    side.process.stop()
  }
}

const rounded = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))
const told = ({ trainMs = 0, inferMs = 0, cpuMs, aboveMiB }: Figures, threads: number): string => {
  const [train, infer, unit] = threads === 1 ? [cpuMs.train ?? 0, cpuMs.infer ?? 0, 'cpu ms'] : [trainMs, inferMs, 'ms']
  return `train ${rounded(train).padStart(8)} ${unit}, infer ${rounded(infer).padStart(8)} ${unit}, ${rounded(aboveMiB).padStart(8)} MiB above`
}

async function runCurve(curve: Curve, given: ScaleArguments, output: Output): Promise<void> {
  const { threads } = given
  const sides: { name: string; open: (workload: string) => Promise<Contestant>; points: Point[]; isOver: boolean }[] = [
    { name: 'equivar', open: (workload) => ownSide(workload, threads), points: [], isOver: false },
  ]
  if (given.against !== undefined) {
    const [form = ''] = (await torchForms(curve.workload(curve.sizes[0] as number))).forms
    sides.push({ name: `torch ${form}`, open: (workload) => torchSide(workload, { form, threads }), points: [], isOver: false })
  }
  output.say(`${curve.name}: ${curve.title}`)
  for (const size of curve.sizes) {
    for (const side of sides.filter(({ isOver }) => !isOver)) {
      try {
        const figures = await measured(() => side.open(curve.workload(size)), given)
        side.points.push({ size, figures })
        output.result({ curve: curve.name, side: side.name, size, ...figures })
        output.say(`  ${side.name.padEnd(16)} ${size.toLocaleString('en').padStart(11)} ${curve.axis}: ${told(figures, threads)}`)
      } catch (error) {
        // What one size is too large for, the next is too.
        side.isOver = true
        output.result({ curve: curve.name, side: side.name, size, failed: messageOf(error) })
        output.say(`  ${side.name.padEnd(16)} ${size.toLocaleString('en').padStart(11)} ${curve.axis}: ${messageOf(error)}`)
      }
    }
  }
  for (const { name, points } of sides) {
    const exponents = exponentsOf(points, threads)
    output.result({ curve: curve.name, side: name, exponents })
    const power = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(2))
    output.say(
      `  ${name.padEnd(16)} exponents: train ${power(exponents.train)}, infer ${power(exponents.infer)}, memory ${power(exponents.memory)}`,
    )
  }
}

/** `equivar bench --scale`: time and memory of a step as one size grows, a fresh process for each size, and the exponent of that size. */
export async function scale(given: ScaleArguments, output: Output): Promise<void> {
  const names = given.curves.length === 0 ? curves.map(({ name }) => name) : given.curves
  const chosen = names.map((name) => {
    const found = curves.find((curve) => curve.name === name)
    if (found === undefined)
      throw new UsageError(`bench --scale: expected a curve (${curves.map((curve) => curve.name).join(', ')}), received "${name}"`)
    return found
  })
  for (const curve of chosen) await runCurve(curve, given, output)
}

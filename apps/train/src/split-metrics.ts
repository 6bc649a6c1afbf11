import { evaluate, type Input, input, type Program, program, type TensorValue } from '@equivar/tensor'
import { f1, r2, rmse, rocAuc, type SplitMetric, type Tally } from '@equivar/train'
import type { Goal } from './goals.ts'

/** Metrics of a whole split by their names in results. */
export type SplitFigures = Readonly<Record<string, number>>

/** Names for people. */
const titles: Readonly<Record<string, string>> = { f1: 'F1 (mean over classes)', auc: 'ROC AUC', rmse: 'RMSE', r2: 'R2' }

/** A metric that is being counted, and the program of what it reads. */
interface Counting {
  readonly reads: Program
  readonly tally: Tally<number>
}

function counting(inputs: Readonly<Record<string, Input>>, { reads, start }: SplitMetric): Counting {
  return { reads: program({ inputs, outputs: reads }), tally: start() }
}

/** What is counted besides loss and accuracy or error. The choice of an element has no classes. */
function countingOf({ kind }: Goal, width: number): Readonly<Record<string, Counting>> {
  const output = input('output', 'float32', ['rows', width])
  if (kind === 'choice') return {}
  if (kind === 'numbers' || kind === 'rows') {
    const truth = input('truth', 'float32', ['rows', width])
    return { rmse: counting({ output, truth }, rmse(output, truth)), r2: counting({ output, truth }, r2(output, truth)) }
  }
  const truth = input('truth', 'int64', ['rows'])
  if (width < 2) return {}
  return {
    f1: counting({ output, truth }, f1(output, truth, { average: 'macro' })),
    auc: counting({ output, truth }, rocAuc(output, truth)),
  }
}

/** Counts the metrics of a whole split: F1 and ROC AUC of classes, RMSE and R2 of numbers, each as `@equivar/train` defines it. */
export class SplitMetrics {
  readonly #goal: Goal
  #counting: Readonly<Record<string, Counting>> | undefined

  constructor(goal: Goal) {
    this.#goal = goal
  }

  /** @param output - of a batch, in rows of `width` numbers. @param target - of the batch. */
  add(output: ArrayLike<number>, width: number, target: TensorValue): void {
    this.#counting ??= countingOf(this.#goal, width)
    for (const { reads, tally } of Object.values(this.#counting)) {
      const read = evaluate(reads, this.#feeds(output, width, target))
      tally.add(Object.fromEntries(Object.entries(read).map(([name, { data }]) => [name, Float64Array.from(data as Float64Array, Number)])))
    }
  }

  /** Rows with a target; -1 as a class is left to the metric. */
  #feeds(output: ArrayLike<number>, width: number, { dtype, data }: TensorValue): Record<string, TensorValue> {
    const numbers = Array.from(data as ArrayLike<number | bigint>, Number)
    const ofClasses = dtype === 'int64'
    const each = ofClasses ? 1 : width
    const known = Array.from({ length: numbers.length / each }, (_, row) => row).filter((row) => !Number.isNaN(numbers[row * each]))
    const rows = (of: ArrayLike<number>, size: number): number[] =>
      known.flatMap((row) => Array.from({ length: size }, (_, i) => of[row * size + i] as number))
    const truth: TensorValue = ofClasses
      ? { dtype: 'int64', shape: [known.length], data: BigInt64Array.from(rows(numbers, 1), BigInt) }
      : { dtype: 'float32', shape: [known.length, width], data: Float32Array.from(rows(numbers, width)) }
    return { output: { dtype: 'float32', shape: [known.length, width], data: Float32Array.from(rows(output, width)) }, truth }
  }

  /** The metrics that are defined: a split of one class has no ROC AUC. */
  values(): SplitFigures {
    const all = Object.entries(this.#counting ?? {}).map(([name, { tally }]) => [name, tally.value()] as const)
    return Object.fromEntries(all.filter(([, value]) => Number.isFinite(value)))
  }
}

/** What a test tells besides loss and metric, for people, each behind a comma. */
export function shownBesides(
  { goal, further: other }: { readonly goal: Goal; readonly further?: { readonly goal: Goal } | undefined },
  { further, figures }: { readonly further: Readonly<Record<string, number>>; readonly figures: SplitFigures },
): string {
  const own = Object.entries(further).filter(([name]) => !Object.hasOwn(figures, name))
  const shown = own.map(([name, value]) => `${name} ${(other?.goal ?? goal).show(value)}`)
  const counted = Object.entries(figures).map(([name, value]) => `${titles[name]} ${value.toPrecision(4)}`)
  return [...shown, ...counted].map((each) => `, ${each}`).join('')
}

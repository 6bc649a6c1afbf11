import { type DataType, elementCount, emptyArray, type Program, rowSymbol } from '@equivar/tensor'
import { type Rows, rowsOf } from './rows.ts'
import type { Runtime, RuntimeTensor, RuntimeTensors } from './runtime.ts'

/** A program that does with each example what it does with it alone: inputs and outputs that have a row of axis 0 for each. */
export interface RowProgram {
  /** The size that counts the examples. */
  readonly symbol: string
  readonly inputs: ReadonlySet<string>
  readonly outputs: ReadonlySet<string>
}

/** How the examples of a program lie; undefined if it is not one that does with each what it does with it alone. @param fixed - inputs that are not fed. */
export function rowProgram(program: Program, fixed: readonly string[]): RowProgram | undefined {
  const symbol = rowSymbol(program)
  if (symbol === undefined) return undefined
  const divided = (list: Program['inputs'] | Program['outputs']): string[] =>
    list.filter(({ tensor }) => String(tensor.shape[0]) === symbol).map(({ name }) => name)
  const inputs = new Set(divided(program.inputs))
  return fixed.some((name) => inputs.has(name)) ? undefined : { symbol, inputs, outputs: new Set(divided(program.outputs)) }
}

/** The results of all examples, put together from those of pieces. */
export class Assembly {
  readonly #runtime: Runtime
  readonly #program: RowProgram
  readonly #count: number
  readonly #made = new Map<string, RuntimeTensor>()

  /** @param count - how many examples there are. */
  constructor(runtime: Runtime, program: RowProgram, count: number) {
    this.#runtime = runtime
    this.#program = program
    this.#count = count
  }

  /** Takes the results of a piece. @param start - the first of its examples. */
  put(results: Readonly<Record<string, Pick<RuntimeTensor, 'type' | 'dims' | 'data'>>>, start: number): void {
    for (const [name, { type, dims, data }] of Object.entries(results)) {
      const [dtype, isDivided] = [type as DataType, this.#program.outputs.has(name)]
      const each = elementCount(dims.slice(isDivided ? 1 : 0))
      const known = this.#made.get(name)
      const whole = known ?? this.#empty(dtype, isDivided ? [this.#count, ...dims.slice(1)] : dims)
      this.#made.set(name, whole)
      ;(whole.data as Float32Array).set(data as Float32Array, isDivided ? start * each : 0)
    }
  }

  get results(): RuntimeTensors {
    return Object.fromEntries(this.#made)
  }

  #empty(dtype: DataType, shape: readonly number[]): RuntimeTensor {
    return new this.#runtime.Tensor(dtype as never, emptyArray(dtype, elementCount(shape)) as never, shape as never) as RuntimeTensor
  }
}

/** What is run, of which examples. */
export interface RowRun {
  readonly runtime: Runtime
  readonly program: RowProgram
  /** What is fed, of all examples. */
  readonly given: RuntimeTensors
  readonly rows: Rows
  /** How many examples are run at a time. */
  readonly each: number
}

/** Runs some examples, a few at a time, and hands over what comes of each piece. */
export async function runRows(
  { runtime, program, given, rows, each }: RowRun,
  run: (given: RuntimeTensors, examples: number) => Promise<RuntimeTensors>,
  take: Assembly,
): Promise<void> {
  const end = rows.start + rows.count
  for (let start = rows.start; start < end; start += each) {
    const count = Math.min(each, end - start)
    const piece = Object.entries(given).map(([name, x]): [string, RuntimeTensor] => {
      if (!program.inputs.has(name)) return [name, x]
      const { dtype, data, shape } = rowsOf(x, { start, count })
      return [name, new runtime.Tensor(dtype as never, data as never, shape) as RuntimeTensor]
    })
    const results = await run(Object.fromEntries(piece), count)
    take.put(results, start)
    for (const result of Object.values(results)) result.dispose()
  }
}

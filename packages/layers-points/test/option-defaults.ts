import { initialize, type Module, parametersOf } from '@equivar/nn'
import { evaluate, type Input, input, program, Random, type Tensor, type TensorValue, toNumbers } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'

const [NODES, EDGES] = [5, 9]
const random = new Random({ seed: 6, stream: 'defaults' })
const normal = (...shape: number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
})
const whole = (shape: number[], data: readonly number[]): TensorValue => ({ dtype: 'int64', shape, data: BigInt64Array.from(data, BigInt) })
export const inputs = {
  x: input('x', 'float32', [NODES, 2]),
  positions: input('positions', 'float32', [NODES, 3]),
  edges: input('edges', 'int64', [2, EDGES]),
  mixed: input('mixed', 'float32', [NODES, 12]),
  batch: input('batch', 'int64', [NODES]),
}
export const feeds = {
  x: normal(NODES, 2),
  positions: normal(NODES, 3),
  edges: whole([2, EDGES], [0, 1, 2, 3, 4, 0, 2, 1, 4, 1, 2, 0, 4, 3, 3, 4, 1, 2]),
  mixed: normal(NODES, 12),
  batch: whole([NODES], [0, 0, 0, 1, 1]),
}
/** Paths, shapes and initial values of the parameters, and the values of the outputs. */
function facts(module: Module, outputs: Record<string, Tensor>): unknown {
  const all: Record<string, Input> = { ...inputs, ...Object.fromEntries(parametersOf(module)) }
  const values = initialize(module, 1)
  const results = evaluate(
    program({ inputs: all, outputs: Object.fromEntries(Object.entries(outputs).map(([name, y]) => [`out_${name}`, y])) }),
    { ...feeds, ...values },
  )
  return {
    parameters: Object.entries(values).map(([path, { shape, data }]) => [path, shape, [...toNumbers(data)]]),
    results: Object.entries(results).map(([name, { shape, data }]) => [name, shape, [...data]]),
  }
}

/** A layer with some options, its explicit defaults, and options that change something. */
export interface Row {
  readonly name: string
  readonly of: (options: object) => [Module, Record<string, Tensor>]
  readonly defaults: object
  readonly others: readonly object[]
}
export const row = <M extends Module>(
  name: string,
  make: (options: object) => M,
  run: (module: M) => Tensor | Record<string, Tensor>,
  defaults: object,
  ...others: readonly object[]
): Row => ({
  name,
  of: (options) => {
    const module = make(options)
    const y = run(module)
    return [module, 'node' in y ? { y: y as Tensor } : (y as Record<string, Tensor>)]
  },
  defaults,
  others,
})

/** That each layer has these defaults, and that other options make other parameters or results. */
export function describeDefaults(rows: readonly Row[]): void {
  describe.each<Row>(rows)('$name', ({ of, defaults, others }) => {
    test('its options have these defaults', () => expect(facts(...of(defaults))).toEqual(facts(...of({}))))
    test.each(others.map((other) => [JSON.stringify(other), other] as const))('%s is something else', (_, other) =>
      expect(facts(...of(other))).not.toEqual(facts(...of({}))),
    )
  })
}

import { BatchNorm, Linear, Module } from '@equivar/nn'
import { type Tensor, type TensorValue, tensorValue, transpose } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { expect } from 'vitest'
import { affine, batchNormed, difference, outputRows, plus, type Rows, type Values } from '../../nn/test/rows.ts'
import type { Aggregation, DssAggregation } from '../src/index.ts'
import { parametersAt } from './harness.ts'

/** A set of signals of two channels: for each element the rows of its positions. */
export const [SET, LENGTH, CHANNELS]: readonly [number, number, number] = [3, 4, 2]
const random = new Random({ seed: 5, stream: 'formulas' })
export const numbers = Float32Array.from({ length: SET * CHANNELS * LENGTH }, () => random.normal())
export const signals: TensorValue = tensorValue('float32', [1, SET, CHANNELS, LENGTH], numbers)
export type Signals = readonly Rows[]
export const given: Signals = Array.from({ length: SET }, (_, e) =>
  Array.from({ length: LENGTH }, (_, p) => Array.from({ length: CHANNELS }, (_, c) => numbers[(e * CHANNELS + c) * LENGTH + p] as number)),
)
/** The same with the channels before the positions, as the layers give them. */
export const turned = (set: Signals): number[][] =>
  set.flatMap((rows) => (rows[0] ?? []).map((_, c) => rows.map((row) => row[c] as number)))

/** A linear layer of the channels at each position, [elements, channels, length]; a kernel has no meaning for it. */
export class Pointwise extends Module {
  readonly linear: Linear
  constructor({ inChannels = CHANNELS, outChannels = 4, bias = true } = {}) {
    super()
    this.linear = new Linear({ inChannels, outChannels, bias })
  }
  forward(x: Tensor): Tensor {
    return transpose(this.linear.forward(transpose(x, [0, 2, 1])), [0, 2, 1])
  }
}
export const norm = (channels = 4): BatchNorm => new BatchNorm({ channels, axis: -2 })

const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)
const pools: Record<Aggregation, (list: readonly number[]) => number> = {
  sum: total,
  mean: (list) => total(list) / list.length,
  max: (list) => Math.max(...list),
}
export const overSet = (set: Signals, how: Aggregation): number[][] =>
  (set[0] ?? []).map((row, p) => row.map((_, c) => pools[how](set.map((rows) => rows[p]?.[c] as number))))
export const overPositions = (rows: Rows, how: Aggregation): number[][] => [
  (rows[0] ?? []).map((_, c) => pools[how](rows.map((row) => row[c] as number))),
]

/** A layer of elements at `<path>own`, with its norm if it has one. */
export function layerOf(rows: Rows, values: Values, path: string, linear = '.linear.'): number[][] {
  const y = affine(rows, values, path + linear)
  return values[`${path}Norm.scale`] === undefined ? y : batchNormed(y, values, `${path}Norm.`)
}
/** own(x_i) + shared(pool_j x_j), or own(x_i) + pool_j shared(x_j). */
export function dssOf(set: Signals, aggregate: DssAggregation, values: Values, path = '', linear = '.linear.'): Signals {
  const how = aggregate.replace('After', '') as Aggregation
  const shared = aggregate.endsWith('After')
    ? overSet(
        set.map((rows) => layerOf(rows, values, `${path}shared`, linear)),
        how,
      )
    : layerOf(overSet(set, how), values, `${path}shared`, linear)
  return set.map((rows) => plus(layerOf(rows, values, `${path}own`, linear), shared))
}

export const received = (layer: Module & { forward(x: Tensor): Tensor }, values: Values, x: TensorValue = signals): Rows =>
  outputRows(layer, { x }, values, (inputs) => layer.forward(inputs.x as Tensor))
export const expectSignals = (layer: Module & { forward(x: Tensor): Tensor }, expected: (values: Values) => Signals): void => {
  const values = parametersAt(layer, 3)
  expect(difference(received(layer, values), turned(expected(values)))).toBeLessThan(1e-12)
}

import { evaluate, type Input, input, program, type Tensor, type TensorValue } from '@equivar/tensor'
import type { Random } from '@equivar/tensor/random'
import { type Module, parametersOf } from '../src/index.ts'

/** A matrix of numbers, for slow references by loops. */
export type Rows = readonly (readonly number[])[]
/** The values of parameters, by path. */
export type Values = Readonly<Record<string, TensorValue>>

/** A value [..., columns] as rows. */
function rowsOf({ shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number | bigint> }): number[][] {
  const columns = shape.at(-1) ?? 1
  return Array.from({ length: data.length / columns }, (_, i) => Array.from({ length: columns }, (_, k) => Number(data[i * columns + k])))
}

/** The rows of a parameter. */
export const parameterRows = (values: Values, path: string): number[][] => rowsOf(values[path] as TensorValue)

export const times = (a: Rows, b: Rows): number[][] =>
  a.map((row) => (b[0] ?? []).map((_, k) => row.reduce((sum, v, i) => sum + v * (b[i]?.[k] as number), 0)))
/** The sum of rows, where one row is added to all. */
export const plus = (a: Rows, b: Rows): number[][] =>
  a.map((row, i) => row.map((v, k) => v + ((b.length === 1 ? b[0] : b[i])?.[k] as number)))
export const each = (a: Rows, f: (v: number) => number): number[][] => a.map((row) => row.map(f))
export const relu = (a: Rows): number[][] => each(a, (v) => Math.max(0, v))

/** x weight + bias, with the parameters `<path>weight` and `<path>bias`. */
export function affine(x: Rows, values: Values, path: string): number[][] {
  const y = times(x, parameterRows(values, `${path}weight`))
  return values[`${path}bias`] === undefined ? y : plus(y, parameterRows(values, `${path}bias`))
}

/** Batch norm in inference, with the parameters and running statistics `<path>scale` and so on. */
export function batchNormed(x: Rows, values: Values, path: string): number[][] {
  const [scale, offset, mean, variance] = ['scale', 'offset', 'runningMean', 'runningVariance'].map((name) =>
    Array.from((values[path + name] as TensorValue).data, Number),
  ) as [number[], number[], number[], number[]]
  const unit = (v: number, k: number): number => (v - (mean[k] as number)) / Math.sqrt((variance[k] as number) + 1e-5)
  return x.map((row) => row.map((v, k) => unit(v, k) * (scale[k] as number) + (offset[k] as number)))
}

/** The output of a module on values in inference, as rows. */
export function outputRows(
  module: Module,
  feeds: Readonly<Record<string, TensorValue>>,
  values: Values,
  forward: (inputs: Readonly<Record<string, Input>>) => Tensor,
): number[][] {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { dtype, shape }]) => [name, input(name, dtype, shape)]))
  const p = program({ inputs: { ...inputs, ...Object.fromEntries(parametersOf(module)) }, outputs: { y: forward(inputs) } })
  return rowsOf(evaluate(p, { ...feeds, ...values }).y as TensorValue)
}

/** The largest difference of two matrices of the same sizes. */
export function difference(a: Rows, b: Rows): number {
  if (String(a.map((row) => row.length)) !== String(b.map((row) => row.length))) return Number.POSITIVE_INFINITY
  return Math.max(0, ...a.flatMap((row, i) => row.map((v, k) => Math.abs(v - (b[i]?.[k] as number)))))
}

/** A source of ones: an initializer then gives its bound or its deviation. */
const ones = { uniform: () => 1, normal: () => 1 } as unknown as Random

/** Path, sizes, and scale of the initial values of each parameter; of norms only the scale. */
export function parameterTable(module: Module): string {
  const lines = Array.from(parametersOf(module), ([path, { sizes, initializer }]) => {
    const [scale = 0] = initializer(sizes, ones)
    return `${path} ${sizes.join('x')} ${Number(scale.toFixed(4))}`
  })
  return lines.filter((line) => !/norms|Norm\.(offset|running)/.test(line)).join(', ')
}

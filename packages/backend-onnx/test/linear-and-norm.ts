import * as t from '@equivar/tensor'
import { expect } from 'vitest'

/** Numbers in [-1, 1] that differ from place to place. */
const numbers = (shape: readonly number[], seed: number): t.TensorValue =>
  t.tensorValue(
    'float32',
    shape,
    Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(seed + 1.7 * i)),
  )

/** Values for all inputs of a program of float32, by the sizes of its symbols. */
export function feedsFor({ inputs }: t.Program, sizes: Readonly<Record<string, number>>): Record<string, t.TensorValue> {
  const size = (d: t.Dimension): number => (typeof d === 'number' ? d : (sizes[String(d)] as number))
  return Object.fromEntries(inputs.map(({ name, tensor }, i) => [name, numbers(tensor.shape.map(size), i + 1)]))
}

type Values = Readonly<Record<string, t.TensorValue>>

/** All values are those of the reference, as closely as the largest of them allows: some of the gradients are differences of such that are equal. */
export function expectClose(found: Values, expected: Values, tolerance: number): void {
  const all = Object.values(expected).flatMap(({ data }) => [...t.toNumbers(data)])
  const most = tolerance * all.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1)
  for (const [name, { shape, data }] of Object.entries(expected)) {
    expect(found[name]?.shape).toEqual(shape)
    const others = found[name]?.data ?? []
    const wrong = [...t.toNumbers(data)].findIndex(
      (value, i) => !(Object.is(value, others[i]) || Math.abs(Number(others[i]) - value) <= most),
    )
    expect({ name, wrong }).toEqual({ name, wrong: -1 })
  }
}

/** The pass changes a program, and none of its values in float64. */
export function expectSameValues(pass: t.Pass, program: t.Program, feeds: Readonly<Record<string, t.TensorValue>>): void {
  const changed = pass.run(program, { fixed: new Set() })
  expect(changed).not.toBe(program)
  expectClose(t.evaluate(changed, feeds), t.evaluate(program, feeds), 1e-12)
}

/**
 * A linear layer, batch norm and relu, twice, and the gradients of all that they read.
 *
 * @param rows - how many; a symbol or a number.
 */
export function networkWithNorms(rows: t.DimensionLike): t.Program {
  const sizes = [3, 5, 4]
  const x = t.input('x', 'float32', [rows, 3])
  const layers = sizes.slice(1).map((size, i) => ({
    weight: t.input(`weight.${i}`, 'float32', [sizes[i] as number, size]),
    bias: t.input(`bias.${i}`, 'float32', [size]),
    scale: t.input(`scale.${i}`, 'float32', [size]),
  }))
  const y = layers.reduce<t.Tensor>((h, { weight, bias, scale }) => t.relu(norm(t.add(t.matMul(h, weight), bias), scale)), x)
  const inputs = [x, ...layers.flatMap(({ weight, bias, scale }) => [weight, bias, scale])]
  const gradients = t.differentiate(t.reduceSum(t.mul(y, t.exp(y))), inputs)
  return t.optimize(
    t.program({
      inputs: Object.fromEntries(inputs.map((input) => [input.name, input])),
      outputs: { y, ...Object.fromEntries(inputs.map(({ name }, i) => [`gradient.${name}`, gradients[i] as t.Tensor])) },
    }),
    t.plainTarget,
  )
}

/** Batch norm as `nn` writes it: centred by a mean that is fixed. */
function norm(x: t.Tensor, scale: t.Tensor): t.Tensor {
  const options = { axis: 0, keepDims: true }
  const mean = t.reduceMean(x, options)
  const [centred, shift] = [t.sub(x, t.stopGradient(mean)), t.sub(mean, t.stopGradient(mean))]
  const variance = t.sub(t.reduceMean(t.mul(centred, centred), options), t.mul(shift, shift))
  const factor = t.div(t.reshape(scale, [1, x.size(1)]), t.sqrt(t.add(variance, 1e-5)))
  return t.sub(t.mul(centred, factor), t.mul(shift, factor))
}

import { onnxBackend } from '@equivar/backend-onnx'
import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { after, before } from '../../tensor/test/law/pass.ts'
import { knownRowsIntoProducts } from '../src/passes/known-rows-into-products.ts'
import { expectClose, feedsFor } from './linear-and-norm.ts'

const x = t.input('x', 'float32', ['n', 3])
const [weight, b, c, d] = [
  t.input('weight', 'float32', [3, 2]),
  t.input('b', 'float32', [2]),
  t.input('c', 'float32', [1, 2]),
  t.input('d', 'float32', [2]),
]
const image = t.input('image', 'float32', ['n', 2, 4, 4])
const [kernel, bias] = [t.input('kernel', 'float32', [6, 2, 3, 3]), t.input('bias', 'float32', [6])]
const [scale, offset] = [t.input('scale', 'float32', [3, 1, 1, 1]), t.input('offset', 'float32', [1, 3, 1, 1, 1])]
const fed = t.input('fed', 'float32', [1, 2])
const inputs = [x, fed, weight, b, c, d, image, kernel, bias, scale, offset]
const fixed = [weight, b, c, d, kernel, bias, scale, offset]
const result = (...y: t.Tensor[]): string => after(knownRowsIntoProducts, y, inputs, fixed)

const linear = t.matMul(x, weight)
const map = t.conv(image, kernel)
const withBias = t.conv(image, kernel, { bias })
/** Two channels for each of three fields, as group convolutions have it. */
const fields = (y: t.Tensor): t.Tensor => t.reshape(y, ['n', 3, 2, 2, 2])

const applies: Readonly<Record<string, t.Tensor>> = {
  'a factor': t.mul(linear, c),
  'a factor first': t.mul(c, linear),
  'a number': t.mul(linear, t.reshape(t.reduceSum(d), [1, 1])),
  'a bias, a factor, a term': t.add(t.mul(t.add(linear, b), c), d),
  'two terms': t.add(d, t.add(b, linear)),
  'a factor of channels': t.mul(map, t.reshape(bias, [6, 1, 1])),
  'a factor of channels with a bias': t.mul(withBias, t.reshape(bias, [1, 6, 1, 1])),
  'a factor and a term of fields': t.add(t.mul(fields(map), scale), offset),
  'a factor and a term of fields with a bias': t.add(offset, t.mul(scale, fields(withBias))),
  'a term of each channel of the fields': t.add(fields(map), t.reshape(bias, [3, 2, 1, 1])),
}

describe('known rows', () => {
  test('before and after', () => {
    const y = applies['a bias, a factor, a term'] as t.Tensor
    expect(before(y, inputs)).toBe('Add(Mul(Add(MatMul(x, weight), b), c), d)')
    expect(result(y)).toBe('Add(MatMul(x, Mul(weight, Reshape([2])(c))), Add(Mul(b, c), d))')
    const shape = 'Reshape([n 3 2 2 2])'
    expect(before(applies['a factor and a term of fields'] as t.Tensor, inputs)).toContain(`Add(Mul(${shape}(Conv(`)
    expect(result(applies['a factor and a term of fields'] as t.Tensor)).toMatch(
      /^Reshape\(\[n 3 2 2 2\]\)\(Conv\([^)]*\)\(image, Mul\(kernel, /,
    )
  })

  test.each(Object.entries(applies))('change no value: %s', (_, y) => {
    const program = t.program({ inputs, outputs: { y } })
    const changed = knownRowsIntoProducts.run(program, { fixed: new Set(fixed) })
    expect(changed).not.toBe(program)
    expect(
      changed.nodes.filter(
        ({ operator, inputs: read }) => /^(Mul|Add)$/.test(operator.name) && read.some(({ shape }) => String(shape[0]) === 'n'),
      ).length,
    ).toBeLessThanOrEqual(1)
    for (const n of [0, 1, 5])
      expectClose(t.evaluate(changed, feedsFor(program, { n })), t.evaluate(program, feedsFor(program, { n })), 1e-12)
  })

  test.each<[string, t.Tensor[]]>([
    ['another reader', [t.mul(linear, c), t.exp(linear)]],
    ['an output', [t.mul(linear, c), linear]],
    ['a factor that is fed', [t.mul(linear, fed)]],
    ['a matrix that is fed', [t.mul(t.matMul(x, t.transpose(x, [1, 0])), t.reshape(t.reduceSum(c), [1, 1]))]],
    ['a column', [t.mul(t.matMul(t.slice(x, { axis: 0, end: 2 }), weight), t.reshape(d, [2, 1]))]],
    ['one term', [t.add(linear, b)]],
    ['a factor that makes it larger', [t.mul(t.slice(linear, { axis: 1, end: 1 }), c)]],
    ['a factor of places', [t.mul(map, t.reshape(c, [1, 1, 1, 2]))]],
    ['fields that are mixed with places', [t.mul(t.reshape(map, ['n', 6, 4]), t.reshape(bias, [6, 1]))]],
  ])('do not apply: %s', (_, y) => expect(result(...y)).toBe(before(y, inputs)))

  test('nothing is known in training', () => {
    const y = Object.values(applies)
    expect(after(knownRowsIntoProducts, y, inputs)).toBe(before(y, inputs))
  })

  test('ONNX Runtime gives what the reference gives, on one and two threads', async () => {
    const program = t.program({ inputs, outputs: Object.fromEntries(Object.values(applies).map((y, i) => [`y${i}`, y])) })
    const { x: rows, image: images, fed: row, ...values } = feedsFor(program, { n: 7 })
    for (const threads of [1, 2]) {
      const executable = await onnxBackend({ threads }).compile(program, { values })
      const feeds = { x: rows, image: images, fed: row } as Record<string, t.TensorValue>
      const results = Object.entries(await executable.run(feeds))
      const read = results.map(async ([name, y]) => [name, t.tensorValue(y.dtype, y.shape, await y.data())] as const)
      expectClose(Object.fromEntries(await Promise.all(read)), t.evaluate(program, { ...feeds, ...values }), 1e-5)
      await executable.dispose()
    }
  })
})

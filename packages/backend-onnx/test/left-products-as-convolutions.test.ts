import { onnxBackend } from '@equivar/backend-onnx'
import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { after, before } from '../../tensor/test/law/pass.ts'
import { leftProductsAsConvolutions } from '../src/passes/left-products-as-convolutions.ts'
import { expectClose, feedsFor } from './linear-and-norm.ts'

const images = t.input('images', 'float32', ['b', 5, 'n', 'm'])
const [weight, next, bias] = [t.input('weight', 'float32', [16, 5]), t.input('next', 'float32', [3, 16]), t.input('bias', 'float32', [16])]
const nothing = t.input('nothing', 'float32', [0, 5])
const wide = t.input('wide', 'float16', ['b', 5, 'n', 'm'])
const half = t.input('half', 'float16', [3, 5])
const single = [images, weight, next, bias]
const inputs = [...single, nothing, wide, half]
const fixed = [weight, next, bias, nothing, half]
const result = (...y: t.Tensor[]): string => after(leftProductsAsConvolutions, y, inputs, fixed)

const pixels = (x: t.Tensor): t.Tensor => t.reshape(x, [x.size(0), x.size(1), t.times(x.size(2), x.size(3))])
const repeated = (x: t.Tensor): t.Tensor => t.expand(x, ['b', ...x.shape])
const product = t.matMul(repeated(weight), pixels(images))
const biased = t.add(product, t.reshape(bias, [16, 1]))
const hidden = t.relu(t.reshape(biased, ['b', 16, 'n', 'm']))

describe('left products as convolutions', () => {
  test('before and after', () => {
    expect(before(product, inputs)).toBe('MatMul(Expand([b 16 5])(weight), Reshape([b 5 m*n])(images))')
    expect(result(product)).toMatch(/^Reshape\(\[b 16 m\*n\]\)\(Conv\([^)]*\)\(images, Reshape\(\[16 5 1 1\]\)\(weight\)\)\)$/)
  })

  test.each<[string, t.Tensor]>([
    ['repeated for each example', product],
    ['broadcast', t.matMul(weight, pixels(images))],
    ['a bias', biased],
    ['two in a row', t.matMul(repeated(next), pixels(hidden))],
    ['computed of what is known', t.matMul(t.mul(weight, weight), pixels(images))],
  ])('changes no value: %s', (_, y) => {
    const program = t.program({ inputs: single, outputs: { y } })
    const changed = leftProductsAsConvolutions.run(program, { fixed: new Set(fixed) })
    expect(changed.nodes.some(({ operator }) => operator.name === 'MatMul')).toBe(false)
    for (const sizes of [
      { b: 2, n: 3, m: 4 },
      { b: 0, n: 3, m: 1 },
      { b: 2, n: 0, m: 4 },
      { b: 1, n: 1, m: 1 },
    ])
      expectClose(t.evaluate(changed, feedsFor(program, sizes)), t.evaluate(program, feedsFor(program, sizes)), 1e-12)
  })

  test.each<[string, t.Tensor]>([
    ['a matrix that is fed', t.matMul(t.slice(t.transpose(pixels(images), [0, 2, 1]), { axis: 1, end: 1 }), pixels(images))],
    ['pixels that are not images', t.matMul(weight, t.add(pixels(images), 1))],
    ['channels that are mixed with pixels', t.matMul(weight, t.reshape(images, [t.times(images.size(0), images.size(3)), 5, 'n']))],
    ['no channels', t.matMul(nothing, pixels(images))],
    ['float16', t.matMul(half, pixels(wide))],
  ])('does not apply: %s', (_, y) => expect(result(y)).toBe(before(y, inputs)))

  test('does not apply where nothing is known', () =>
    expect(after(leftProductsAsConvolutions, product, inputs)).toBe(before(product, inputs)))

  test('ONNX Runtime gives what the reference gives, for images without pixels too', async () => {
    const program = t.program({
      inputs: { images, weight, next, bias },
      outputs: { y: t.matMul(repeated(next), pixels(hidden)), of: hidden },
    })
    const { weight: w, next: v, bias: u } = feedsFor(program, { b: 1, n: 1, m: 1 }) as Record<string, t.TensorValue>
    const values = { weight: w, next: v, bias: u } as Record<string, t.TensorValue>
    const executable = await onnxBackend({ threads: 1 }).compile(program, { values })
    for (const sizes of [
      { b: 2, n: 3, m: 4 },
      { b: 3, n: 0, m: 4 },
      { b: 0, n: 2, m: 2 },
      { b: 1, n: 1, m: 1 },
    ]) {
      const given = feedsFor(program, sizes).images as t.TensorValue
      const found = await executable.run({ images: given })
      const expected = t.evaluate(program, { images: given, ...values })
      for (const name of ['y', 'of'] as const) {
        const { shape } = found[name]
        expectClose(
          { [name]: { ...expected[name], shape, data: await found[name].data() } as t.TensorValue },
          { [name]: expected[name] },
          1e-5,
        )
      }
    }
    await executable.dispose()
  })
})

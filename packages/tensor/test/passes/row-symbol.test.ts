import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'

const x = t.input('x', 'float32', ['batch', 'n', 3])
const y = t.input('y', 'float32', ['batch', 3])
const w = t.input('w', 'float32', [3, 4])
const mask = t.input('mask', 'bool', ['batch', 'n'])
const own = t.reduceSum(t.where(t.unsqueeze(mask, 2), t.matMul(x, w), 0), { axis: 1 })
const rowsOf = (outputs: Readonly<Record<string, t.Tensor>>, more: readonly t.Input[] = []): string | undefined => {
  const inputs = Object.fromEntries([x, y, w, mask, ...more].map((tensor) => [tensor.name, tensor]))
  return t.rowSymbol(t.program({ inputs, outputs }))
}

test.each<[string, Readonly<Record<string, t.Tensor>>]>([
  ['sums over the elements of a set', { own }],
  ['several outputs, of points and of whole sets', { points: t.add(t.relu(x), t.unsqueeze(y, 1)), own }],
  ['what depends on no example beside', { own, weights: t.mul(w, 2) }],
  ['numbers stretched to the batch', { own: t.concat([own, t.zeros(['batch', 2])], 1) }],
  ['places among the elements of a set', { at: t.add(x, t.unsqueeze(t.cast(t.range('n'), 'float32'), 1)) }],
  ['the largest, and where', { at: t.argMax(x, 1) }],
])('counted by the batch: %s', (_, outputs) => expect(rowsOf(outputs)).toBe('batch'))

const counted = t.input('count', 'int64', [], { binds: 'batch' })

test.each<[string, Readonly<Record<string, t.Tensor>>, (readonly t.Input[])?]>([
  ['a sum over the examples', { sum: t.reduceSum(y, { axis: 0 }) }],
  ['rows and a sum over the examples', { own, sum: t.reduceSum(y, { axis: 0 }) }],
  ['statistics of the batch', { own: t.sub(y, t.reduceMean(y, { axis: 0 })) }],
  ['the number of examples as a value', { own: t.mul(y, t.cast(t.sizeOf('batch'), 'float32')) }],
  ['the number of examples alone', { own, count: t.sizeOf('batch') }],
  ['places in the batch', { own: t.add(y, t.unsqueeze(t.cast(t.range('batch'), 'float32'), 1)) }],
  ['examples along another axis', { own: t.transpose(y, [1, 0]) }],
  ['several rows an example', { own: t.reshape(t.concat([y, y], 1), [t.times(t.symbol('batch'), 2), 3]) }],
  ['rows joined end to end', { own: t.concat([y, y], 0) }],
  ['examples next to each other', { own: t.matMul(y, t.transpose(y, [1, 0])) }],
  ['an output without examples alone', { weights: t.mul(w, 2) }],
  ['inputs that have examples elsewhere', { own: t.add(y, t.transpose(t.input('turned', 'float32', [3, 'batch']), [1, 0])) }],
  ['a size that is fed', { own }, [counted]],
])('not of rows: %s', (_, outputs, more = []) => {
  const found = Object.values(outputs).flatMap(leavesOf)
  expect(rowsOf(outputs, [...more, ...found.filter((leaf) => leaf.name === 'turned')])).toBeUndefined()
})

/** The inputs that a tensor is made of. */
function leavesOf(z: t.Tensor): t.Input[] {
  return z instanceof t.Input ? [z] : z.node.inputs.flatMap(leavesOf)
}

describe('the rows for some examples are those of the whole', () => {
  const outputs = { points: t.add(t.relu(x), t.unsqueeze(y, 1)), own, weights: t.mul(w, 2) }
  const whole = t.program({ inputs: { x, y, w, mask }, outputs })
  const numbers = (dtype: t.DataType, shape: readonly number[]): t.TensorValue => {
    const data = Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(3 * i + 1))
    return t.tensorValue(dtype, shape, dtype === 'bool' ? data.map((v) => Number(v > 0)) : data)
  }
  test.each([
    [1, 5],
    [2, 5],
    [7, 7],
  ])('%i of %i', (some, batch) => {
    const feeds = {
      x: numbers('float32', [batch, 4, 3]),
      y: numbers('float32', [batch, 3]),
      w: numbers('float32', [3, 4]),
      mask: numbers('bool', [batch, 4]),
    }
    const first = (v: t.TensorValue): t.TensorValue => {
      const each = v.data.length / batch
      return t.tensorValue(v.dtype, [some, ...v.shape.slice(1)], Float64Array.from(v.data.slice(0, some * each) as never, Number))
    }
    const piece = t.evaluate(whole, { x: first(feeds.x), y: first(feeds.y), w: feeds.w, mask: first(feeds.mask) })
    const all = t.evaluate(whole, feeds)
    for (const name of ['points', 'own'] as const) {
      const [found, expected] = [piece[name].data, all[name].data]
      expect([...found]).toEqual([...expected].slice(0, found.length))
    }
    expect(piece.weights).toEqual(all.weights)
  })
})

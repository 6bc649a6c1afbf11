import * as t from '@equivar/tensor'
import { knownPlaces } from './indexing.ts'
import type { Recipes } from './recipe.ts'
import type { Writer } from './writer.ts'

/** Around the circle on all spatial axes, then a convolution. */
function circular(w: Writer, x: t.Tensor, outputs: number, kernel: number): t.Tensor {
  const sides = x.shape.slice(2).map(() => (kernel - 1) / 2)
  const weight = w.ofShape(x.dtype, [outputs, x.size(1), ...sides.map(() => kernel)])
  const y = t.conv(t.pad(x, [0, 0, ...sides, 0, 0, ...sides], { mode: 'wrap' }), weight)
  return w.chance(0.3) ? t.add(y, w.ofShape(x.dtype, [outputs, ...sides.map(() => 1)])) : y
}

const spatially = (x: t.Tensor): number[] => x.shape.slice(2).map(() => 1)

/** A number a channel, in one of the shapes in which it may be added. */
function perChannel(w: Writer, y: t.Tensor): t.Tensor {
  const bias = w.ofShape(y.dtype, [y.size(1)])
  const wide = t.reshape(bias, [-1, ...spatially(y)])
  return w.pick([wide, t.unsqueeze(wide, 0), t.unsqueeze(bias, [0, ...spatially(y).map((_, i) => i + 2)])])
}

const activated = (w: Writer, x: t.Tensor): t.Tensor => w.pick([t.relu, t.tanh, (y: t.Tensor) => t.mul(y, 2), (y: t.Tensor) => y])(x)

/** What passes look for. */
export const patterns: Recipes = {
  'sum with the negative': (w) => {
    const a = w.float()
    const b = w.ofShape(a.dtype, w.smaller(a.shape))
    return w.pick([t.add(a, t.neg(b)), t.sub(a, t.neg(b)), t.add(t.neg(b), a), t.neg(t.neg(a)), t.sub(t.neg(a), b)])
  },
  'what does nothing': (w) => {
    const x = w.chance(0.5) ? w.float() : t.neg(t.relu(w.float()))
    const y = w.pick([() => t.mul(x, w.pick([0, -0])), () => w.pick([t.mul, t.div, t.pow])(x, 1), () => t.mul(w.pick([1, -1]), x)])()
    return w.chance(0.5) ? y : t.reciprocal(y)
  },
  'a zero more': (w) => {
    const x = w.chance(0.7) ? t.neg(t.relu(w.float())) : w.float()
    const y = w.pick([t.add(x, 0), t.add(0, x), t.add(x, -0), t.sub(x, 0), t.sub(x, -0)])
    return w.chance(0.5) ? y : t.reciprocal(y)
  },
  factors: (w) => {
    const x = w.float()
    const [c, d] = [w.pick([2, 0.5, -1, 3, 2 ** -62, 2 ** 62, 0]), w.pick([2, -3, 0.25, 2 ** 62, 0])]
    return w.pick([t.mul(t.mul(x, c), d), t.mul(d, t.mul(c, x)), t.mul(t.mul(x, c), w.ofShape(x.dtype, w.smaller(x.shape)))])
  },
  'a factor of what is expanded': (w) => {
    const x = w.atLeast(1)
    const sum = t.reduceSum(x, { axis: w.axis(x) ?? 0, keepDims: true })
    const wide = t.mul(t.expand(sum, x.shape), w.pick([0.5, -2, 1]))
    return w.chance(0.5) ? wide : t.sub(wide, x)
  },
  'an expanded operand': (w) => {
    const x = w.float()
    const small = t.expand(w.ofShape(x.dtype, w.smaller(x.shape)), x.shape)
    const smaller = w.ofShape(x.dtype, w.smaller(x.shape))
    return w.pick([
      t.add(small, x),
      t.mul(smaller, small),
      t.where(t.less(small, x), small, smaller),
      t.max(small, t.exp(t.tanh(small))),
      t.reduceSum(small, { axis: w.axis(small) ?? [], keepDims: true }),
    ])
  },
  transposes: (w) => {
    const x = w.chance(0.5)
      ? w.atLeast(3)
      : w.ofShape(
          w.setting.float,
          Array.from({ length: 3 }, () => 2),
        )
    const first = w.order(x.rank)
    const second = w.chance(0.3) ? first.map((_, i) => first.indexOf(i)) : w.order(x.rank)
    return t.transpose(t.transpose(x, first), second)
  },
  'shapes in a row': (w) => {
    const x = w.typed(w.dtype())
    const wide = t.unsqueeze(x, w.random.integer(x.rank + 1))
    const one = wide.shape.indexOf(1)
    return w.pick([
      t.squeeze(wide, one),
      t.reshape(wide, [-1]),
      t.reshape(t.reshape(x, [1, -1]), x.shape),
      t.unsqueeze(t.squeeze(wide, one), one),
    ])
  },
  'circular convolutions in a row': (w) => {
    const length = w.pick([40, 48])
    const [c, d] = [w.pick([1, 2]), w.pick([1, 2])]
    const image = w.chance(0.1)
    const signal = w.ofShape(w.setting.float, [1, c, ...(image ? [36, 3] : [length])])
    const x = image ? t.reshape(signal, [1, c, 108]) : signal
    const first = circular(w, x, d, 3)
    const second = circular(w, activated(w, first), 1, w.pick([3, 5]))
    return w.chance(0.5) ? second : circular(w, t.add(activated(w, second), w.chance(0.5) ? 1 : second), 1, 3)
  },
  'a bias after a convolution': (w) => {
    const n = w.pick([3, 5])
    const channels = w.pick([2, 3])
    const y = t.conv(w.ofShape(w.setting.float, [2, 2, n, channels]), w.ofShape(w.setting.float, [channels, 2, w.pick([1, 2]), 1]))
    const odd = w.ofShape(y.dtype, w.pick([[channels], [2, 1, 1, 1], [1, 1, 1, channels]]))
    const terms = [y, w.chance(0.7) ? perChannel(w, y) : odd] as const
    const sum = w.chance(0.5) ? t.add(...terms) : t.add(terms[1], y)
    return w.chance(0.3) ? t.mul(sum, y) : sum
  },
  'pooling of relu': (w) => {
    const float = w.setting.float
    const [flat, kernel] = w.pick([
      [
        [2, 3, 4],
        [2, 2],
      ],
      [
        [6, 4],
        [3, 1],
      ],
      [
        [4, 5],
        [2, 2],
      ],
    ] as const)
    const x = w.ofShape(float, [...flat])
    const rectify = w.pick([t.relu, t.relu, (z: t.Tensor) => t.neg(t.relu(z)), t.tanh])
    const rectified = t.reshape(rectify(x), w.chance(0.5) ? [1, -1, ...flat.slice(-2)] : [-1, 1, ...flat.slice(-2)])
    const y = t.maxPool(rectified, {
      kernel: [...kernel],
      strides: w.pick([[...kernel], [1, 1]]),
      pads: w.pick([0, 0, [kernel[0] - 1, 0]]),
    })
    if (w.chance(0.3)) return y
    const loss = t.reduceSum(t.mul(y, w.ofShape(float, y.shape)))
    return [y, t.differentiate(loss, x)]
  },
  'gradients of a convolution': (w) => {
    const float = w.setting.float
    const [channels, strides, kernel] = [w.pick([1, 3, 8]), w.pick([1, 2, 3]), w.pick([2, 3])]
    const x = w.ofShape(float, [w.pick([1, 2]), channels, w.between(kernel, 8)])
    const weight = w.ofShape(float, [2, channels, kernel])
    const y = t.conv(x, weight, { strides, pads: w.pick([0, 1, [kernel - 1, 0]]) })
    return t.differentiate(t.reduceSum(t.mul(y, w.chance(0.5) ? y : w.ofShape(float, y.shape))), [x, weight])
  },
  'products of transposes, perhaps empty': (w) => {
    const [b, k, float] = [w.size(), t.symbol('n'), w.setting.float]
    const [m, n] = [w.pick([1, 2, 3]), w.pick([1, 2, 3])]
    const [a, c] = [w.ofShape(float, [b, k, m]), w.ofShape(float, [b, n, k])]
    const y = t.matMul(t.swapAxes(a, 1, 2), t.swapAxes(c, 1, 2))
    return w.chance(0.5) ? y : t.matMul(t.swapAxes(y, 1, 2), y)
  },
  'a slope of relu': (w) => t.mul(w.float(), t.step(w.float())),
  'gather twice': (w) => {
    const x = w.ofShape(w.setting.float, [3, w.size()])
    return t.add(t.reduceSum(t.gather(x, knownPlaces(w, 3)), { axis: 0 }), t.reduceSum(t.gather(x, knownPlaces(w, 3), -2), { axis: 0 }))
  },
  'written twice': (w) => {
    const x = w.float()
    const f = w.pick([t.exp, t.sin, t.relu])
    return w.pick([t.add, t.sub, t.mul, t.equal])(f(t.tanh(x)), f(t.tanh(x)))
  },
}

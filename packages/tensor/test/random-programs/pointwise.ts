import * as t from '@equivar/tensor'
import type { Recipes } from './recipe.ts'
import type { Writer } from './writer.ts'

const plain = (arity: number): t.OperatorOf[] =>
  Object.values<t.OperatorOf>(t.operators).filter(
    ({ traits, arity: [least] }) => traits.includes('plain') && traits.includes('pointwise') && least === arity,
  )

/** Mostly, x squeezed into the interval where the operator is smooth. */
function within(w: Writer, x: t.Tensor, [low, high]: readonly [number, number] = [-2, 2]): t.Tensor {
  return !t.isFloat(x.dtype) || w.chance(0.3) ? x : t.add(low, t.mul(high - low, t.sigmoid(x)))
}

/** A divisor that is not 0 where that is an error. */
const divisor = (b: t.Tensor): t.Tensor => (t.isInteger(b.dtype) ? t.where(t.equal(b, 0), 1, b) : b)

/** An exponent that no power of integers is a fraction for. */
const exponent = (b: t.Tensor): t.Tensor => (t.isInteger(b.dtype) ? t.max(b, 0) : b)

const special = (w: Writer): number =>
  w.setting.tone === 'wild'
    ? w.pick([0, -0, 1, -1, 2, Number.NaN, Infinity, -Infinity, 1e20, 1e-18])
    : w.pick([0, -0, 1, -1, 2, 0.5, 3, -2])

const numeric = (w: Writer): t.Tensor => {
  const x = w.typed(w.dtype())
  return x.dtype === 'bool' ? w.float() : x
}

/** Another operand for x: broadcast to it, or of its own shape. */
const other = (w: Writer, x: t.Tensor): t.Tensor => w.ofShape(x.dtype, w.smaller(x.shape))

/** What is done element by element. */
export const pointwise: Recipes = {
  unary: (w) => {
    const entry = w.pick(plain(1))
    const x = entry.name === 'Not' ? w.typed('bool') : w.chance(0.85) ? w.float() : w.typed(w.dtype())
    return new t.Node(entry, [within(w, x, entry.domain)], {}).output
  },
  binary: (w) => {
    const entry = w.pick(plain(2))
    const bools = ['And', 'Or', 'Xor'].includes(entry.name)
    const a = bools ? w.typed('bool') : entry.name === 'Equal' ? w.typed(w.dtype()) : numeric(w)
    const b = other(w, a)
    const second = entry.name === 'Pow' ? exponent(b) : entry.name === 'Div' ? divisor(b) : b
    const inputs = [a, entry.name === 'Div' || entry.name === 'Pow' ? within(w, second, entry.domain) : b]
    return new t.Node(entry, w.chance(0.5) || second !== b ? inputs : inputs.reverse(), {}).output
  },
  mod: (w) => {
    const a = numeric(w)
    return t.mod(a, within(w, divisor(other(w, a)), [0.5, 2]))
  },
  'with a number': (w) => {
    const x = numeric(w)
    const f = w.pick([t.add, t.sub, t.mul, t.div, t.pow, t.max])
    const c = t.isFloat(x.dtype) ? special(w) : w.pick([1, 2, -1, 3])
    return w.chance(0.7) || f === t.pow || f === t.div ? f(x, f === t.pow ? Math.abs(c) : c) : f(c, x)
  },
  where: (w) => {
    const a = w.typed(w.dtype())
    return t.where(w.ofShape('bool', w.smaller(a.shape)), a, w.chance(0.2) ? 0 : other(w, a))
  },
  cast: (w) => {
    const x = w.typed(w.dtype())
    const widest = t.isFloat(x.dtype) ? t.clip(x, -1e6, 1e6) : x
    return t.cast(w.chance(0.5) ? widest : x, w.pick([w.setting.float, 'float32', 'int32', 'int64', 'bool']))
  },
  leakyRelu: (w) => t.leakyRelu(w.float(), w.pick([0.1, 0.5, 2])),
  elu: (w) => t.elu(w.float(), w.pick([1, 0.5])),
  hardSigmoid: (w) => t.hardSigmoid(w.float(), w.pick([0.2, 1]), w.pick([0.5, 0])),
  clip: (w) => t.clip(w.float(), w.pick([-Infinity, -1, 0]), w.pick([Infinity, 1, 0.5])),
  constant: (w) => {
    const shape = w.shape(w.pick([0, 0, 1, 2])).map((d) => w.value(d))
    const dtype = w.dtype()
    return t.constant(t.tensorValue(dtype, shape, w.numbers(dtype, w.count(shape))).data, shape, dtype)
  },
  full: (w) => t.full(w.pick([0, 1, -1, 0.5]), w.shape(), w.setting.float),
}

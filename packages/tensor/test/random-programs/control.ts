import * as t from '@equivar/tensor'
import type { Recipe, Recipes } from './recipe.ts'
import type { Writer } from './writer.ts'

/** A scalar that depends on that tensor: weighted, so that no gradient is the same everywhere. */
const scalarOf = (w: Writer, y: t.Tensor): t.Tensor => {
  const weighted = t.mul(w.chance(0.3) ? y : t.tanh(y), w.ofShape(y.dtype, w.smaller(y.shape)))
  return t.reduceSum(weighted)
}

/** The float leaves and tensors that y is made from. */
function sources(y: t.Tensor): t.Tensor[] {
  return t.topological([y]).flatMap(({ operator, outputs }) => (operator.name === 'Input' ? outputs.filter((x) => t.isFloat(x.dtype)) : []))
}

const gradient: Recipe = (w) => {
  const y = w.find((x) => t.isFloat(x.dtype) && sources(x).length > 0, w.setting.float)
  const from = [...new Set([w.pick(sources(y)), w.pick(sources(y))])]
  const loss = scalarOf(w, y)
  const first = t.differentiate(loss, from)
  const [one] = first
  if (one === undefined || w.chance(0.8)) return first
  return t.differentiate(scalarOf(w, one), from)
}

/** Loops whose bodies are random programs, and derivatives. */
export const control = (steps: (w: Writer, count: number) => void): Recipes => ({
  gradient,
  'gradient of something inside': (w) => {
    const x = w.float()
    const y = t.mul(t.sin(x), t.tanh(x))
    return t.differentiate(scalarOf(w, y), x)
  },
  repeat: (w) => {
    if (w.depth > 0) return w.float()
    const states = [w.float(), ...(w.chance(0.3) ? [w.typed(w.dtype())] : [])]
    const inner = w.inside()
    const iteration = t.input('iteration', 'int64', [])
    const leaves = states.map((x, i) => t.input(`state${i}`, x.dtype, x.shape))
    inner.tensors.push(iteration, ...leaves)
    steps(inner, w.between(1, 4))
    const next = leaves.map((leaf) => {
      const made = inner.tensors.filter((x) => x !== leaf && x.dtype === leaf.dtype && t.sameShape(x.shape, leaf.shape))
      return made.length > 0 ? w.pick(made) : t.isFloat(leaf.dtype) ? t.tanh(t.add(leaf, t.cast(iteration, leaf.dtype))) : leaf
    })
    const count = w.pick([1, 2, 3, w.size()])
    // ONNX Runtime does not know the sizes of what is recorded never.
    const recorded = w.chance(0.5) && w.value(count) > 0 ? [w.pick(inner.tensors.slice(-2))] : []
    const outputs = Object.fromEntries([...next, ...recorded].map((x, i) => [`y${i}`, x]))
    const body = t.program({ inputs: [iteration, ...leaves, ...inner.inputs], outputs })
    return t.repeat(body, { count, states, captured: inner.captured })
  },
})

import { DerivativeError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { div, equal, mul } from '../operators/binary.ts'
import { zeros } from '../operators/generators.ts'
import { gatherElements, gatherND, scatterElements, scatterND } from '../operators/indexing.ts'
import { moveAxis, transpose, unsqueeze } from '../operators/shape.ts'
import type { ScatterReduction } from '../operators/signatures.ts'
import { cast } from '../operators/unary.ts'
import type { Derivative, InputGradient } from './rule.ts'

/** Adds rows of g, along the axes that replaced `axis`, into zeros shaped as x. */
function scatterRows(x: Tensor, indices: Tensor, g: Tensor, axis: number): Tensor {
  const length = indices.rank
  const order = g.shape.map((_, i) => i)
  const front = [...order.slice(axis, axis + length), ...order.slice(0, axis), ...order.slice(axis + length)]
  const target = zeros([x.size(axis), ...x.shape.slice(0, axis), ...x.shape.slice(axis + 1)], g.dtype)
  return moveAxis(scatterND(target, unsqueeze(indices, length), transpose(g, front), { reduction: 'add' }), 0, axis)
}

interface ScatterRule {
  readonly data: Tensor
  readonly updates: Tensor
  readonly result: Tensor
  readonly gradient: Tensor
  readonly reduction: ScatterReduction
  read(x: Tensor): Tensor
  write(data: Tensor, updates: Tensor, reduction: ScatterReduction): Tensor
}

/** Gradients of data and updates; elements that tie in max or min, the data included, share equally. */
function scatterGradients(name: string, { data, updates, result, gradient: g, reduction, read, write }: ScatterRule): InputGradient[] {
  const between = (ofData: () => Tensor, ofUpdates: () => Tensor): InputGradient[] => [ofData, undefined, ofUpdates]
  if (reduction === 'add')
    return between(
      () => g,
      () => read(g),
    )
  if (reduction === 'none')
    return between(
      () => write(g, zeros(updates.shape, g.dtype), 'none'),
      () => read(g),
    )
  if (reduction === 'mul') {
    const refuse = (): Tensor => {
      throw new DerivativeError(`${name}: the derivative with reduction mul is not provided; write the product as exp of a sum of logs.`)
    }
    return between(refuse, refuse)
  }
  const kept = cast(equal(data, result), g.dtype)
  const hits = cast(equal(updates, read(result)), g.dtype)
  const share = div(g, write(kept, hits, 'add'))
  return between(
    () => mul(kept, share),
    () => mul(hits, read(share)),
  )
}

/** Derivatives of what reads and writes at positions. */
export const indexingDerivatives: {
  readonly Gather: Derivative<'Gather'>
  readonly GatherElements: Derivative<'GatherElements'>
  readonly GatherND: Derivative<'GatherND'>
  readonly ScatterElements: Derivative<'ScatterElements'>
  readonly ScatterND: Derivative<'ScatterND'>
} = {
  Gather: ({ inputs: [x, indices], attributes: { axis } }, g) => [() => scatterRows(x, indices, g, axis)],
  GatherElements: ({ inputs: [x, indices], attributes: { axis } }, g) => [
    () => scatterElements(zeros(x.shape, g.dtype), indices, g, { axis, reduction: 'add' }),
  ],
  GatherND: ({ inputs: [x, indices] }, g) => [() => scatterND(zeros(x.shape, g.dtype), indices, g, { reduction: 'add' })],
  ScatterElements: ({ inputs: [data, indices, updates], output, attributes: { axis, reduction } }, gradient) =>
    scatterGradients('scatterElements', {
      data,
      updates,
      result: output,
      gradient,
      reduction,
      read: (x) => gatherElements(x, indices, axis),
      write: (to, rows, how) => scatterElements(to, indices, rows, { axis, reduction: how }),
    }),
  ScatterND: ({ inputs: [data, indices, updates], output, attributes: { reduction } }, gradient) =>
    scatterGradients('scatterND', {
      data,
      updates,
      result: output,
      gradient,
      reduction,
      read: (x) => gatherND(x, indices),
      write: (to, rows, how) => scatterND(to, indices, rows, { reduction: how }),
    }),
}

import { product } from '../../expression/dimension.ts'
import { div } from '../../operators/binary.ts'
import { sizeOf } from '../../operators/constant.ts'
import { reduceSum } from '../../operators/reduce.ts'
import { isNode } from '../../operators/signatures.ts'
import { cast } from '../../operators/unary.ts'
import type { Program } from '../../program/program.ts'
import { rewriteTensors } from '../rewrite.ts'
import type { HoldsBatch } from './batch-rules.ts'

/** Means over the examples as sums that are divided afterwards. */
export function meansAsSums(program: Program, holds: HoldsBatch): Program {
  return program.withOutputs(
    rewriteTensors(program, (node) => {
      if (!isNode(node, 'ReduceMean')) return undefined
      const {
        inputs: [x],
        attributes: { axes, keepDims },
      } = node
      const count = product(axes.map((axis) => x.size(axis)))
      if (!holds(count)) return undefined
      return [div(reduceSum(x, { axis: axes, keepDims }), cast(sizeOf(count), x.dtype))]
    }),
  )
}

import type { Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { Builder, Builders } from '../builder.ts'
import { broadcastOnes, withoutEllipsis } from '../einsum-equation.ts'

const gemm: Builder = (node) => {
  const odd = [0, 1].find((i) => node.tensor(i).rank !== 2)
  if (odd !== undefined) return node.refuse(`a matrix as input ${odd}`, t.printShape(node.tensor(odd).shape))
  const side = (i: number, flag: string): Tensor => (node.flag(flag, false) ? t.swapAxes(node.tensor(i), 0, 1) : node.tensor(i))
  const scaled = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : t.mul(x, factor))
  const product = scaled(t.matMul(side(0, 'transA'), side(1, 'transB')), node.float('alpha', 1))
  return node.has(2) ? t.add(product, scaled(node.tensor(2), node.float('beta', 1))) : product
}

const einsum: Builder = (node) => {
  const { equation, tensors } = broadcastOnes(withoutEllipsis(node), node.tensors())
  return t.einsum(equation, ...tensors)
}

/** Products of matrices. */
export const linalg: Builders = {
  // The operator of `tensor` takes matrices, its function vectors as well.
  MatMul: (node) => t.matMul(node.tensor(0), node.tensor(1)),
  Gemm: gemm,
  Einsum: einsum,
}

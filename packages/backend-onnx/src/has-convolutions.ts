import { type Binding, dimensionValue, type Node, type Program, symbolsOf } from '@equivar/tensor'
import { allNodes } from './all-nodes.ts'

const isBlocked = (node: Node): boolean => node.operator.name.startsWith('Blocked')

const isConvolution = (node: Node): boolean => (node.has('windowed') && node.has('contracting')) || isBlocked(node)

/** Whether a program that was optimized for the cpu has convolutions, or anything in blocks, in loops too. */
export const hasConvolutions = (program: Program): boolean => allNodes(program).some(isConvolution)

/** Whether images of a program's convolutions or poolings have no pixels, for given sizes: ONNX Runtime refuses such. */
export function hasEmptyImages({ nodes }: Program): (sizes: Binding) => boolean {
  const images = nodes.filter((node) => node.has('windowed') || isBlocked(node))
  const open = images.flatMap(({ output }) => output.shape.slice(2).filter((d) => typeof d !== 'number'))
  const spaces = [...new Map(open.map((d) => [String(d), d])).values()].map((d) => ({ d, names: [...symbolsOf(d)] }))
  // Sizes that only a run tells are not known before it.
  return (sizes) => spaces.some(({ d, names }) => names.every((name) => sizes.has(name)) && dimensionValue(d, sizes) === 0)
}

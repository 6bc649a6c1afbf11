import {
  type DataType,
  graphPass,
  isNode,
  type KernelContext,
  Node,
  type NumberArray,
  nodeOf,
  type Pass,
  type Program,
  rewriteTensors,
  type Tensor,
  type Trait,
} from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { mergeEqualNodes } from '../../src/passes/merge-equal-nodes.ts'

/** Operators whose results are numbers of their operands, or follow from them without rounding. */
const exact = new Set(
  ['Neg', 'Abs', 'Relu', 'Clip', 'Floor', 'Ceil', 'Round', 'Sign', 'Cast', 'Identity', 'Where', 'Min', 'Max'].concat([
    'ReduceMax',
    'ReduceMin',
    'TopK',
    'MaxPool',
    'Constant',
    'Loop',
  ]),
)

/** The smallest normal number of float32, and the largest. */
const [SMALLEST, LARGEST] = [2 ** -126, 3.4e38]

/** A number that float64 holds with many bits to spare: sums and products of such numbers are exact in any order. */
const isShort = (value: number): boolean => Number.isInteger(value * 1024) && Math.abs(value) < 2 ** 30

/** Whether x is the gradient of a pooling, perhaps in another shape: the slope of relu that it is multiplied by may come before it. */
function isPoolGradient(x: Tensor): boolean {
  const reshaped = nodeOf(x, 'Reshape')?.inputs[0]
  return reshaped === undefined ? nodeOf(x, 'MaxPoolGradient') !== undefined : isPoolGradient(reshaped)
}

const open: readonly Trait[] = ['reducing', 'contracting', 'windowed']

/** Whether the sign of a result that is 0 is left open: sums in another order. */
const adds = (node: Node): boolean =>
  open.some((trait) => node.has(trait)) ||
  ['ScatterND', 'ScatterElements', 'CumSum'].includes(node.operator.name) ||
  (isNode(node, 'Mul') && node.inputs.some(isPoolGradient))

/** How far results may be off, as a part of each. */
export type Errors = (dtype: DataType) => number

/** The sign of which zeros is left open: of sums, or of all, as runtimes do not agree about max(-0, 0). */
export type Zeros = 'of sums' | 'all'

interface Disturbance {
  readonly random: Random
  /** Which run it is. What is 0 in one of a pair (0 and 1, 2 and 3, ...) is -0 in the other. */
  readonly seed: number
  /** What gradients of infinities and NaN become: NaN or 0. */
  readonly open: number
  readonly errors: Errors
  readonly zeros: Zeros
}

/** 0 or -0, as if at random; the other one for the other seed of a pair. Seeds 2 and 3 have one of them everywhere. */
function zeroAt(place: number, seed: number): number {
  const parity = seed % 2
  const drawn = seed === 2 || seed === 3 ? 0 : Math.imul(place + 1 + 7919 * (seed - parity), 0x9e3779b1) >>> 31
  return (drawn ^ parity) === 0 ? 0 : -0
}

/** What of the law an operator leaves open: rounding, the sign of a sum that is 0, and what float32 holds only roughly or not at all. */
function roundedNumber(node: Node, value: number, dtype: DataType, { random, seed, zeros, errors }: Disturbance, place: number): number {
  const isInt = dtype === 'int32' || dtype === 'int64'
  if (dtype === 'bool' || (isInt && Math.abs(value) < 2 ** 53)) return value
  if (value === 0) return (zeros === 'all' || adds(node)) && !isInt ? zeroAt(place, seed) : value
  if (!Number.isFinite(value)) return value
  if (!isInt && Math.abs(value) < SMALLEST) return 0
  if (!isInt && Math.abs(value) > LARGEST) return value * Infinity
  if ((isShort(value) && dtype !== 'float16') || exact.has(node.operator.name) || node.has('rearranging')) return value
  return value * (1 + errors(dtype) * (2 * random.uniform() - 1))
}

/**
 * Gradients of windows may meet zeros that were written around a signal, and 0 times infinity is NaN; or leave out a slope that is NaN where no window
 * reads.
 */
const isOpen = (node: Node, inputs: readonly NumberArray[]): boolean =>
  (node.has('composite') || (isNode(node, 'Mul') && node.inputs.some(isPoolGradient))) &&
  inputs.some(({ data }) => data.some((value) => !Number.isFinite(value)))

/**
 * A pass that disturbs every result as a target may: by rounding errors, and where the law says nothing.
 *
 * What it changes much says nothing about a pass: a comparison of two sums that are equal but for rounding, say.
 */
export function roughly(seed: number, errors: Errors, zeros: Zeros = 'of sums'): Pass {
  const disturbance = {
    random: new Random({ seed, stream: 'rounding' }),
    seed,
    open: seed % 2 === 0 ? Number.NaN : 0,
    zeros,
    errors,
  }
  let nodes = 0
  const disturbed = (node: Node): Node => {
    const first = 1009 * nodes++
    const reference = (inputs: readonly NumberArray[], context: KernelContext): readonly NumberArray[] => {
      const result = node.operator.reference(inputs, context)
      const open = isOpen(node, inputs)
      return ('dtype' in result ? [result] : result).map((y) => ({
        ...y,
        data: y.data.map((value, i) => (open ? disturbance.open : roundedNumber(node, value, y.dtype, disturbance, first + i))),
      }))
    }
    return new Node({ ...node.operator, reference }, node.inputs, node.attributes)
  }
  const disturb = graphPass('roughly', (program) => rewriteTensors(program, (node) => disturbed(node).outputs))
  return { name: 'roughly', run: (program: Program, context) => disturb.run(mergeEqualNodes.run(program, context), context) }
}

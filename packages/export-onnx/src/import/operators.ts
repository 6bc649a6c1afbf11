import { Tensor } from '@equivar/tensor'
import { OnnxFormatError } from '../inspect.ts'
import type { Builder, Built } from './builder.ts'
import { carriedOperators } from './carried-operators.ts'
import { UnreadError } from './hidden.ts'
import type { NodeReader } from './node-reader.ts'
import { constants } from './operators/constant.ts'
import { control } from './operators/control.ts'
import { convolution } from './operators/convolution.ts'
import { elementwise } from './operators/elementwise.ts'
import { indexing } from './operators/indexing.ts'
import { linalg } from './operators/linalg.ts'
import { normalization } from './operators/normalization.ts'
import { plainBuilder, plainNames } from './operators/plain.ts'
import { recurrent } from './operators/recurrent.ts'
import { reduce } from './operators/reduce.ts'
import { resolution } from './operators/resolution.ts'
import { shape } from './operators/shape.ts'
import { foldSizes } from './sizes.ts'
import type { Value } from './values.ts'

const families = [elementwise, reduce, normalization, linalg, shape, constants, indexing, convolution, resolution, recurrent, control]

let table: ReadonlyMap<string, Builder> | undefined

/** The operators that need more than the generic rule. */
function builders(): ReadonlyMap<string, Builder> {
  table ??= new Map(families.flatMap((family) => Object.entries(family)))
  return table
}

/** The operators that can be read. */
export function importedOperators(): string[] {
  return [...new Set([...builders().keys(), ...plainNames()])].sort()
}

const isList = (built: Built): built is readonly Tensor[] => Array.isArray(built)

const isStandard = ({ node: { domain } }: NodeReader): boolean => domain === '' || domain === 'ai.onnx'

/** Refuses an operator, and says which ones are called alike. */
function refuseOperator(node: NodeReader): never {
  const { opType, domain } = node.node
  const known = importedOperators()
  const alike = known.filter((name) => name.slice(0, 3).toLowerCase() === opType.slice(0, 3).toLowerCase())
  const such = alike.length === 0 ? '' : `; called alike: ${alike.join(', ')}`
  const exists = !isStandard(node) || carriedOperators.has(opType)
  throw new (exists ? UnreadError : OnnxFormatError)(
    `${node.where}: unknown operator: expected one of the ${known.length} that Equivar has${such}, received ${domain === '' ? opType : `${domain}.${opType}`}.`,
  )
}

/** What a node computes. @throws OnnxFormatError if the operator, or a setting of it, is none of ours. */
export function buildNode(node: NodeReader): readonly Value[] {
  const { opType } = node.node
  const builder = isStandard(node) ? (builders().get(opType) ?? plainBuilder(opType)) : undefined
  if (builder === undefined) return refuseOperator(node)
  const folded = foldSizes(node)
  if (folded !== undefined) return [folded]
  const built = builder(node)
  if (isList(built)) return built.map((tensor) => ({ tensor }))
  return [built instanceof Tensor ? { tensor: built } : built]
}

import {
  type Binding,
  costOf,
  dimensionValue,
  isNode,
  type NodeOf,
  numberBytes,
  type Program,
  pieceSymbol,
  type Tensor,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'
import { defaultPieceLimits, type PieceLimits } from './piece-limits.ts'

/** The input by which the cpu's programs are told how many examples a piece of the batch has. */
export const EXAMPLES_PER_PIECE = 'examples_per_piece'

/** What decides how a program goes through its batch, beside its sizes. */
export interface PieceOptions {
  readonly examplesPerPiece?: number | false
  readonly pieceLimits?: PieceLimits
}

/** The loops over pieces in a Program, those in loops included. */
function loopsOverPieces({ nodes }: Program): NodeOf<'Loop'>[] {
  return nodes.flatMap((node) => {
    if (!isNode(node, 'Loop')) return []
    return node.attributes.divided > 0 ? [node] : loopsOverPieces(node.attributes.body)
  })
}

const bytes = ({ dtype, shape }: Tensor, binding: Binding): number =>
  shape.reduce<number>((n, d) => n * dimensionValue(d, binding), numberBytes[dtype])

const oneExample = ({ attributes }: NodeOf<'Loop'>, binding: Binding): Binding => new Map(binding).set(pieceSymbol(attributes) as string, 1)

/** Bytes of the largest tensor that one example needs. */
function largest(loop: NodeOf<'Loop'>, binding: Binding): number {
  const one = oneExample(loop, binding)
  const made = loop.attributes.body.nodes.filter((node) => !node.has('generating')).flatMap(({ outputs }) => outputs)
  return Math.max(0, ...made.map((y) => bytes(y, one)))
}

/** As many examples as fit the cache, and all pieces of nearly the same size. */
function fitting(loop: NodeOf<'Loop'>, binding: Binding, { pieceBytes }: PieceLimits): number {
  const batch = Math.max(1, dimensionValue(loop.attributes.count, binding))
  const most = Math.max(1, Math.floor(pieceBytes / Math.max(1, largest(loop, binding))))
  return Math.ceil(batch / Math.ceil(batch / Math.min(batch, most)))
}

/** Whether a program goes through its batch in pieces, for its sizes: where the whole is too much for the cache, or a number of examples was asked for. */
export function takesPieces(
  program: Program,
  { examplesPerPiece: chosen, pieceLimits = defaultPieceLimits }: PieceOptions,
): (binding: Binding) => boolean {
  const [loop] = loopsOverPieces(program)
  if (loop === undefined || chosen === false) return () => false
  if (chosen !== undefined) return () => true
  return (binding) => {
    const batch = dimensionValue(loop.attributes.count, binding)
    return batch > 1 && batch * largest(loop, binding) > pieceLimits.wholeBytes
  }
}

/** Whether parts of the batch are large enough to run side by side, for the program's sizes; never if it has no pieces. */
export function isWorthParts(program: Program, { pieceLimits = defaultPieceLimits }: PieceOptions = {}): (binding: Binding) => boolean {
  const [loop] = loopsOverPieces(program)
  if (loop === undefined) return () => false
  const { count, body } = loop.attributes
  return (binding) => {
    const batch = dimensionValue(count, binding)
    return batch > 1 && batch * costOf(body, oneExample(loop, binding)).bytes >= pieceLimits.partsBytes
  }
}

/** How a program goes through its batch. */
export interface PieceDescription {
  readonly examplesPerPiece: number
  /** Bytes of the largest tensor that one example needs. */
  readonly bytesPerExample: number
  /** Bytes that the largest tensor of a piece should have at most, unless one example needs more. */
  readonly bytesPerPiece: number
  /** Whether the batch is too much for the cache, so that it is taken in pieces. */
  readonly inPieces: boolean
  /** Whether parts of the batch run side by side where there are several threads. */
  readonly sideBySide: boolean
}

/** How a program that was optimized for the cpu goes through its batch, for those sizes of its symbols; undefined if it takes the whole at once. */
export function describePieces(program: Program, binding: Binding, options: PieceOptions = {}): PieceDescription | undefined {
  const [loop] = loopsOverPieces(program)
  if (loop === undefined) return undefined
  const { pieceLimits = defaultPieceLimits } = options
  return {
    examplesPerPiece: fitting(loop, binding, pieceLimits),
    bytesPerExample: largest(loop, binding),
    bytesPerPiece: pieceLimits.pieceBytes,
    inPieces: takesPieces(program, options)(binding),
    sideBySide: isWorthParts(program, options)(binding),
  }
}

/** All sizes of a program in pieces of some examples, those of the pieces included. */
export function sizesInPieces(program: Program, binding: Binding, examples: number): Binding {
  const symbols = loopsOverPieces(program).map(({ attributes }): [string, number] => [pieceSymbol(attributes) as string, examples])
  return new Map([...binding, ...symbols, [EXAMPLES_PER_PIECE, examples]])
}

/** What a program in pieces is fed beside the caller's feeds, by its sizes: how many examples a piece has. */
export function feedOfPieces(
  program: Program,
  { examplesPerPiece: chosen, pieceLimits = defaultPieceLimits }: PieceOptions,
): (binding: Binding) => Readonly<Record<string, TensorValue>> {
  const [loop] = loopsOverPieces(program)
  if (loop === undefined) return () => ({})
  return (binding) => ({ [EXAMPLES_PER_PIECE]: tensorValue('int64', [], [chosen || fitting(loop, binding, pieceLimits)]) })
}

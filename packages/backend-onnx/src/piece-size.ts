import {
  type Binding,
  costOf,
  type Dimension,
  dimension,
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

/** What is done for some examples of a batch at a time. */
export interface Pieces {
  /** What a piece computes; its examples are counted by `symbol`. */
  readonly body: Program
  readonly symbol: string
  /** How many examples there are. */
  readonly count: Dimension
}

/** The pieces of a program's loop over them. */
export function piecesOfLoop(program: Program): Pieces | undefined {
  const [loop] = loopsOverPieces(program)
  if (loop === undefined) return undefined
  const { body, count } = loop.attributes
  return { body, count, symbol: pieceSymbol(loop.attributes) as string }
}

/** The pieces of a program that does with each example what it does with it alone. @param rows - what counts the examples. */
export const piecesOfRows = (program: Program, rows: string): Pieces => ({ body: program, symbol: rows, count: dimension(rows) })

const oneExample = ({ symbol }: Pieces, binding: Binding): Binding => new Map(binding).set(symbol, 1)

/** Bytes of the largest tensor that one example needs. */
function largest(pieces: Pieces, binding: Binding): number {
  const one = oneExample(pieces, binding)
  const made = pieces.body.nodes.filter((node) => !node.has('generating')).flatMap(({ outputs }) => outputs)
  return Math.max(0, ...made.map((y) => bytes(y, one)))
}

/** As many examples as fit the cache, and all pieces of nearly the same size. */
function fitting(pieces: Pieces, binding: Binding, { pieceBytes }: PieceLimits): number {
  const batch = Math.max(1, dimensionValue(pieces.count, binding))
  const most = Math.max(1, Math.floor(pieceBytes / Math.max(1, largest(pieces, binding))))
  return Math.ceil(batch / Math.ceil(batch / Math.min(batch, most)))
}

/** How many examples a piece has, by the program's sizes: as many as were asked for, else as many as fit. */
export const examplesOfPiece =
  (pieces: Pieces, { examplesPerPiece, pieceLimits = defaultPieceLimits }: PieceOptions): ((binding: Binding) => number) =>
  (binding) =>
    examplesPerPiece || fitting(pieces, binding, pieceLimits)

/** Whether a program goes through its batch in pieces, for its sizes: where the whole is too much for the cache, or a number of examples was asked for. */
export function takesPieces(
  pieces: Pieces | undefined,
  { examplesPerPiece: chosen, pieceLimits = defaultPieceLimits }: PieceOptions,
): (binding: Binding) => boolean {
  if (pieces === undefined || chosen === false) return () => false
  if (chosen !== undefined) return () => true
  return (binding) => {
    const batch = dimensionValue(pieces.count, binding)
    return batch > 1 && batch * largest(pieces, binding) > pieceLimits.wholeBytes
  }
}

/** Whether parts of the batch are large enough to run side by side, for the program's sizes; never if it has no pieces. */
export function isWorthParts(
  pieces: Pieces | undefined,
  { pieceLimits = defaultPieceLimits }: PieceOptions = {},
): (binding: Binding) => boolean {
  if (pieces === undefined) return () => false
  return (binding) => {
    const batch = dimensionValue(pieces.count, binding)
    return batch > 1 && batch * costOf(pieces.body, oneExample(pieces, binding)).bytes >= pieceLimits.partsBytes
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
  const pieces = piecesOfLoop(program)
  if (pieces === undefined) return undefined
  const { pieceLimits = defaultPieceLimits } = options
  return {
    examplesPerPiece: fitting(pieces, binding, pieceLimits),
    bytesPerExample: largest(pieces, binding),
    bytesPerPiece: pieceLimits.pieceBytes,
    inPieces: takesPieces(pieces, options)(binding),
    sideBySide: isWorthParts(pieces, options)(binding),
  }
}

/** All sizes of a program in pieces of some examples, those of the pieces included. */
export function sizesInPieces(program: Program, binding: Binding, examples: number): Binding {
  const symbols = loopsOverPieces(program).map(({ attributes }): [string, number] => [pieceSymbol(attributes) as string, examples])
  return new Map([...binding, ...symbols, [EXAMPLES_PER_PIECE, examples]])
}

/** What a program in pieces is fed beside the caller's feeds, by its sizes: how many examples a piece has. */
export function feedOfPieces(program: Program, options: PieceOptions): (binding: Binding) => Readonly<Record<string, TensorValue>> {
  const pieces = piecesOfLoop(program)
  if (pieces === undefined) return () => ({})
  const examples = examplesOfPiece(pieces, options)
  return (binding) => ({ [EXAMPLES_PER_PIECE]: tensorValue('int64', [], [examples(binding)]) })
}

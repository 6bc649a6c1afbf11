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
} from '@equivar/tensor'
import { hasConvolutions } from './has-convolutions.ts'
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
  /** Whether threads share the nodes of a piece so badly that they had better have pieces of their own, however small. */
  readonly sharesBadly: boolean
}

/**
 * The pieces of a program's loop over them.
 *
 * Derivatives of convolutions are shared badly. Two threads, ms of a step that stays in the cache, shared and with a part a thread: sets of 8 images of 28 x 28
 * 31 and 22; sets of 8 signals 42 and 31; DeepSets, 4 sets, 17 and 24; 2-IGN, 16 graphs, 24 and 25.
 */
export function piecesOfLoop(program: Program): Pieces | undefined {
  const [loop] = loopsOverPieces(program)
  if (loop === undefined) return undefined
  const { body, count } = loop.attributes
  return { body, count, symbol: pieceSymbol(loop.attributes) as string, sharesBadly: hasConvolutions(body) }
}

/** The pieces of a program that does with each example what it does with it alone. @param rows - what counts the examples. */
export const piecesOfRows = (program: Program, rows: string): Pieces => ({
  body: program,
  symbol: rows,
  count: dimension(rows),
  sharesBadly: false,
})

const oneExample = ({ symbol }: Pieces, binding: Binding): Binding => new Map(binding).set(symbol, 1)

/** Bytes of the largest tensor that one example needs. */
function largest(pieces: Pieces, binding: Binding): number {
  const one = oneExample(pieces, binding)
  const made = pieces.body.nodes.filter((node) => !node.has('generating')).flatMap(({ outputs }) => outputs)
  return Math.max(0, ...made.map((y) => bytes(y, one)))
}

/** How many examples a piece has, so that no piece has more than `most` and all are of nearly the same size. */
export function evenPieces(batch: number, most: number): number {
  const count = Math.max(1, batch)
  return Math.ceil(count / Math.ceil(count / Math.min(count, most)))
}

/** As many examples as fit the cache. */
function fitting(pieces: Pieces, binding: Binding, { pieceBytes }: PieceLimits): number {
  const most = Math.max(1, Math.floor(pieceBytes / Math.max(1, largest(pieces, binding))))
  return evenPieces(dimensionValue(pieces.count, binding), most)
}

/** Whether a program goes through its batch in pieces, for its sizes: where the whole is too much for the cache, or a number of examples was asked for. */
function takesPieces(
  pieces: Pieces,
  binding: Binding,
  { examplesPerPiece: chosen, pieceLimits = defaultPieceLimits }: PieceOptions,
): boolean {
  if (chosen !== undefined) return chosen !== false
  const batch = dimensionValue(pieces.count, binding)
  return batch > 1 && batch * largest(pieces, binding) > pieceLimits.wholeBytes
}

/** Whether parts of the batch are large enough to run side by side, for the program's sizes. */
function isWorthParts(pieces: Pieces, binding: Binding, { examplesPerPiece, pieceLimits = defaultPieceLimits }: PieceOptions): boolean {
  const batch = dimensionValue(pieces.count, binding)
  return examplesPerPiece !== false && batch > 1 && batch * costOf(pieces.body, oneExample(pieces, binding)).bytes >= pieceLimits.partsBytes
}

/** What is done with a batch that is not just run whole. */
export interface PiecePlan {
  /** How many examples a piece has. */
  readonly examples: number
  /** Whether parts of the batch run side by side, if the program can be split. */
  readonly inParts: boolean
  /** Whether the batch is taken whole where parts cannot run side by side: all of it stays in the cache. */
  readonly isWholeElse: boolean
}

/**
 * How a batch is run, by the program's sizes: in pieces of as many examples as were asked for, or as fit the cache, where all of it does not stay there; side
 * by side where there is work enough. Where all of it stays in the cache, one piece a thread if its nodes are shared badly, else the whole.
 *
 * @returns undefined for sizes whose batch is run whole.
 */
export function planOfPieces(
  pieces: Pieces | undefined,
  threads: number,
  options: PieceOptions = {},
): (binding: Binding) => PiecePlan | undefined {
  if (pieces === undefined) return () => undefined
  const { examplesPerPiece, pieceLimits = defaultPieceLimits } = options
  return (binding) => {
    const inParts = threads > 1 && isWorthParts(pieces, binding, options)
    if (takesPieces(pieces, binding, options))
      return { examples: examplesPerPiece || fitting(pieces, binding, pieceLimits), inParts, isWholeElse: false }
    if (!inParts || !pieces.sharesBadly) return undefined
    return { examples: Math.ceil(dimensionValue(pieces.count, binding) / threads), inParts, isWholeElse: true }
  }
}

/** How a program goes through its batch. */
export interface PieceDescription {
  readonly examplesPerPiece: number
  /** Bytes of the largest tensor that one example needs. */
  readonly bytesPerExample: number
  /** Bytes that the largest tensor of a piece should have at most, unless one example needs more. */
  readonly bytesPerPiece: number
  /** Whether the batch is too much for the cache, so that it is taken in pieces. Else it is taken whole, or in one part a thread. */
  readonly inPieces: boolean
  /** Whether parts of the batch run side by side where there are several threads. */
  readonly sideBySide: boolean
}

/** How a program that was optimized for the cpu goes through its batch, for those sizes of its symbols; undefined if it takes the whole at once. */
export function describePieces(program: Program, binding: Binding, options: PieceOptions = {}): PieceDescription | undefined {
  const pieces = piecesOfLoop(program)
  if (pieces === undefined) return undefined
  const { pieceLimits = defaultPieceLimits } = options
  const plan = planOfPieces(pieces, 2, options)(binding)
  return {
    examplesPerPiece: fitting(pieces, binding, pieceLimits),
    bytesPerExample: largest(pieces, binding),
    bytesPerPiece: pieceLimits.pieceBytes,
    inPieces: plan?.isWholeElse === false,
    sideBySide: plan?.inParts === true,
  }
}

/** All sizes of a program in pieces of some examples, those of the pieces included. */
export function sizesInPieces(program: Program, binding: Binding, examples: number): Binding {
  const symbols = loopsOverPieces(program).map(({ attributes }): [string, number] => [pieceSymbol(attributes) as string, examples])
  return new Map([...binding, ...symbols, [EXAMPLES_PER_PIECE, examples]])
}

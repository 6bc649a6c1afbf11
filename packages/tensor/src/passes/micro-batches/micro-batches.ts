import { type Binding, type DimensionLike, dimension, dimensionValue, product, symbolsOf } from '../../expression/dimension.ts'
import { input, type Node, type Tensor } from '../../expression/tensor.ts'
import { symbolicDimensionsOf } from '../../expression/traverse.ts'
import { isNode } from '../../operators/signatures.ts'
import { Program } from '../../program/program.ts'
import type { Pass, PassContext } from '../pass.ts'
import { graphPass } from '../rewrite.ts'
import { type BatchCut, cutBatch, isOfRows } from './batch-cut.ts'
import { loopOverPieces } from './loop-over-pieces.ts'
import { meansAsSums } from './means-as-sums.ts'

/** Sizes that may count examples: first axes of inputs. */
function batchSymbols({ inputs }: Program): string[] {
  // Stryker disable next-line MethodExpression: a size of other axes is looked at in vain, which only takes time
  const first = inputs.flatMap(({ tensor }) => tensor.shape.slice(0, 1))
  return [...new Set(first.map(String))].filter((key) => /^[A-Za-z_]\w*$/.test(key))
}

/**
 * The size that counts the examples of a program that does with each of them what it does with it alone, as most models do when they predict; undefined if
 * there is none.
 *
 * Law: the rows of the outputs for some rows of the divided inputs (those whose axis 0 has that size) are those of the whole.
 */
export function rowSymbol(program: Program): string | undefined {
  return batchSymbols(program).find((batch) => isOfRows(program, batch))
}

/** Every symbol as a size of the usual order, to compare how much there is of nodes. */
const usual = (program: Program): Binding => new Map([...program.symbols].map((name) => [name, 32]))

const elements = (nodes: readonly Node[], binding: Binding): number =>
  nodes.flatMap(({ outputs }) => outputs).reduce((sum, { shape }) => sum + dimensionValue(product(shape), binding), 0)

/** At most this much of what grows with the batch may be computed before it is cut, or after. */
const MOST_OUTSIDE = 0.25

/** The cut of a batch, if nearly all that grows with it can be computed piece by piece. */
function worthwhileCut(program: Program, batch: string, binding: Binding): BatchCut | undefined {
  const growing = program.nodes.filter(
    (node) => !isNode(node, 'Dimension') && symbolicDimensionsOf(node).some((d) => symbolsOf(d).has(batch)),
  )
  const most = MOST_OUTSIDE * elements(growing, binding)
  const isTooMuch = (outside: (node: Node) => boolean): boolean => elements(growing.filter(outside), binding) > most
  const cut = cutBatch(program, batch, (before) => isTooMuch((node) => before.has(node)))
  if (cut === undefined || cut.sums.length === 0 || cut.sums.some(isLong)) return undefined
  // Without rows of its own a piece would not know its size.
  return cut.divided.size === 0 || isTooMuch((node) => !cut.inside.has(node)) ? undefined : cut
}

/** Whether it may be as long as the batch itself: messages added up at the nodes of graphs, say. Each piece would add all of it. */
const isLong = ({ shape }: Tensor): boolean => shape.some((d) => typeof d !== 'number')

/** What a pass on micro-batches is told. */
export interface MicroBatchOptions {
  /** Examples of a piece: a number, or the name of an input that says it, which the Program is given: an int64 scalar. */
  readonly size: DimensionLike
}

const isLoopOverPieces = (node: Node): boolean => isNode(node, 'Loop') && node.attributes.divided > 0

/**
 * Forward and backward passes in pieces of the batch, in a loop that adds up gradients and losses: what a piece computes stays in the cache, and memory
 * is needed for one piece only. The last piece has the rest.
 *
 * Law: equal for every input, but for the order in which the examples are added. It applies where nearly all that grows with the batch is computed for
 * each example by itself and then summed: not where batch norm takes statistics over the examples, nor where outputs have examples of their own,
 * nor where a sum is of a size that only the inputs tell.
 * Before: MatMul(Transpose(x [batch, 3]), g [batch, 4]). After: a loop over rows of x and g that adds such products to a sum [3, 4].
 */
export function microBatches({ size }: MicroBatchOptions): Pass {
  const cutOnce = (program: Program): readonly Tensor[] => {
    if (program.nodes.some(isLoopOverPieces)) return program.outputs.map(({ tensor }) => tensor)
    const binding = usual(program)
    for (const batch of batchSymbols(program)) {
      const prepared = meansAsSums(program, (d) => symbolsOf(d).has(batch))
      const cut = worthwhileCut(prepared, batch, binding)
      if (cut !== undefined) return loopOverPieces(prepared, cut, { batch, size })
    }
    return program.outputs.map(({ tensor }) => tensor)
  }
  const inPieces = graphPass('micro-batches', cutOnce, (loop) => !isLoopOverPieces(loop))
  return {
    name: inPieces.name,
    run: (program: Program, context: PassContext): Program => {
      const cut = inPieces.run(program, context)
      if (cut === program || typeof size !== 'string') return cut
      const said = { name: size, tensor: input(size, 'int64', [], { binds: String(dimension(size)) }) }
      return new Program([...cut.inputs, said], cut.outputs, cut.metadata)
    },
  }
}

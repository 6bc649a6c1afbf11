import {
  type Dimension,
  type DimensionLike,
  dimension,
  divideExactly,
  replaceSymbol,
  symbol,
  symbolsOf,
  times,
} from '../../expression/dimension.ts'
import { type Attributes, type Input, input, Node, type Tensor } from '../../expression/tensor.ts'
import { symbolicDimensionsOf, withInputs } from '../../expression/traverse.ts'
import { add, mul } from '../../operators/binary.ts'
import { sizeOf } from '../../operators/constant.ts'
import { repeat } from '../../operators/control.ts'
import { zeros } from '../../operators/generators.ts'
import { isNode, type NodeOf } from '../../operators/signatures.ts'
import { type Program, program } from '../../program/program.ts'
import { mapNodes } from '../rewrite.ts'
import type { BatchCut } from './batch-cut.ts'

const isDimension = (value: unknown): value is Dimension =>
  typeof value === 'number' || (typeof value === 'object' && value !== null && 'terms' in value)

/** The attributes with other dimensions. */
function mapDimensions(attributes: Attributes, f: (d: Dimension) => Dimension): Attributes {
  const mapped = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(mapped)
    return isDimension(value) ? f(value) : value
  }
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, mapped(value)]))
}

/** A size of the same name that is no other's. */
function freshSymbol(name: string, { symbols }: Program): string {
  return symbols.has(name) ? freshSymbol(`${name}_`, { symbols } as Program) : name
}

/** Nodes that pieces read and that sizes alone make, but for that of the batch, such as the mask of a diagonal: passes that look for it find it in the body. */
function madeOfSizes({ nodes }: Program, { inside }: BatchCut, batch: string): ReadonlySet<Node> {
  const made = new Set<Node>()
  const isMade = ({ node, rank }: Tensor): boolean => made.has(node) || (rank === 0 && isNode(node, 'Constant'))
  for (const node of nodes) {
    const isFixed = !isNode(node, 'Constant') && !node.has('control') && !symbolicDimensionsOf(node).some((d) => symbolsOf(d).has(batch))
    if (isFixed && node.inputs.every(isMade)) made.add(node)
  }
  const read = new Set<Node>()
  for (const node of nodes.toReversed())
    if (inside.has(node) || read.has(node)) for (const x of node.inputs) if (made.has(x.node)) read.add(x.node)
  return read
}

/** The body of the loop over pieces: sums so far, rows of what is divided, and what every piece reads. */
class Body {
  readonly divided: Tensor[] = []
  readonly captured: Tensor[] = []
  readonly #made = new Map<Tensor, Tensor>()
  readonly #cut: BatchCut
  readonly #batch: string
  readonly #size: DimensionLike
  readonly #piece: Dimension
  readonly #iteration: Input = input('iteration', 'int64', [])

  constructor(cut: BatchCut, { batch, size, piece }: { readonly batch: string; readonly size: DimensionLike; readonly piece: string }) {
    this.#cut = cut
    this.#batch = batch
    this.#size = size
    this.#piece = symbol(piece)
  }

  /** Writes a node of the piece, or one that it reads. */
  write(node: Node): void {
    const inputs = node.inputs.map((x) => this.#made.get(x) ?? this.#leaf(x))
    const attributes = mapDimensions(node.attributes, (d) => replaceSymbol(d, this.#batch, this.#piece))
    const written = new Node(node.operator, inputs, attributes)
    // Places of other axes than that of the examples are the same in every piece.
    const outputs = isNode(node, 'Range') && this.#cut.inside.has(node) ? [this.#places(node, written.output)] : written.outputs
    for (const [i, y] of node.outputs.entries()) this.#made.set(y, outputs[i] as Tensor)
  }

  /** The places of the piece's rows in the whole batch. */
  #places({ attributes: { length } }: NodeOf<'Range'>, within: Tensor): Tensor {
    const rows = times(dimension(this.#size), divideExactly(length, symbol(this.#batch)) as Dimension)
    return add(within, mul(this.#iteration, sizeOf(rows)))
  }

  /** The body as a Program, which adds to the sums. */
  program(): Program {
    const { sums } = this.#cut
    const states = sums.map((y, i) => input(`sum.${i}`, y.dtype, y.shape))
    const leaves = [...this.divided, ...this.captured].map((x) => this.#made.get(x) as Input)
    return program({
      inputs: [this.#iteration, ...states, ...leaves],
      outputs: Object.fromEntries(sums.map((y, i) => [`sum.${i}.next`, add(states[i] as Input, this.#made.get(y) as Tensor)])),
    })
  }

  /** What stands for a tensor that is there before. A single number stays as it is. */
  #leaf(x: Tensor): Tensor {
    if (isNode(x.node, 'Constant') && x.rank === 0) return x
    const isDivided = this.#cut.divided.has(x)
    const list = isDivided ? this.divided : this.captured
    const kind = isDivided ? 'divided' : 'captured'
    const leaf = input(`${kind}.${list.length}`, x.dtype, isDivided ? [this.#piece, ...x.shape.slice(1)] : x.shape)
    list.push(x)
    this.#made.set(x, leaf)
    return leaf
  }
}

/** The outputs of a Program whose sums over the batch are taken in a loop over its pieces. */
export function loopOverPieces(
  given: Program,
  cut: BatchCut,
  { batch, size }: { readonly batch: string; readonly size: DimensionLike },
): Tensor[] {
  const body = new Body(cut, { batch, size, piece: freshSymbol(`${batch}_piece`, given) })
  const ofSizes = madeOfSizes(given, cut, batch)
  for (const node of given.nodes) if (cut.inside.has(node) || ofSizes.has(node)) body.write(node)
  const { sums } = cut
  const made = body.program()
  const totals = repeat(made, {
    count: batch,
    size,
    states: sums.map((y) => zeros(y.shape, y.dtype)),
    divided: body.divided,
    captured: body.captured,
  })
  const replaced = new Map<Tensor, Tensor>(totals.map((total, i) => [sums[i] as Tensor, total]))
  return mapNodes(given, (node, inputs) => (cut.inside.has(node) ? node.outputs : withInputs(node, inputs).outputs), replaced)
}

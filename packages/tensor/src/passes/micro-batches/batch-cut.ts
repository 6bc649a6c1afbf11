import { type Dimension, divideExactly, symbol, symbolsOf } from '../../expression/dimension.ts'
import type { Node, Tensor } from '../../expression/tensor.ts'
import { symbolicDimensionsOf } from '../../expression/traverse.ts'
import { isNode } from '../../operators/signatures.ts'
import type { Program } from '../../program/program.ts'
import { type OfBatch, ofBatch } from './batch-rules.ts'

/** Which nodes of a Program can be computed piece by piece. */
export interface BatchCut {
  /** The nodes of a piece. */
  readonly inside: ReadonlySet<Node>
  /** What they read that has examples along axis 0, and is there before. */
  readonly divided: ReadonlySet<Tensor>
  /** Sums over the examples: what is needed afterwards. */
  readonly sums: readonly Tensor[]
}

/** Where a tensor is computed: before the batch is cut, in each piece, or once the sums are there. */
type Place = 'before' | 'inside' | 'after'

interface Known {
  readonly place: Place
  readonly along: OfBatch
}

const holds = (d: Dimension, batch: string): boolean => symbolsOf(d).has(batch)

/** Whether the shape is that of a tensor with this dependence: `batch` is a factor of the axis of the examples, and of no other size. */
function hasShape({ shape }: Tensor, along: OfBatch, batch: string): boolean {
  return shape.every((d, i) => {
    if (i !== along) return !holds(d, batch)
    const rows = divideExactly(d, symbol(batch))
    return rows !== undefined && !holds(rows, batch)
  })
}

/** How a tensor that is there before may be read by a piece: as a whole, or its own rows of axis 0. */
function fromBefore(x: Tensor, batch: string): OfBatch | undefined {
  if (x.shape.every((d) => !holds(d, batch))) return 'none'
  const [length, ...rest] = x.shape
  return String(length) === batch && rest.every((d) => !holds(d, batch)) ? 0 : undefined
}

/** The axis with the examples of what is made for all of them from nothing that has any: numbers stretched to the batch, or the places in it. */
function made(node: Node, batch: string): OfBatch | undefined {
  if (!isNode(node, 'Expand') && !isNode(node, 'Range')) return undefined
  const axis = node.output.shape.findIndex((d) => holds(d, batch))
  return axis < 0 ? undefined : axis
}

/** Sorts the nodes of a Program by where they can be computed. */
class Sorting {
  readonly #known = new Map<Tensor, Known>()
  readonly #batch: string
  /** Nodes that must be computed before the batch is cut. */
  readonly #whole: ReadonlySet<Node>
  /** What must be beside them: the first that is found. */
  readonly #refused: Tensor[] = []

  constructor({ inputs, nodes, outputs }: Pick<Program, 'inputs' | 'nodes' | 'outputs'>, batch: string, whole: ReadonlySet<Node>) {
    this.#batch = batch
    this.#whole = whole
    for (const { tensor } of inputs) this.#known.set(tensor, { place: 'before', along: 'none' })
    for (const node of nodes) {
      const known = this.#found(node)
      for (const y of node.outputs) this.#known.set(y, known)
      // What follows from a refusal is no reason to refuse.
      if (this.#refused.length > 0) return
    }
    for (const { tensor } of outputs) if (this.#isRowOfPiece(tensor)) this.#refused.push(tensor)
  }

  get refused(): readonly Tensor[] {
    return this.#refused
  }

  placeOf(x: Tensor): Place {
    return this.#known.get(x)?.place ?? 'before'
  }

  isSum(x: Tensor): boolean {
    return this.#known.get(x)?.along === 'sum'
  }

  /** Whether the rows of a piece along axis 0 are its examples, one each. */
  isOfRows(x: Tensor): boolean {
    return this.placeOf(x) === 'inside' && this.#known.get(x)?.along === 0 && String(x.shape[0]) === this.#batch
  }

  #isRowOfPiece(x: Tensor): boolean {
    return this.placeOf(x) === 'inside' && !this.isSum(x)
  }

  #found(node: Node): Known {
    const rows = node.inputs.filter((x) => this.#isRowOfPiece(x))
    if (node.inputs.some((x) => this.placeOf(x) === 'after' || this.isSum(x))) {
      // A piece would need a sum over all pieces: what the sum is made of has to be there before.
      if (rows.length > 0) this.#refused.push(...node.inputs.filter((x) => !rows.includes(x)))
      return { place: 'after', along: 'none' }
    }
    const along = this.#whole.has(node) ? undefined : this.#alongOf(node)
    if (along !== undefined && node.outputs.every((y) => hasShape(y, along, this.#batch)))
      return { place: along === 'none' ? 'before' : 'inside', along }
    this.#refused.push(...rows)
    return { place: 'before', along: 'none' }
  }

  #alongOf(node: Node): OfBatch | undefined {
    const inputs = node.inputs.map((x) => (this.placeOf(x) === 'inside' ? this.#known.get(x)?.along : fromBefore(x, this.#batch)))
    if (inputs.some((one) => one === undefined)) return undefined
    const along = inputs as OfBatch[]
    if (along.some((one) => one !== 'none')) return ofBatch(node, along, (d) => holds(d, this.#batch))
    return node.outputs.some(({ shape }) => shape.some((d) => holds(d, this.#batch))) ? made(node, this.#batch) : 'none'
  }
}

/** Adds the nodes that make the tensors, and all that these read, to a set. */
function addSources(tensors: readonly Tensor[], sources: Set<Node>): void {
  const open = tensors.map(({ node }) => node)
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (sources.has(node)) continue
    sources.add(node)
    open.push(...node.inputs.map((x) => x.node))
  }
}

/**
 * What pieces of the batch can compute by themselves. Whatever cannot be is computed before, from the whole batch, or after, from sums.
 *
 * @param isTooMuch - whether so many nodes before the batch is cut leave too little; then the search ends.
 */
export function cutBatch(
  program: Program,
  batch: string,
  isTooMuch: (before: ReadonlySet<Node>) => boolean = () => false,
): BatchCut | undefined {
  const whole = new Set<Node>()
  for (;;) {
    const sorting = new Sorting(program, batch, whole)
    if (sorting.refused.length === 0) return cutOf(program, sorting, batch)
    addSources(sorting.refused, whole)
    if (isTooMuch(whole)) return undefined
  }
}

function cutOf({ nodes }: Program, sorting: Sorting, batch: string): BatchCut {
  const inside = nodes.filter(({ output }) => sorting.placeOf(output) === 'inside')
  const read = new Set(inside.flatMap(({ inputs }) => inputs))
  const divided = [...read].filter((x) => sorting.placeOf(x) === 'before' && fromBefore(x, batch) === 0)
  return { inside: new Set(inside), divided: new Set(divided), sums: inside.map(({ output }) => output).filter((y) => sorting.isSum(y)) }
}

/**
 * Whether a program does with each example, a row of axis 0 of some inputs and of the outputs, what it does with it alone: then it can be run for some rows
 * at a time. Outputs that no example changes may be among them.
 */
export function isOfRows({ inputs, nodes, outputs }: Program, batch: string): boolean {
  const sorting = new Sorting({ inputs, nodes, outputs: [] }, batch, new Set())
  const depends = (node: Node): boolean =>
    [...symbolicDimensionsOf(node), ...node.inputs.flatMap(({ shape }) => shape)].some((d) => holds(d, batch))
  // Outside, and where places are counted, the number of all examples would be that of the piece.
  const isTold = (node: Node): boolean => depends(node) && (sorting.placeOf(node.output) !== 'inside' || isNode(node, 'Range'))
  const isAlone = sorting.refused.length === 0 && !nodes.some((node) => isTold(node) || node.outputs.some((y) => sorting.isSum(y)))
  const isDivided = inputs.every(({ tensor }) => fromBefore(tensor, batch) !== undefined && String(tensor.binds) !== batch)
  const fixed = (x: Tensor): boolean => sorting.placeOf(x) === 'before' && x.shape.every((d) => !holds(d, batch))
  const results = outputs.map(({ tensor }) => tensor)
  return isAlone && isDivided && results.some((x) => sorting.isOfRows(x)) && results.every((x) => sorting.isOfRows(x) || fixed(x))
}

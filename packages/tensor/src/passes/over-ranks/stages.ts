import { type Dimension, divideExactly, symbol, times } from '../../expression/dimension.ts'
import { type Input, input, type Node, type Tensor } from '../../expression/tensor.ts'
import { withInputs } from '../../expression/traverse.ts'
import { add } from '../../operators/binary.ts'
import { sizeOf } from '../../operators/constant.ts'
import { isNode, type NodeOf } from '../../operators/signatures.ts'
import { Program, type ProgramInput } from '../../program/program.ts'
import { before, type DividedSizes } from './divided-sizes.ts'
import { ownPositions } from './own-rows.ts'
import type { Placement } from './placement.ts'

/** What crosses from one stage into later ones. */
export interface Crossing {
  readonly tensor: Tensor
  readonly name: string
  /** Whether the ranks add it up on the way. */
  readonly isSum: boolean
}

/** Operators that only say the shape of their first input anew, or the order of its elements. */
const REARRANGING = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Transpose'])

/** The tensors that later stages, or the outputs, read. What is only another form of one is made again where it is read. */
export function crossingsOf({ nodes, outputs }: Program, placement: Placement): Map<Tensor, Crossing> {
  const crossings = new Map<Tensor, Crossing>()
  const cross = (tensor: Tensor): void => {
    const { isFree } = placement.of(tensor)
    if (isFree || crossings.has(tensor) || tensor.node.operator.name === 'Input') return
    const isSum = placement.isSum(tensor)
    if (REARRANGING.has(tensor.node.operator.name)) cross(tensor.node.inputs[0] as Tensor)
    else crossings.set(tensor, { tensor, name: `${isSum ? 'sum' : 'carried'}.${crossings.size}`, isSum })
  }
  for (const node of nodes) {
    const placed = placement.of(node.output)
    if (placed.isFree) continue
    for (const x of node.inputs) if (placement.of(x).stage < placed.stage || (placement.isSum(x) && placed.along !== 'sum')) cross(x)
  }
  for (const { tensor } of outputs) if (placement.isSum(tensor)) cross(tensor)
  return crossings
}

/** Writes one stage anew, with leaves for what earlier stages have made. */
export class StageWriter {
  readonly #stage: number
  readonly #placement: Placement
  readonly #sizes: DividedSizes
  readonly #crossings: ReadonlyMap<Tensor, Crossing>
  readonly #inputs: ReadonlyMap<Tensor, ProgramInput>
  readonly #used = new Map<string, Input>()
  /** Tensors with places over all ranks, and with those in the rank's own rows. */
  readonly #written = { all: new Map<Tensor, Tensor>(), own: new Map<Tensor, Tensor>() }

  constructor(
    stage: number,
    {
      inputs,
      placement,
      sizes,
      crossings,
    }: { inputs: readonly ProgramInput[]; placement: Placement; sizes: DividedSizes; crossings: ReadonlyMap<Tensor, Crossing> },
  ) {
    this.#stage = stage
    this.#placement = placement
    this.#sizes = sizes
    this.#crossings = crossings
    this.#inputs = new Map(inputs.map((one) => [one.tensor, one]))
  }

  /** The inputs that what is written reads, by name. */
  get inputs(): ProgramInput[] {
    return [...this.#used].map(([name, tensor]) => ({ name, tensor }))
  }

  /** The tensor in this stage. */
  write(x: Tensor): Tensor {
    return this.#write(x, 'all')
  }

  #write(x: Tensor, places: 'all' | 'own'): Tensor {
    const stack: (readonly [Tensor, 'all' | 'own'])[] = [[x, places]]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const [tensor, kind] = top
      const missing = this.#written[kind].has(tensor) || this.#leaf(tensor, kind) ? [] : this.#missing(tensor.node, kind)
      if (missing.length > 0) stack.push(...missing)
      else {
        stack.pop()
        if (!this.#written[kind].has(tensor)) this.#make(tensor.node, kind)
      }
    }
    return this.#written[places].get(x) as Tensor
  }

  /** What a node reads, each with its places. */
  #reads(node: Node, kind: 'all' | 'own'): (readonly [Tensor, 'all' | 'own'])[] {
    const along = node.inputs.map((x) => this.#alongOf(x))
    const positions = ownPositions(node, along)
    return node.inputs.map((x, i) => [x, i === positions ? 'own' : this.#placement.of(x).isPlace ? kind : 'all'])
  }

  #alongOf(x: Tensor): number | 'none' {
    const { along } = this.#placement.of(x)
    return along === 'sum' ? 'none' : along
  }

  #missing(node: Node, kind: 'all' | 'own'): (readonly [Tensor, 'all' | 'own'])[] {
    return this.#reads(node, kind).filter(([x, places]) => !this.#written[places].has(x))
  }

  /** Takes a tensor from outside, if it is there before this stage. @returns whether it is. */
  #leaf(x: Tensor, kind: 'all' | 'own'): boolean {
    const given = this.#inputs.get(x)
    const crossing = this.#crossings.get(x)
    const isThere = crossing !== undefined && this.#placement.readableFrom(x) <= this.#stage && this.#placement.of(x).stage < this.#stage
    if (given === undefined && !isThere) return false
    // Places in the rank's own rows cross under no name: they are made again.
    if (given === undefined && kind === 'own' && this.#placement.of(x).isPlace) return false
    this.#written[kind].set(x, given === undefined ? this.#crossed(crossing as Crossing) : this.#use(given.name, given.tensor))
    return true
  }

  #crossed({ name, tensor }: Crossing): Input {
    return this.#used.get(name) ?? this.#use(name, input(name, tensor.dtype, tensor.shape))
  }

  #use(name: string, leaf: Input): Input {
    this.#used.set(name, leaf)
    return leaf
  }

  #make(node: Node, kind: 'all' | 'own'): void {
    const inputs = this.#reads(node, kind).map(([x, places]) => this.#written[places].get(x) as Tensor)
    const made = this.#sized(node, kind) ?? withInputs(node, inputs).outputs
    for (const [i, y] of node.outputs.entries()) this.#written[kind].set(y, made[i] as Tensor)
  }

  /** Sizes are those over all ranks, and places come after those of the ranks before. */
  #sized(node: Node, kind: 'all' | 'own'): readonly Tensor[] | undefined {
    if (isNode(node, 'Dimension') && this.#sizes.holds(node.attributes.dimension))
      return [sizeOf(this.#sizes.ofAll(node.attributes.dimension))]
    if (isNode(node, 'Range') && kind === 'all' && this.#sizes.holds(node.attributes.length)) return [this.#places(node)]
    return undefined
  }

  #places({ attributes: { length }, output }: NodeOf<'Range'>): Tensor {
    const name = this.#sizes.onlySymbol(length)
    const rows: Dimension | undefined = name === undefined ? undefined : divideExactly(length, symbol(name))
    if (name === undefined || rows === undefined)
      throw new RangeError(
        `overRanks: expected places in rows of one kind of example, received ${length} of them: only their positions can be read.`,
      )
    return add(output, sizeOf(times(symbol(before(name)), rows)))
  }
}

/** A Program of a stage, with inputs for sizes that no shape tells. */
export function stageProgram(
  writer: StageWriter,
  outputs: readonly { readonly name: string; readonly tensor: Tensor }[],
  metadata: Readonly<Record<string, string>>,
): Program {
  const written = outputs.map(({ name, tensor }) => ({ name, tensor: writer.write(tensor) }))
  const made = new Program(writer.inputs, written, metadata)
  const told = new Set([
    ...writer.inputs.flatMap(({ tensor }) => [...tensor.shape.filter((d) => typeof d !== 'number').map(String), tensor.binds]),
    ...made.toldSymbols,
  ])
  const missing = [...made.symbols].filter((name) => !told.has(name))
  return new Program(
    [...made.inputs, ...missing.map((name) => ({ name: sizeName(name), tensor: input(sizeName(name), 'int64', [], { binds: name }) }))],
    written,
    metadata,
  )
}

/** The input that tells a size. */
const sizeName = (name: string): string => `size.${name}`

import { type Binding, type Dimension, dimensionValue, printShape, solveFor, symbolsOf } from '../expression/dimension.ts'
import { DimensionError, FeedError } from '../expression/errors.ts'
import { ownEntry } from '../expression/own-entry.ts'
import { Input, type Node, type Tensor } from '../expression/tensor.ts'
import { symbolicDimensionsOf } from '../expression/traverse.ts'
import { computationOrder, type Tellers, toldBy } from './order.ts'

/** An input of a Program. */
export interface ProgramInput {
  readonly name: string
  readonly tensor: Input
}

/** An output of a Program. */
export interface ProgramOutput<Name extends string = string> {
  readonly name: Name
  readonly tensor: Tensor
}

/** A size of an input's axis, and what the Program says it is. */
interface Axis {
  readonly name: string
  readonly axis: number
  readonly dimension: Dimension
  readonly size: number
  /** What the file calls a size that it pins to a number. */
  readonly pinned: string | undefined
}

/**
 * A frozen graph, as it was written: inputs, outputs, and the nodes between them in an order in which they can be computed.
 *
 * The type knows the names of the outputs where the code says them, so that `(await executable.run(feeds)).y` is a tensor and a misspelt name an error.
 */
export class Program<Name extends string = string> {
  readonly inputs: readonly ProgramInput[]
  readonly outputs: readonly ProgramOutput<Name>[]
  /** Everything but the inputs, sorted. */
  readonly nodes: readonly Node[]
  /** Free text that goes along, and into exported files. */
  readonly metadata: Readonly<Record<string, string>>
  /** Sizes that the Program around this one tells, if it is the body of a loop. */
  readonly openSizes: Tellers

  constructor(inputs: readonly ProgramInput[], outputs: readonly ProgramOutput<Name>[], metadata: Readonly<Record<string, string>>) {
    this.inputs = inputs
    this.outputs = outputs
    this.metadata = metadata
    const { nodes: sorted, openSizes } = computationOrder(
      outputs.map(({ tensor }) => tensor),
      new Set(inputs.map(({ tensor }) => tensor)),
    )
    this.openSizes = openSizes
    this.nodes = sorted.filter((node) => node.operator.name !== 'Input')
    this.demandInputs(sorted)
    this.demandNames()
  }

  /** Names of all symbols in shapes and attributes. */
  get symbols(): ReadonlySet<string> {
    const dimensions = [...this.inputs.flatMap(({ tensor }) => tensor.shape), ...this.nodes.flatMap(symbolicDimensionsOf)]
    return new Set(dimensions.flatMap((d) => [...symbolsOf(d)]))
  }

  /** Names of the symbols that its nodes tell when it runs; no input needs to. */
  get toldSymbols(): ReadonlySet<string> {
    return new Set(this.nodes.flatMap(toldBy))
  }

  private demandInputs(sorted: readonly Node[]): void {
    const known = new Set<Tensor>(this.inputs.map(({ tensor }) => tensor))
    for (const { operator, output } of sorted) {
      if (operator.name !== 'Input' || known.has(output)) continue
      const leaf = output instanceof Input ? `"${output.name}", ${output.dtype} ${printShape(output.shape)}` : String(output)
      throw new DimensionError(
        `program: the outputs depend on ${leaf}, which is not among the inputs ${this.inputs.map(({ name }) => name).join(', ')}.${
          output instanceof Input && output.name === 'parameter'
            ? ' A parameter is found where it is a field of a Module, or in an array of one: not in a closure, a private field, a Map or a plain object.'
            : ''
        }`,
      )
    }
  }

  private demandNames(): void {
    const names = new Set<string>()
    for (const { name } of [...this.inputs, ...this.outputs]) {
      if (names.has(name)) throw new DimensionError(`program: expected different names of inputs and outputs, received "${name}" twice.`)
      names.add(name)
    }
  }

  /** The same Program with other expressions for its outputs, in their order; itself if they are the same. */
  withOutputs(tensors: readonly Tensor[]): Program<Name> {
    if (this.outputs.every(({ tensor }, i) => tensor === tensors[i])) return this
    return new Program(
      this.inputs,
      this.outputs.map(({ name }, i) => ({ name, tensor: tensors[i] as Tensor })),
      this.metadata,
    )
  }

  /**
   * The sizes that the symbols take for inputs of those shapes.
   *
   * @param shapes - the shape of each input, by name.
   * @param values - values of the inputs that bind a size (`binds`), by name.
   * @throws FeedError naming the input, the axis, the symbol and both values where shapes clash, or the input that is missing.
   */
  bind(shapes: Readonly<Record<string, readonly number[]>>, values: Readonly<Record<string, number>> = {}): Binding {
    const binding = new Map<string, number>()
    for (const { name, tensor } of this.inputs) {
      const value = ownEntry(values, name)
      if (tensor.binds !== undefined && value !== undefined) binding.set(tensor.binds, value)
    }
    const axes = this.inputs.flatMap((input) => axesOf(input, ownEntry(shapes, input.name)))
    solve(axes, binding)
    for (const axis of axes) demandSize(axis, binding)
    return binding
  }
}

function axesOf({ name, tensor }: ProgramInput, shape: readonly number[] | undefined): Axis[] {
  if (shape === undefined) throw new FeedError(`run: the input "${name}" ${tensor.dtype} ${printShape(tensor.shape)} is missing.`)
  if (shape.length !== tensor.rank) {
    throw new FeedError(`run: expected input "${name}" of shape ${printShape(tensor.shape)}, received [${shape.join(', ')}].`)
  }
  return tensor.shape.map((dimension, axis) => ({ name, axis, dimension, size: shape[axis] as number, pinned: tensor.pinned[axis] }))
}

/** Finds symbols until no axis tells another one. */
function solve(axes: readonly Axis[], binding: Map<string, number>): void {
  for (let progress = true; progress; ) {
    progress = false
    for (const { dimension, size } of axes) {
      const solution = solveFor(dimension, size, binding)
      if (solution === undefined) continue
      binding.set(solution.name, solution.value)
      progress = true
    }
  }
}

function demandSize({ name, axis, dimension, size, pinned }: Axis, binding: Binding): void {
  const unknown = [...symbolsOf(dimension)].filter((symbol) => !binding.has(symbol))
  if (unknown.length > 0) {
    throw new FeedError(`run: input "${name}", axis ${axis}: no value of ${unknown.join(', ')} makes ${dimension} equal ${size}.`)
  }
  const expected = dimensionValue(dimension, binding)
  if (expected === size) return
  const because = pinned === undefined ? '' : `, as "${pinned}" is ${expected} in this file`
  const sizes = typeof dimension === 'number' ? `${dimension}${because}` : `${dimension} = ${expected}, as other inputs say`
  throw new FeedError(`run: input "${name}", axis ${axis}: expected size ${sizes}, received ${size}.`)
}

/** What `program` is made from. */
export interface ProgramOptions<Named extends Readonly<Record<string, Tensor>> = Readonly<Record<string, Tensor>>> {
  /** Inputs by name, or a list whose own names count. Inputs that nothing reads are kept: the caller's interface stays as declared. */
  readonly inputs: Readonly<Record<string, Input>> | readonly Input[]
  readonly outputs: Named
  readonly metadata?: Readonly<Record<string, string>>
}

const isList = (inputs: ProgramOptions['inputs']): inputs is readonly Input[] => Array.isArray(inputs)

/**
 * Freezes expressions to a Program that can be run, exported, counted: as they were written. `optimize` makes an equal one with less work.
 *
 * @throws DimensionError if an output depends on an input that is not listed, or two inputs or outputs share a name.
 * @example program({ inputs: [x, w], outputs: { y: relu(matMul(x, w)) } })
 */
export function program<Named extends Readonly<Record<string, Tensor>>>({
  inputs,
  outputs,
  metadata = {},
}: ProgramOptions<Named>): Program<keyof Named & string> {
  const named = isList(inputs)
    ? inputs.map((tensor) => ({ name: tensor.name, tensor }))
    : Object.entries(inputs).map(([name, tensor]) => ({ name, tensor }))
  return new Program(
    named,
    Object.entries<Tensor>(outputs).map(([name, tensor]) => ({ name: name as keyof Named & string, tensor })),
    metadata,
  )
}

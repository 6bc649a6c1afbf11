import { type Binding, type Dimension, dimensionValue, printShape, solveFor, symbolsOf } from './dimension.ts'
import { DimensionError, FeedError } from './errors.ts'
import { simplify } from './simplify.ts'
import { Input, type Node, type Tensor } from './tensor.ts'
import { dimensionsOf, topological } from './traverse.ts'

import { wrapEarlier } from './wrap-earlier.ts'
/** An input of a Program. */
export interface ProgramInput {
  readonly name: string
  readonly tensor: Input
}

/** An output of a Program. */
export interface ProgramOutput {
  readonly name: string
  readonly tensor: Tensor
}

/**
 * A frozen graph: inputs, outputs, and the nodes between them in an order in which they can be computed.
 *
 * It is simplified when it is made: dead nodes removed, equal ones merged, constants folded, identities applied, circles continued once (see wrapEarlier).
 */
export class Program {
  readonly inputs: readonly ProgramInput[]
  readonly outputs: readonly ProgramOutput[]
  /** Everything but the inputs, sorted. */
  readonly nodes: readonly Node[]
  /** Names of all symbols in shapes and attributes. */
  readonly symbols: ReadonlySet<string>
  /** Free text that goes along, and into exported files. */
  readonly metadata: Readonly<Record<string, string>>

  constructor(inputs: readonly ProgramInput[], outputs: readonly ProgramOutput[], metadata: Readonly<Record<string, string>>) {
    this.inputs = inputs
    this.outputs = outputs
    this.metadata = metadata
    this.nodes = topological(outputs.map(({ tensor }) => tensor)).filter((node) => node.operator.name !== 'Input')
    const dimensions = [...inputs.flatMap(({ tensor }) => tensor.shape), ...this.nodes.flatMap(dimensionsOf)]
    this.symbols = new Set(dimensions.flatMap((d) => [...symbolsOf(d)]))
    this.demandInputs()
  }

  private demandInputs(): void {
    const known = new Set<Tensor>(this.inputs.map(({ tensor }) => tensor))
    for (const node of topological(this.outputs.map(({ tensor }) => tensor))) {
      const leaf = node.outputs[0]
      if (node.operator.name === 'Input' && leaf !== undefined && !known.has(leaf)) {
        const name = leaf instanceof Input ? leaf.name : String(leaf)
        throw new DimensionError(
          `program: the outputs depend on "${name}", which is not among the inputs ${this.inputs.map((i) => i.name).join(', ')}.`,
        )
      }
    }
    const names = [...this.inputs, ...this.outputs].map(({ name }) => name)
    const twice = names.find((name, i) => names.indexOf(name) < i)
    if (twice !== undefined) throw new DimensionError(`program: expected different names of inputs and outputs, received "${twice}" twice.`)
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
    const open: { name: string; axis: number; dimension: Dimension; size: number }[] = []
    for (const { name, tensor } of this.inputs) {
      const shape = shapes[name]
      if (shape === undefined) throw new FeedError(`run: the input "${name}" ${tensor.dtype} ${printShape(tensor.shape)} is missing.`)
      if (shape.length !== tensor.rank) {
        throw new FeedError(`run: expected input "${name}" of shape ${printShape(tensor.shape)}, received [${shape.join(', ')}].`)
      }
      if (tensor.binds !== undefined && values[name] !== undefined) binding.set(tensor.binds, values[name])
      tensor.shape.forEach((d, axis) => {
        open.push({ name, axis, dimension: d, size: shape[axis] as number })
      })
    }
    let progress = true
    while (progress) {
      progress = false
      for (const { dimension, size } of open) {
        const solution = solveFor(dimension, size, binding)
        if (solution === undefined) continue
        binding.set(solution.name, solution.value)
        progress = true
      }
    }
    for (const { name, axis, dimension, size } of open) {
      const unknown = [...symbolsOf(dimension)].filter((s) => !binding.has(s))
      if (unknown.length > 0) {
        throw new FeedError(`run: input "${name}", axis ${axis}: no value of ${unknown.join(', ')} makes ${dimension} equal ${size}.`)
      }
      const expected = dimensionValue(dimension, binding)
      if (expected !== size) {
        const sizes = typeof dimension === 'number' ? `${dimension}` : `${dimension} = ${expected}, as other inputs say`
        throw new FeedError(`run: input "${name}", axis ${axis}: expected size ${sizes}, received ${size}.`)
      }
    }
    return binding
  }
}

/** What `program` is made from. */
export interface ProgramOptions {
  /** Inputs by name, or a list whose own names count. Inputs that nothing reads are kept: the caller's interface stays as declared. */
  readonly inputs: Readonly<Record<string, Input>> | readonly Input[]
  readonly outputs: Readonly<Record<string, Tensor>>
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * Freezes expressions to a Program that can be run, exported, counted.
 *
 * @throws DimensionError if an output depends on an input that is not listed, or two inputs or outputs share a name.
 * @example program({ inputs: [x, w], outputs: { y: relu(matMul(x, w)) } })
 */
export function program({ inputs, outputs, metadata = {} }: ProgramOptions): Program {
  const named: ProgramInput[] = Array.isArray(inputs)
    ? (inputs as readonly Input[]).map((tensor) => ({ name: tensor.name, tensor }))
    : Object.entries(inputs as Readonly<Record<string, Input>>).map(([name, tensor]) => ({ name, tensor }))
  const names = Object.keys(outputs)
  const simplified = wrapEarlier(simplify(names.map((name) => outputs[name] as Tensor)))
  return new Program(
    named,
    names.map((name, i) => ({ name, tensor: simplified[i] as Tensor })),
    metadata,
  )
}

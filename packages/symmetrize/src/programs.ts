import { type CarryOptions, carryOnnx } from '@equivar/export-onnx'
import {
  type Dimension,
  type Input,
  Node,
  Program,
  replaceSymbol,
  sameDimension,
  symbol,
  symbolicDimensionsOf,
  type Tensor,
} from '@equivar/tensor'
import type { Call, Tensors } from './call.ts'
import type { Step } from './method.ts'
import { applySymmetrized, type SymmetrizeOptions } from './symmetrize.ts'

/** A Program with a symmetry, and how it got it. */
export interface SymmetrizedProgram {
  readonly program: Program
  /** What was done for each factor of the group, the outermost first. The model runs as often as the product of their runs, for each example. */
  readonly steps: readonly Step[]
}

const isDimension = (value: unknown): value is Dimension => typeof value === 'object' && value !== null && 'terms' in value

/** An attribute with other sizes in it. */
function withSizes(value: unknown, sizes: (d: Dimension) => Dimension): unknown {
  if (isDimension(value)) return sizes(value)
  return Array.isArray(value) ? value.map((each) => withSizes(each, sizes)) : value
}

/** A Program as a function of its inputs. Sizes with a name become what the given inputs say. */
function callOf({ inputs, outputs, nodes }: Program): Call {
  return (given) => {
    const replaced = new Map<Tensor, Tensor>(inputs.map(({ name, tensor }) => [tensor, given[name] as Tensor]))
    const sizes = sizesIn(
      inputs.map(({ tensor }) => tensor),
      replaced,
    )
    for (const node of nodes) {
      if (node.inputs.every((x) => !replaced.has(x)) && symbolicDimensionsOf(node).every((d) => sizes(d) === d)) continue
      const attributes = Object.fromEntries(Object.entries(node.attributes).map(([name, value]) => [name, withSizes(value, sizes)]))
      const made = new Node(
        node.operator,
        node.inputs.map((x) => replaced.get(x) ?? x),
        attributes,
      )
      for (const [i, y] of node.outputs.entries()) replaced.set(y, made.outputs[i] as Tensor)
    }
    return Object.fromEntries(outputs.map(({ name, tensor }) => [name, replaced.get(tensor) ?? tensor]))
  }
}

/** What sizes become, where inputs become other tensors: those that are one symbol and changed. */
function sizesIn(inputs: readonly Input[], replaced: ReadonlyMap<Tensor, Tensor>): (d: Dimension) => Dimension {
  const changed = new Map<string, Dimension>()
  for (const tensor of inputs)
    for (const [axis, d] of tensor.shape.entries()) {
      const size = replaced.get(tensor)?.shape[axis]
      if (typeof d !== 'number' && size !== undefined && sameDimension(d, symbol(d.key)) && !sameDimension(d, size))
        changed.set(d.key, size)
    }
  return (d) => [...changed].reduce((now, [name, size]) => replaceSymbol(now, name, size), d)
}

const isLoop = ({ operator }: Node): boolean => operator.traits.includes('control')

/** What goes into the metadata of a symmetric Program. */
function described({ actions }: SymmetrizeOptions, steps: readonly Step[]): Record<string, string> {
  const words = (named: SymmetrizeOptions['actions']['inputs']): Record<string, string> =>
    Object.fromEntries(Object.entries(named).map(([name, action]) => [name, action.name]))
  return { 'equivar.symmetrized': JSON.stringify({ actions: words(actions.inputs), outputs: words(actions.outputs ?? {}), steps }) }
}

/** The Program of a model that became symmetric. */
function programOf(
  call: Call,
  inputs: readonly { readonly name: string; readonly tensor: Input }[],
  metadata: Readonly<Record<string, string>>,
  options: SymmetrizeOptions,
): SymmetrizedProgram {
  const given: Tensors = Object.fromEntries(inputs.map(({ name, tensor }) => [name, tensor]))
  const { outputs, steps } = applySymmetrized(call, given, options)
  const named = Object.entries(outputs).map(([name, tensor]) => ({ name, tensor }))
  return { program: new Program(inputs, named, { ...metadata, ...described(options, steps) }), steps }
}

/**
 * A Program made invariant, or equivariant, under a group: see symmetrize. Its parameters stay inputs, so that it can be trained.
 *
 * @throws RangeError if the actions do not fit, a group is too large for its method, or the Program has sizes that only a run tells.
 */
export function symmetrizeProgram(program: Program, options: SymmetrizeOptions): SymmetrizedProgram {
  if (program.toldSymbols.size > 0)
    throw new RangeError(
      `symmetrizeProgram: expected sizes that inputs tell, received ${[...program.toldSymbols].join(', ')}, which a run tells. Export the Program and use symmetrizeOnnx.`,
    )
  // The body of a loop has the batch of the Program around it in its shapes.
  const batch = options.batch ?? (program.nodes.some(isLoop) ? 'repeat' : undefined)
  return programOf(callOf(program), program.inputs, program.metadata, { ...options, ...(batch === undefined ? {} : { batch }) })
}

/**
 * Any ONNX file made invariant, or equivariant, under a group, as a Program that carries the file whole: write it by exportOnnx (or exportOnnxFiles), in the
 * file's own opset. It runs on ONNX Runtime and has no derivative.
 *
 * @param options - `where`: the file's name, for messages; `readExternal`: reads values that lie beside the model.
 * @throws OnnxFormatError if the file cannot be carried (see carryOnnx); RangeError if the actions do not fit, or a group is too large for its method.
 * @example exportOnnx(symmetrizeOnnx(await readFile('cnn.onnx'), { actions: { inputs: { x: parseAction('D4 on axes 2 3') } } }).program)
 */
export function symmetrizeOnnx(bytes: Uint8Array, options: SymmetrizeOptions & CarryOptions): SymmetrizedProgram {
  const { inputs, metadata, apply } = carryOnnx(bytes, options)
  return programOf(
    apply,
    inputs.map((tensor) => ({ name: tensor.name, tensor })),
    metadata,
    options,
  )
}

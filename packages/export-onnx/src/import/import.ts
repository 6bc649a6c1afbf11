import {
  type Dimension,
  type Input,
  input,
  type Program,
  product,
  program,
  repeat,
  symbol,
  type Tensor,
  type TensorValue,
} from '@equivar/tensor'
import { dataTypeOf } from '../codes.ts'
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from '../generated/onnx_pb.ts'
import { asFormatError, OnnxFormatError, readModel } from '../inspect.ts'
import { parseDimension } from './dimension-text.ts'
import { NodeReader } from './node-reader.ts'
import { buildNode } from './operators.ts'
import { foldSizes } from './sizes.ts'
import { asTensor, dataValue, type ReadExternal, readTensor, type Value } from './values.ts'

/** Settings of an import. */
export interface ImportOptions {
  /** The file's name, for messages. */
  readonly where?: string
  /** Makes every number of the file a constant; otherwise its parameters become inputs with values, so that they can be trained. */
  readonly frozen?: boolean
  /** Reads values that lie in a file beside the model. */
  readonly readExternal?: ReadExternal
}

/** An ONNX file as a Program. */
export interface ImportedOnnx {
  readonly program: Program
  /** Values of the inputs that are parameters. */
  readonly values: Readonly<Record<string, TensorValue>>
  readonly metadata: Readonly<Record<string, string>>
}

/** A graph that is being read; the body of a loop sees the graph around it. */
class GraphReader {
  readonly values = new Map<string, Value>()
  readonly #outer: GraphReader | undefined
  readonly #opset: number
  readonly #read: ReadExternal | undefined
  /** What the body of a loop takes from outside, under the name it has there. */
  readonly captured = new Map<string, { readonly inside: Input; readonly outside: Tensor }>()

  constructor(opset: number, read: ReadExternal | undefined, outer?: GraphReader) {
    this.#opset = opset
    this.#read = read
    this.#outer = outer
  }

  value(name: string): Value {
    const own = this.values.get(name)
    if (own !== undefined) return own
    if (this.#outer === undefined)
      throw new OnnxFormatError(`importOnnx: "${name}" is read before anything computes it. The file is damaged.`)
    return this.#capture(name, this.#outer.value(name))
  }

  #capture(name: string, found: Value): Value {
    if (found.tensor === undefined) return found
    const inside = input(`captured ${this.captured.size}`, found.tensor.dtype, found.tensor.shape)
    this.captured.set(name, { inside, outside: found.tensor })
    const value = { ...found, tensor: inside }
    this.values.set(name, value)
    return value
  }

  /** Reads initializers and nodes. @param parameter - makes an input of one, if it is to be a parameter. */
  read(graph: GraphProto, parameter: (name: string, value: Value) => Value = (_, value) => value): void {
    for (const proto of graph.initializer) this.values.set(proto.name, parameter(proto.name, dataValue(readTensor(proto, this.#read))))
    for (const node of graph.node) this.#readNode(node)
  }

  #readNode(node: NodeProto): void {
    const inputs = node.input.map((name) => (name === '' ? undefined : this.value(name)))
    const reader = new NodeReader(node, inputs, this.#opset)
    const results = this.#understood(reader, inputs)
    node.output.forEach((name, i) => {
      if (name === '') return
      this.values.set(name, results[i] ?? reader.refuse(`${results.length} outputs`, `${node.output.length}`))
    })
  }

  /** What a node gives; where `tensor` refuses its shapes or types, the error names the node. */
  #understood(reader: NodeReader, inputs: readonly (Value | undefined)[]): readonly Value[] {
    try {
      return this.#results(reader, inputs)
    } catch (cause) {
      throw asFormatError(cause, reader.where)
    }
  }

  #results(reader: NodeReader, inputs: readonly (Value | undefined)[]): readonly Value[] {
    const { opType } = reader.node
    if (opType === 'Loop') return this.#loop(reader)
    if (opType === 'Shape') {
      const sizes = reader.tensor(0).shape
      return [{ sizes: sizes.slice(reader.int('start', 0), reader.int('end', sizes.length)) }]
    }
    if (opType === 'Size') return [{ sizes: [product(reader.tensor(0).shape)], scalar: true }]
    if (opType === 'Constant') {
      const found = this.#constant(reader)
      if (found !== undefined) return [found]
    }
    if (opType === 'Cast' && inputs[0]?.sizes !== undefined && reader.int('to', 0) === 7) return [inputs[0]]
    const folded = inputs.some((value) => value === undefined) ? undefined : foldSizes(opType, inputs as Value[])
    return folded === undefined ? buildNode(reader).map((tensor) => ({ tensor })) : [folded]
  }

  #constant(reader: NodeReader): Value | undefined {
    const proto = reader.attribute('value')?.t
    if (proto !== undefined) return dataValue(readTensor(proto, this.#read))
    if (reader.hasAttribute('value_int')) return { sizes: [reader.int('value_int', 0)], scalar: true }
    return reader.hasAttribute('value_ints') ? { sizes: reader.ints('value_ints') } : undefined
  }

  #loop(reader: NodeReader): readonly Value[] {
    const body = reader.graph('body')
    const inner = new GraphReader(this.#opset, this.#read, this)
    const [counter, condition, ...stateInfos] = body.input.map(({ name }) => name)
    const iteration = input('iteration', 'int64', [])
    const first = stateInfos.map((_, i) => reader.tensor(i + 2))
    const states = first.map((x, i) => input(`state ${i}`, x.dtype, x.shape))
    inner.values.set(counter as string, { tensor: iteration })
    const going: Value = {}
    inner.values.set(condition as string, going)
    stateInfos.forEach((name, i) => {
      inner.values.set(name, { tensor: states[i] as Tensor })
    })
    inner.#passes(body, condition as string, reader)
    const [, ...results] = body.output.map(({ name }) => asTensor(inner.value(name)))
    const captured = [...inner.captured.values()]
    const names = (list: readonly Input[]): Record<string, Input> => Object.fromEntries(list.map((x) => [x.name, x]))
    const step = program({
      inputs: { iteration, ...names(states), ...names(captured.map(({ inside }) => inside)) },
      outputs: Object.fromEntries(results.map((x, i) => [`result ${i}`, x])),
    })
    const outputs = repeat(step, {
      count: reader.sizes(0)[0] as Dimension,
      states: first,
      captured: captured.map(({ outside }) => outside),
    })
    return outputs.map((tensor) => ({ tensor }))
  }

  /** Reads the body of a loop whose condition is only passed on: one that runs a fixed number of times. */
  #passes(body: GraphProto, condition: string, reader: NodeReader): void {
    const result = body.output[0]?.name
    const passing = body.node.find(({ output }) => output[0] === result)
    const passed = result === condition || (passing?.opType === 'Identity' && passing.input[0] === condition)
    if (!passed) reader.refuse('a loop that runs a fixed number of times', 'one with a condition')
    const nodes = body.node.filter((node) => node !== passing)
    this.read({ ...body, node: nodes })
    this.values.set(result as string, { sizes: [1], scalar: true })
  }
}

/** The input that an ONNX file declares. */
function declaredInput({ name, type }: ValueInfoProto, binds: Readonly<Record<string, string>>): Input {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined
  const dtype = dataTypeOf(tensor?.elemType ?? 0)
  if (dtype === undefined || tensor?.shape === undefined)
    throw new OnnxFormatError(
      `importOnnx: expected input "${name}" to be a tensor of a known rank and a type that Equivar has, received type ${tensor?.elemType}.`,
    )
  const shape = tensor.shape.dim.map(({ value }, axis) => {
    if (value.case === 'dimValue') return Number(value.value)
    return value.case === 'dimParam' && value.value !== '' ? parseDimension(value.value) : symbol(`${name.replace(/\W+/g, '_')}_${axis}`)
  })
  return input(name, dtype, shape, binds[name] === undefined ? {} : { binds: binds[name] })
}

function opsetOf(model: ModelProto, where: string): number {
  const version = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version
  if (version === undefined || version < 13n)
    throw new OnnxFormatError(
      `${where}: expected opset 13 or later of the standard domain, received ${version ?? 'none'}. Convert the model first.`,
    )
  return Number(version)
}

/**
 * An ONNX file as a Program: to run it on any backend, to differentiate it, to train it, to export it again.
 *
 * Parameters (floating initializers) become inputs, with their values beside the Program; sizes that the file computes from shapes become
 * symbolic dimensions.
 *
 * @throws OnnxFormatError if the file is damaged, its opset is older than 13, or it holds an operator, a type or a setting that Equivar lacks;
 *   the message names the node.
 * @example const { program, values } = importOnnx(await readFile('model.onnx'))
 */
export function importOnnx(bytes: Uint8Array, options: ImportOptions = {}): ImportedOnnx {
  const { where = 'the model' } = options
  const model = readModel(bytes, where)
  try {
    return readProgram(model, where, options)
  } catch (cause) {
    throw asFormatError(cause, where)
  }
}

function readProgram(model: ModelProto, where: string, { frozen = false, readExternal }: ImportOptions): ImportedOnnx {
  const graph = model.graph as GraphProto
  const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]))
  const { 'equivar.binds': bindings = '{}', ...others } = metadata
  const binds = JSON.parse(bindings) as Record<string, string>
  const reader = new GraphReader(opsetOf(model, where), readExternal)
  const constants = new Set(graph.initializer.map(({ name }) => name))
  const inputs: Record<string, Input> = {}
  for (const info of graph.input) {
    if (constants.has(info.name)) continue
    const declared = declaredInput(info, binds)
    inputs[info.name] = declared
    const bound = binds[info.name]
    reader.values.set(info.name, bound === undefined ? { tensor: declared } : { tensor: declared, sizes: [symbol(bound)], scalar: true })
  }
  const values: Record<string, TensorValue> = {}
  const own = model.producerName === 'equivar'
  reader.read(graph, (name, value) => {
    const { data } = value
    // Constants that Equivar writes have a # in their names; elsewhere a float that is no scalar is a parameter.
    const isParameter = data !== undefined && (own ? !name.includes('#') : data.dtype === 'float32' && data.shape.length > 0)
    if (frozen || !isParameter) return value
    values[name] = data
    inputs[name] = input(name, data.dtype, data.shape)
    return { tensor: inputs[name] }
  })
  const outputs = Object.fromEntries(graph.output.map(({ name }) => [name, asTensor(reader.value(name))]))
  return { program: program({ inputs, outputs, metadata: others }), values, metadata: others }
}

import { create } from '@bufbuild/protobuf'
import { input, Program, symbol, type Tensor, type TensorValue, topological } from '@equivar/tensor'
import { GraphProtoSchema, type ModelProto } from '../generated/onnx_pb.ts'
import { asFormatError, OnnxFormatError, readModel } from '../inspect.ts'
import { bindingsOf } from './bindings.ts'
import { DeclaredInputs } from './declared-inputs.ts'
import { DeclaredTypes } from './declared-types.ts'
import { GraphReader } from './graph-reader.ts'
import { SizesEquated } from './unnamed-sizes.ts'
import { asTensor, type ReadExternal, storedValue } from './values.ts'

/** Settings of an import. */
export interface ImportOptions {
  /** The file's name, for messages. */
  readonly where?: string
  /** Makes every number of the file a constant; otherwise its parameters become inputs with values, so that they can be trained. */
  readonly frozen?: boolean
  /**
   * Whether a node that Equivar cannot read is carried as it is (true if left out): the Program is exported again with it and runs on ONNX Runtime, and
   * `evaluate`, other backends and a derivative through it are errors that name it. False makes such a node an error here.
   */
  readonly carry?: boolean
  /** Names of values of the file, outputs or what nodes compute on the way: these become the outputs. Those of the file if left out. */
  readonly outputs?: readonly string[]
  /** Reads values that lie in a file beside the model. */
  readonly readExternal?: ReadExternal
}

/** An ONNX file as a Program. */
export interface ImportedOnnx {
  readonly program: Program
  /** Values of the inputs that are parameters. */
  readonly values: Readonly<Record<string, TensorValue>>
  /** Those of them that training does not update by a gradient: running means and variances of batch normalizations. */
  readonly statistics: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
}

function demandOpset(model: ModelProto, where: string): void {
  const version = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version
  if (version === undefined || version < 13n)
    throw new OnnxFormatError(
      `${where}: expected opset 13 or later of the standard domain, received ${version ?? 'none'}. Convert the model first.`,
    )
}

/**
 * An ONNX file as a Program: to run it on any backend, to differentiate it, to train it, to export it again.
 *
 * Parameters (float initializers that are no scalar, all finite, and no setting of a node) become inputs, with their values beside the Program; sizes that the file computes from shapes become
 * symbolic dimensions. Numbers of float16 constants are decoded; values of float16 parameters are bit patterns, as they were stored.
 *
 * A size of an input that has no name in the file is a symbol of its own until an operator wants it equal to another size; then it is that size. What
 * the Program computes is the same, but a 1 that only a run tells does not stretch to another input's size. A size that has a name is a number where the
 * file holds for that number alone.
 *
 * A node that Equivar cannot read is carried as it is (see `carry`), together with those behind it up to values whose type and shape the file tells.
 *
 * @throws OnnxFormatError if the file is damaged, its opset is older than 13, an input's rank is unknown, sizes clash, or what cannot be read is
 *   an input or has a type or shape that the file does not tell; the message names the node.
 * @example const { program, values } = importOnnx(await readFile('model.onnx'))
 */
export function importOnnx(bytes: Uint8Array, options: ImportOptions = {}): ImportedOnnx {
  const { where = 'the model' } = options
  try {
    return readProgram(readModel(bytes, where), where, options)
  } catch (cause) {
    throw asFormatError(cause, where)
  }
}

/** A mask of attention holds infinities, a weight does not. */
const isWeight = ({ dtype, shape, data }: TensorValue): boolean =>
  dtype === 'float32' && shape.length > 0 && (data as Float32Array).every(Number.isFinite)

/** Names that batch normalizations read as running means and variances. */
const statisticsOf = ({ graph }: ModelProto): ReadonlySet<string> =>
  new Set(graph?.node.flatMap(({ opType, input }) => (opType === 'BatchNormalization' ? input.slice(3, 5) : [])))

/** Inputs of nodes that are float numbers, and settings all the same: the region and the scales of Resize. */
const settingsOf = ({ graph }: ModelProto): ReadonlySet<string> =>
  new Set(graph?.node.flatMap(({ opType, input }) => (opType === 'Resize' ? input.slice(1, 3) : [])))

/**
 * The initializers of a file that are parameters: all but constants, which Equivar writes with a # in their names; elsewhere floats that are no scalar, all
 * finite, and no setting.
 */
function parametersOf(model: ModelProto, stored: ReadonlyMap<string, TensorValue>): Record<string, TensorValue> {
  const settings = settingsOf(model)
  const isParameter = ([name, value]: [string, TensorValue]): boolean =>
    model.producerName === 'equivar' ? !name.includes('#') : isWeight(value) && !settings.has(name)
  return Object.fromEntries([...stored].filter(isParameter))
}

/** A value of the file as an output. @throws OnnxFormatError if there is none of that name. */
function outputOf(reader: GraphReader, name: string): Tensor {
  const value = reader.find(name)
  if (value === undefined)
    throw new OnnxFormatError(
      `importOnnx: expected outputs to name values of the file, received "${name}". onnxNodes and viewers list them.`,
    )
  return asTensor(value)
}

function readProgram(
  model: ModelProto,
  where: string,
  { frozen = false, carry = true, outputs: wanted, readExternal }: ImportOptions,
): ImportedOnnx {
  const { graph = create(GraphProtoSchema), metadataProps } = model
  const { 'equivar.binds': binds = '{}', ...metadata } = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]))
  demandOpset(model, where)
  const initializers = new Map(graph.initializer.map((proto) => [proto.name, storedValue(proto, readExternal, carry)]))
  const stored = new Map([...initializers].flatMap(([name, value]) => (value.stored === undefined ? [] : [[name, value.stored] as const])))
  const values = frozen ? {} : parametersOf(model, stored)
  const declared = new DeclaredInputs(
    graph.input.filter(({ name }) => !initializers.has(name)),
    bindingsOf(binds),
  )
  const attempt = (onNode: () => void): Program => {
    const types = new DeclaredTypes(graph, model.opsetImport, (name) => declared.size(name))
    const reader = new GraphReader({ readExternal, unnamed: declared.unnamed, types, carries: carry, onNode })
    for (const _ of graph.input) onNode()
    const inputs = [...declared.inputs(), ...Object.entries(values).map(([name, { dtype, shape }]) => input(name, dtype, shape))]
    for (const x of inputs)
      reader.set(x.name, x.binds === undefined ? { tensor: x } : { tensor: x, sizes: [symbol(x.binds)], scalar: true })
    for (const [name, value] of initializers) if (!Object.hasOwn(values, name)) reader.set(name, value)
    reader.read(graph)
    const outputs = (wanted ?? graph.output.map(({ name }) => name)).map((name) => ({
      name,
      tensor: wanted === undefined ? asTensor(reader.value(name)) : outputOf(reader, name),
    }))
    // Below outputs that were chosen, parameters may be left that nothing reads.
    const read = new Set(topological(outputs.map(({ tensor }) => tensor)).flatMap((node) => node.outputs))
    const kept = inputs.filter((tensor) => wanted === undefined || read.has(tensor) || !Object.hasOwn(values, tensor.name))
    // A record would put names that are numbers first.
    return new Program(
      kept.map((tensor) => ({ name: tensor.name, tensor })),
      outputs,
      metadata,
    )
  }
  const program = untilSizesAgree(attempt)
  const names = new Set(program.inputs.map(({ name }) => name))
  const read = Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)))
  const statistics = [...statisticsOf(model)].filter((name) => Object.hasOwn(read, name))
  return { program, values: read, statistics, metadata }
}

/** A file is read again at least so often, and as long as all its nodes together were read less often than `MOST_READS`. */
const LEAST_REPEATS = 5
const MOST_READS = 100_000

/** Reads again whenever unnamed sizes became one; each time there are fewer of them. */
function untilSizesAgree(attempt: (onNode: () => void) => Program): Program {
  let reads = 0
  for (let repeats = 0; ; repeats++) {
    try {
      return attempt(() => reads++)
    } catch (cause) {
      if (!(cause instanceof SizesEquated)) throw cause
      if (repeats >= LEAST_REPEATS && reads > MOST_READS)
        throw new OnnxFormatError(
          `importOnnx: expected sizes with names, received more than ${repeats} without one that must be equal to others. Give the sizes of the inputs names when the model is exported.`,
        )
    }
  }
}

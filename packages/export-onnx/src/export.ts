import { create, toBinary } from '@bufbuild/protobuf'
import { FeedError, numberBytes, optimize, ownEntry, type Program, sameShape, type TensorValue } from '@equivar/tensor'
import { GraphProtoSchema, ModelProtoSchema } from './generated/onnx_pb.ts'
import { GraphBuilder } from './graph-builder.ts'
import { inHalf } from './half.ts'
import { nodesOfGraph, type OnnxNode } from './inspect.ts'
import type { Int8Ranges } from './int8.ts'
import { int8Nodes, needed } from './int8-nodes.ts'
import { lowerNodes } from './lowerings.ts'
import { nameOutputs } from './named-outputs.ts'
import { carriedFiles, ONNX_OPSET } from './opsets.ts'
import type { ExternalData } from './stored-tensor.ts'
import { type SumsInPieces, sumsInPieces } from './sums-in-pieces.ts'
import { onnxFile } from './target.ts'
import { valueInfo } from './value-info.ts'

/** Settings of an export. */
export interface ExportOptions {
  /** Inputs with a value here become part of the file; the others stay inputs. */
  readonly values?: Readonly<Record<string, TensorValue>>
  /** Text that goes into the file, beside the program's own metadata. */
  readonly metadata?: Readonly<Record<string, string>>
  /** The name of the graph. */
  readonly name?: string
  /**
   * Computes in float16, and stores values so: half the size, and twice the speed where the device has it. Inputs and outputs stay float32.
   * Results are good to about three digits; sums over thousands of elements to less. `inputs-and-outputs`: these are float16 as well.
   */
  readonly float16?: boolean | 'inputs-and-outputs'
  /**
   * Computes matrix products and convolutions with fixed weights in int8: a quarter of the size. The ranges of what they read and write come from runs of
   * `calibrationProgram`; what lies beyond them is cut off. Everything else stays float32.
   */
  readonly int8?: Int8Ranges
  /**
   * Writes the type and the shape of every value within the graph too, true if left out: viewers show them, and onnxBackend gives more threads to a
   * file that says how little it adds up by index (see needsOneThread). Without them a file is smaller, by 4 to 25 % where it holds no weights.
   */
  readonly shapes?: boolean
  /**
   * Which sums by index are written in pieces that ONNX Runtime adds in one thread, so that it may have more for the rest: those of `known` length and at most
   * 800,000 numbers if left out, or `none`; the others are for callers that ask before each run: see SumsInPieces.
   */
  readonly sums?: SumsInPieces
  /** Whether the Program went through `optimize` for an ONNX target already, and is written as it stands. False if left out. */
  readonly optimized?: boolean
}

/** The IR version that goes with an opset: 8 with 18, one more with each of the next ones. */
const irVersionOf = (opset: bigint): bigint => (opset < 19n ? 8n : opset < 21n ? 9n : 10n)

/** The larger one. */
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** Protobuf messages end at 2 GiB. */
const PROTOBUF_LIMIT = 2 ** 31 - 2 ** 20

type Values = Readonly<Record<string, TensorValue>>

/** The Program in the types asked for, with operators that files have; and the values in those types. */
function prepared(given: Program, options: ExportOptions): { readonly program: Program; readonly values: Values } {
  const { float16 = false, int8, optimized = false } = options
  if (float16 !== false && int8 !== undefined) throw new RangeError('exportOnnx: expected float16 or int8, received both. Leave one out.')
  const typed =
    float16 === false
      ? { program: given, values: options.values ?? {} }
      : inHalf(given, options.values ?? {}, float16 === 'inputs-and-outputs')
  return optimized ? typed : { ...typed, program: optimize(typed.program, onnxFile, { fixed: Object.keys(typed.values) }) }
}

/** Names the inputs, and stores those that have a value. */
function addInputs(graph: GraphBuilder, { inputs }: Program, values: Values): void {
  for (const { name, tensor } of inputs) {
    graph.setName(tensor, name)
    const value = ownEntry(values, name)
    if (value === undefined) continue
    if (value.dtype !== tensor.dtype || !sameShape(value.shape, tensor.shape)) {
      throw new FeedError(
        `exportOnnx: expected a value for "${name}" like ${String(tensor)}, received ${value.dtype} [${value.shape.join(', ')}].`,
      )
    }
    graph.addInitializer(name, value.dtype, value.shape, value.data)
  }
}

/** What the file says of itself: the caller's words, the inputs that bind a size, and the precision. */
function metadataOf({ metadata, inputs }: Program, options: ExportOptions): Record<string, string> {
  const binds = Object.fromEntries(inputs.flatMap(({ name, tensor }) => (tensor.binds === undefined ? [] : [[name, tensor.binds]])))
  return {
    ...metadata,
    ...options.metadata,
    ...(Object.keys(binds).length === 0 ? {} : { 'equivar.binds': JSON.stringify(binds) }),
    ...((options.float16 ?? false) === false ? {} : { 'equivar.float16': 'true' }),
    ...(options.int8 === undefined ? {} : { 'equivar.int8': 'true' }),
  }
}

function write(given: Program, options: ExportOptions, external: ExternalData | undefined): WrittenOnnx {
  const { name = 'equivar', shapes = true, int8, sums = 'known' } = options
  const { program, values } = prepared(given, options)
  const graph = new GraphBuilder(program, { external, shapes })
  addInputs(graph, program, values)
  const bytes = int8 === undefined ? [] : int8Nodes(program, values, int8)
  lowerNodes(graph, program.nodes, (nodes) => new Map([...bytes, ...sumsInPieces(nodes, sums)]))
  nameOutputs(graph, program)
  const outputs = program.outputs.map((output) => output.name)
  const kept = needed(graph.nodes, graph.initializers, outputs)
  const initializers = int8 === undefined && graph.opset === ONNX_OPSET ? graph.initializers : kept.initializers
  const made = new Set(kept.nodes.flatMap(({ output }) => output))
  const free = program.inputs.filter((input) => !Object.hasOwn(values, input.name))
  const graphProto = create(GraphProtoSchema, {
    name,
    node: [...kept.nodes],
    initializer: [...initializers],
    input: free.map(({ name: input, tensor }) => valueInfo(input, tensor.dtype, tensor.shape)),
    output: program.outputs.map(({ name: output, tensor }) => valueInfo(output, tensor.dtype, tensor.shape)),
    valueInfo: graph.shapes.filter((value) => made.has(value.name) && !outputs.includes(value.name)),
  })
  const opset = larger(BigInt(graph.opset), graph.domains.get('') ?? 0n)
  const files = carriedFiles(program)
  const model = create(ModelProtoSchema, {
    irVersion: files.reduce((version, file) => larger(version, file.irVersion), irVersionOf(opset)),
    producerName: 'equivar',
    opsetImport: [
      { domain: '', version: opset },
      ...[...graph.domains].flatMap(([domain, version]) => (domain === '' ? [] : [{ domain, version }])),
    ],
    metadataProps: Object.entries(metadataOf(program, options)).map(([key, value]) => ({ key, value })),
    graph: graphProto,
  })
  model.$unknown = [...new Set(files)].flatMap(({ functions }) => functions)
  return { bytes: toBinary(ModelProtoSchema, model), nodes: nodesOfGraph(graphProto) }
}

/** An ONNX file, and what is in it. */
export interface WrittenOnnx {
  readonly bytes: Uint8Array
  readonly nodes: readonly OnnxNode[]
}

function storedBytes({ dtype, data }: TensorValue, float16: boolean): number {
  return data.length * numberBytes[float16 && dtype === 'float32' ? 'float16' : dtype]
}

/**
 * A Program as an ONNX file: opset 18, standard domain only, symbolic sizes by their names. Operators that a file brought and that Equivar cannot read are
 * written as they were, with their domains; a later opset than 18 then is the file's. A file that the Program carries whole (carryOnnx) keeps its opset, older
 * or later.
 *
 * @returns the file's bytes.
 * @throws FeedError if a value does not fit its input; RangeError if the file would exceed 2 GiB (use exportOnnxFiles).
 */
export function exportOnnx(program: Program, options: ExportOptions = {}): Uint8Array {
  return writeOnnx(program, options).bytes
}

/** As exportOnnx, with the nodes of the file: a backend that has just written one need not read it. */
export function writeOnnx(program: Program, options: ExportOptions = {}): WrittenOnnx {
  const bytes = Object.values(options.values ?? {}).reduce(
    (sum, value) => sum + storedBytes(value, (options.float16 ?? false) !== false),
    0,
  )
  if (bytes > PROTOBUF_LIMIT) {
    throw new RangeError(
      `exportOnnx: expected values of at most ${PROTOBUF_LIMIT} bytes in one file, received ${bytes}. Use exportOnnxFiles.`,
    )
  }
  return write(program, options, undefined)
}

/** Settings of an export with a data file beside the model. */
export interface ExportFilesOptions extends ExportOptions {
  /** The data file's name, as the model refers to it (same folder). */
  readonly location: string
  /** Values of fewer bytes stay in the model; 1024 unless told. */
  readonly threshold?: number
}

/** An ONNX file and the data file beside it. */
export interface OnnxFiles {
  readonly model: Uint8Array
  /** The data file in order; write the chunks one after the other under the location's name. */
  readonly data: readonly Uint8Array[]
}

/**
 * A Program as an ONNX file with its large values in a second file, for models beyond 2 GiB.
 * Each of these starts at a multiple of 4096 bytes.
 */
export function exportOnnxFiles(program: Program, { location, threshold = 1024, ...options }: ExportFilesOptions): OnnxFiles {
  const external: ExternalData = { location, threshold, chunks: [], length: 0 }
  const { bytes: model } = write(program, options, external)
  return { model, data: external.chunks }
}

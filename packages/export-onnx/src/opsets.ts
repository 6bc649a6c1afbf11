import type { Program } from '@equivar/tensor'
import type { Attribute } from './attribute.ts'
import { type CarriedFile, isCarried, type Region } from './carried.ts'
import { OnnxFormatError } from './inspect.ts'

/** The opset of exported files. */
export const ONNX_OPSET = 18

/** The regions of a Program that are carried, those in the bodies of its loops too. */
function regionsOf({ nodes }: Program): Region[] {
  return nodes.flatMap(({ operator, attributes }) => {
    if (isCarried(operator)) return [operator.region]
    return 'body' in attributes ? regionsOf(attributes.body as Program) : []
  })
}

/** The files that a Program carries whole. */
export const carriedFiles = (program: Program): CarriedFile[] =>
  regionsOf(program).flatMap(({ file }) => (file === undefined ? [] : [file]))

/**
 * The version of the standard domain in which the nodes of a Program are written: 18, or that of an older file that it carries whole, whose nodes mean
 * something else in a later version.
 *
 * @throws OnnxFormatError if it carries regions whose versions differ, and one of them is a whole file.
 */
export function writtenOpset(program: Program): number {
  const regions = regionsOf(program)
  const whole = regions.find(({ file }) => file !== undefined)
  const version = whole?.opsets.get('')
  if (whole === undefined || version === undefined) return ONNX_OPSET
  const other = regions.find(({ opsets }) => (opsets.get('') ?? version) !== version)
  if (other !== undefined)
    throw new OnnxFormatError(
      `exportOnnx: expected carried nodes of opset ${version}, that of ${whole.file?.where}, received nodes of opset ${other.opsets.get('')}. Convert one of the files first.`,
    )
  return Math.min(ONNX_OPSET, Number(version))
}

/** A node as it is written: its operator, the names of what it reads, and its attributes. */
export interface NodeForm {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** What the forms of older opsets need to know of a graph. */
interface OlderGraph {
  readonly opset: number
  numbersOf(name: string): readonly number[] | undefined
}

/** Operators whose axes were an attribute before that opset. */
const axesAsInput: Readonly<Record<string, number>> = {
  Squeeze: 13,
  Unsqueeze: 13,
  ReduceSum: 13,
  ReduceMean: 18,
  ReduceMax: 18,
  ReduceMin: 18,
  ReduceProd: 18,
  ReduceLogSumExp: 18,
}

/** The first opset that has an operator, or has it as Equivar means it, where that is later than 7. */
const firstOpset: Readonly<Record<string, number>> = {
  ...{ Expand: 8, Where: 9, ConstantOfShape: 9, Sign: 9, OneHot: 9, EyeLike: 9, NonZero: 9, Erf: 9, IsNaN: 9, Mod: 10, IsInf: 10 },
  ...{ Sinh: 9, Cosh: 9, Asinh: 9, Acosh: 9, Atanh: 9, GatherElements: 11, GatherND: 11, ScatterElements: 11, ScatterND: 11, CumSum: 11 },
  ...{ Range: 11, Round: 11, TopK: 11, Loop: 11, LessOrEqual: 12, GreaterOrEqual: 12, Einsum: 12, Softmax: 13, LogSoftmax: 13, Trilu: 14 },
}

/** Says that an older opset cannot hold a node. */
function tooOld({ operator }: NodeForm, { opset }: OlderGraph, why: string): never {
  throw new OnnxFormatError(
    `exportOnnx: expected a carried file whose opset has ${operator} as Equivar writes it, received opset ${opset}: ${why}. Convert the file to opset 13 or later first (onnx.version_converter).`,
  )
}

/** The constant numbers of an input that was an attribute. */
function attributeNumbers(form: NodeForm, graph: OlderGraph, i: number): readonly number[] {
  const name = form.inputs[i]
  const numbers = name === undefined || name === '' ? undefined : graph.numbersOf(name)
  return numbers ?? tooOld(form, graph, `there its input ${i} is an attribute, and has to be known`)
}

const without = (attributes: NodeForm['attributes'], ...names: readonly string[]): NodeForm['attributes'] =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)))

type Older = (form: NodeForm, graph: OlderGraph) => Omit<NodeForm, 'operator'>

const axesAsAttribute: Older = (form, graph) => ({
  inputs: form.inputs.slice(0, 1),
  attributes: { ...form.attributes, ...(form.inputs.length < 2 ? {} : { axes: { ints: attributeNumbers(form, graph, 1) } }) },
})

const sliceByAttributes: Older = (form, graph) => {
  const [starts, ends] = [attributeNumbers(form, graph, 1), attributeNumbers(form, graph, 2)]
  const axes = form.inputs.length > 3 ? attributeNumbers(form, graph, 3) : starts.map((_, i) => i)
  if (form.inputs.length > 4 && attributeNumbers(form, graph, 4).some((step) => step !== 1)) tooOld(form, graph, 'it has no steps')
  return { inputs: form.inputs.slice(0, 1), attributes: { starts: { ints: starts }, ends: { ints: ends }, axes: { ints: axes } } }
}

const clipByAttributes: Older = (form, graph) => {
  const bound = (i: number, name: string): NodeForm['attributes'] =>
    (form.inputs[i] ?? '') === '' ? {} : { [name]: { float: attributeNumbers(form, graph, i)[0] as number } }
  return { inputs: form.inputs.slice(0, 1), attributes: { ...bound(1, 'min'), ...bound(2, 'max') } }
}

const padByAttributes: Older = (form, graph) => ({
  inputs: form.inputs.slice(0, 1),
  attributes: {
    ...form.attributes,
    pads: { ints: attributeNumbers(form, graph, 1) },
    value: { float: attributeNumbers(form, graph, 2)[0] as number },
  },
})

const splitByAttribute: Older = (form, graph) => ({
  inputs: form.inputs.slice(0, 1),
  attributes: { ...form.attributes, split: { ints: attributeNumbers(form, graph, 1) } },
})

/** Without it, a 0 among the sizes means the size that is there: no empty axis can be made. */
const reshapeWithoutZeros: Older = ({ inputs, attributes }) => ({ inputs, attributes: without(attributes, 'allowzero') })

const scatterWithoutReduction: Older = (form, graph) => {
  const { reduction } = form.attributes
  if (reduction !== undefined && 'string' in reduction && reduction.string !== 'none') tooOld(form, graph, 'it adds nothing up')
  return { inputs: form.inputs, attributes: without(form.attributes, 'reduction') }
}

/** Operators whose form changed, with the opset of the change. */
const changes: Readonly<Record<string, readonly [before: number, older: Older]>> = {
  Slice: [10, sliceByAttributes],
  Clip: [11, clipByAttributes],
  Pad: [11, padByAttributes],
  Split: [13, splitByAttribute],
  Reshape: [14, reshapeWithoutZeros],
  ScatterElements: [18, scatterWithoutReduction],
  ScatterND: [18, scatterWithoutReduction],
}

/**
 * A node of opset 18 in the form that the opset of a graph has for it.
 *
 * @throws OnnxFormatError if that opset lacks the operator, or wants numbers that only a run tells.
 */
export function inOpset(graph: OlderGraph, form: NodeForm): Omit<NodeForm, 'operator'> {
  const { operator } = form
  if (graph.opset >= ONNX_OPSET) return form
  const first = Object.hasOwn(firstOpset, operator) ? (firstOpset[operator] as number) : 0
  if (graph.opset < first) tooOld(form, graph, `the operator is there from opset ${first}`)
  if (graph.opset < (Object.hasOwn(axesAsInput, operator) ? (axesAsInput[operator] as number) : 0)) return axesAsAttribute(form, graph)
  const [before, older] = (Object.hasOwn(changes, operator) ? changes[operator] : undefined) ?? [0, undefined]
  return graph.opset < before && older !== undefined ? older(form, graph) : form
}

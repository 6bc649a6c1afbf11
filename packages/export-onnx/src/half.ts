import {
  cast,
  type DataType,
  encodeFloat16,
  type Input,
  input,
  isNode,
  LARGEST_FLOAT16,
  mapNodes,
  Node,
  ownEntry,
  type Program,
  program,
  type Tensor,
  type TensorValue,
  toNumbers,
} from '@equivar/tensor'

/** Parameters are not rounded to infinity in silence. */
function halfValue(name: string, { shape, data }: TensorValue): TensorValue {
  const numbers = toNumbers(data)
  const beyond = numbers.findIndex((value) => Number.isFinite(value) && Math.abs(value) > LARGEST_FLOAT16)
  if (beyond >= 0)
    throw new RangeError(
      `exportOnnx: expected values of "${name}" within +-${LARGEST_FLOAT16}, the range of float16, received ${numbers[beyond]} at position ${beyond}. Export it in float32.`,
    )
  return { dtype: 'float16', shape, data: Uint16Array.from(numbers, encodeFloat16) }
}

/** Constants stand for bounds as well (the lowest number of a masked maximum): what is beyond becomes the largest. */
const withinRange = (value: number): number =>
  Number.isFinite(value) ? Math.max(-LARGEST_FLOAT16, Math.min(LARGEST_FLOAT16, value)) : value

const half = (dtype: DataType): DataType => (dtype === 'float32' ? 'float16' : dtype)

/** Attributes that hold a type, or numbers of one. */
function halfAttributes(node: Node): object {
  if (isNode(node, 'Constant')) {
    const { data, shape, dtype } = node.attributes
    return dtype === 'float32' ? { data: toNumbers(data).map(withinRange), shape, dtype: 'float16' } : node.attributes
  }
  if (isNode(node, 'Cast')) return { to: half(node.attributes.to) }
  if (isNode(node, 'EyeLike') || isNode(node, 'OneHot')) return { ...node.attributes, dtype: half(node.attributes.dtype) }
  if (isNode(node, 'Loop')) return { ...node.attributes, body: halfBody(node.attributes.body) }
  return node.attributes
}

/** The body of a loop with float16 in place of float32, its inputs too. */
function halfBody(body: Program): Program {
  const inputs = Object.fromEntries(body.inputs.map(({ name, tensor }) => [name, input(name, half(tensor.dtype), tensor.shape)]))
  const outputs = halved(body, new Map<Tensor, Tensor>(body.inputs.map(({ name, tensor }) => [tensor, inputs[name] as Input])))
  return program({ inputs, outputs: Object.fromEntries(body.outputs.map(({ name }, i) => [name, outputs[i] as Tensor])) })
}

const halved = (given: Program, leaves: ReadonlyMap<Tensor, Tensor>): Tensor[] =>
  mapNodes(given, (node, inputs) => new Node(node.operator, inputs, halfAttributes(node)).outputs, leaves)

/**
 * The same Program with float16 inside. Its own inputs and outputs stay float32, unless a value is given for the input, or `outside` is true.
 *
 * @throws RangeError if a value is beyond the range of float16.
 */
export function inHalf(
  given: Program,
  values: Readonly<Record<string, TensorValue>>,
  outside: boolean,
): { program: Program; values: Record<string, TensorValue> } {
  const inputs: Input[] = []
  const converted: [string, TensorValue][] = []
  const leaves = new Map<Tensor, Tensor>()
  for (const { name, tensor } of given.inputs) {
    const value = ownEntry(values, name)
    const stored = value !== undefined && tensor.dtype === 'float32'
    if (value !== undefined) converted.push([name, stored ? halfValue(name, value) : value])
    const leaf = input(
      name,
      stored || outside ? half(tensor.dtype) : tensor.dtype,
      tensor.shape,
      tensor.binds === undefined ? {} : { binds: tensor.binds },
    )
    inputs.push(leaf)
    leaves.set(tensor, leaf.dtype === 'float32' ? cast(leaf, 'float16') : leaf)
  }
  const outputs = halved(given, leaves)
  const named = given.outputs.map(({ name, tensor }, i) => [name, cast(outputs[i] as Tensor, outside ? half(tensor.dtype) : tensor.dtype)])
  return {
    program: program({ inputs, outputs: Object.fromEntries(named), metadata: given.metadata }),
    values: Object.fromEntries(converted),
  }
}

import {
  cast,
  type DataType,
  type Input,
  input,
  Node,
  type OperatorAttributes,
  type OperatorName,
  type Program,
  program,
  type Tensor,
  type TensorValue,
  type TypedArray,
  topological,
} from '@equivar/tensor'
import { Float16Array } from '@petamoriken/float16'

/** The largest finite float16. */
const LARGEST = 65504

function bits(data: ArrayLike<number>): Uint16Array {
  return new Uint16Array(Float16Array.from(data).buffer)
}

/** Parameters are not rounded to infinity in silence. */
function halfValue(name: string, { shape, data }: TensorValue): TensorValue {
  const numbers = data as Float32Array
  const beyond = numbers.findIndex((value) => Number.isFinite(value) && Math.abs(value) > LARGEST)
  if (beyond >= 0)
    throw new RangeError(
      `exportOnnx: expected values of "${name}" within +-${LARGEST}, the range of float16, received ${numbers[beyond]} at position ${beyond}. Export it in float32.`,
    )
  return { dtype: 'float16', shape, data: bits(numbers) }
}

/** Constants stand for bounds as well (the lowest number of a masked maximum): what is beyond becomes the largest. */
const halfConstant = (data: TypedArray): Uint16Array =>
  bits(Array.from(data as Float64Array, (value) => (Number.isFinite(value) ? Math.max(-LARGEST, Math.min(LARGEST, value)) : value)))

const half = (dtype: DataType): DataType => (dtype === 'float32' ? 'float16' : dtype)

/** Attributes that hold a type, or numbers of one. */
function halfAttributes({ operator, attributes }: Node): OperatorAttributes[OperatorName] {
  switch (operator.name) {
    case 'Constant': {
      const { data, shape, dtype } = attributes as OperatorAttributes['Constant']
      return dtype === 'float32' ? { data: halfConstant(data), shape, dtype: 'float16' } : attributes
    }
    case 'Cast':
      return { to: half((attributes as OperatorAttributes['Cast']).to) }
    case 'EyeLike':
    case 'OneHot': {
      const typed = attributes as OperatorAttributes['EyeLike'] | OperatorAttributes['OneHot']
      return { ...typed, dtype: half(typed.dtype) }
    }
    case 'Loop': {
      const { body, ...rest } = attributes as OperatorAttributes['Loop']
      const inside = new Map<Tensor, Tensor>(body.inputs.map(({ name, tensor }) => [tensor, input(name, half(tensor.dtype), tensor.shape)]))
      const outputs = halved(
        body.outputs.map(({ tensor }) => tensor),
        inside,
      )
      const inputs = Object.fromEntries(body.inputs.map(({ name, tensor }) => [name, inside.get(tensor) as Input]))
      return {
        ...rest,
        body: program({ inputs, outputs: Object.fromEntries(body.outputs.map(({ name }, i) => [name, outputs[i] as Tensor])) }),
      }
    }
    default:
      return attributes
  }
}

/** IsInf takes float16 from opset 20 on only, and ONNX Runtime adds to scattered places in float32 alone on the cpu. */
function inFloat32({ operator, attributes }: Node): boolean {
  const scatters = operator.name === 'ScatterND' || operator.name === 'ScatterElements'
  return operator.name === 'IsInf' || (scatters && (attributes as OperatorAttributes['ScatterND']).reduction !== 'none')
}

function halved(tensors: readonly Tensor[], leaves: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  const replaced = new Map<Tensor, Tensor>(leaves)
  for (const node of topological(tensors)) {
    if (node.operator.name === 'Input') continue
    const inputs = node.inputs.map((x) => replaced.get(x) as Tensor)
    const wide = inFloat32(node)
    const given = wide ? inputs.map((x) => (x.dtype === 'float16' ? cast(x, 'float32') : x)) : inputs
    const made = new Node(node.operator, given, halfAttributes(node))
    node.outputs.forEach((y, i) => {
      const result = made.outputs[i] as Tensor
      replaced.set(y, wide && result.dtype === 'float32' ? cast(result, 'float16') : result)
    })
  }
  return tensors.map((x) => replaced.get(x) as Tensor)
}

/**
 * The same Program with float16 inside. Its own inputs and outputs stay float32, unless a value is given for the input, or `outside` is true.
 *
 * @throws RangeError if a value is beyond the range of float16.
 */
export function inHalf(
  given: Program,
  values: Readonly<Record<string, TensorValue>>,
  outside: boolean = false,
): { program: Program; values: Record<string, TensorValue> } {
  const inputs: Record<string, Input> = {}
  const converted: Record<string, TensorValue> = {}
  const leaves = new Map<Tensor, Tensor>()
  for (const { name, tensor } of given.inputs) {
    const value = values[name]
    const stored = value !== undefined && tensor.dtype === 'float32'
    if (value !== undefined) converted[name] = stored ? halfValue(name, value) : value
    const leaf = input(
      name,
      stored || outside ? half(tensor.dtype) : tensor.dtype,
      tensor.shape,
      tensor.binds === undefined ? {} : { binds: tensor.binds },
    )
    inputs[name] = leaf
    leaves.set(tensor, leaf.dtype === 'float32' ? cast(leaf, 'float16') : leaf)
  }
  const outputs = halved(
    given.outputs.map(({ tensor }) => tensor),
    leaves,
  )
  const named = given.outputs.map(({ name, tensor }, i) => [name, cast(outputs[i] as Tensor, outside ? half(tensor.dtype) : tensor.dtype)])
  return { program: program({ inputs, outputs: Object.fromEntries(named), metadata: given.metadata }), values: converted }
}

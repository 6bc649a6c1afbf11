import {
  type ArrayOf,
  arrayName,
  type Datatype,
  datatypeNames,
  datatypeOf,
  type EquivarDataType,
  elementCount,
  fill,
  fromEquivar,
  holds,
  isDatatype,
  isShape,
  type NumericArray,
  zeros,
} from './datatypes.ts'
import { inputError } from './errors.ts'

/**
 * One input of a model.
 *
 * Its type is `datatype`, else `dtype` (a type name of `@equivar/tensor`), else that of the array: `Float32Array` is FP32, `BigInt64Array` INT64,
 * `Uint8Array` UINT8 (set `datatype: 'BOOL'` for a mask), `Uint16Array` UINT16 (set `'FP16'` for bit patterns). Plain arrays are converted:
 * numbers to FP32 unless a type is given, bigints to INT64, booleans to BOOL.
 */
export interface InferenceInput {
  /** The sizes of the axes. */
  readonly shape: readonly number[]
  /** The elements in row-major order. */
  readonly data: NumericArray | readonly number[] | readonly bigint[] | readonly boolean[]
  readonly datatype?: Datatype | undefined
  readonly dtype?: EquivarDataType | undefined
}

/** A tensor whose elements are in the typed array for its type. */
export interface Tensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly datatype: Datatype
  readonly data: NumericArray
}

/** One output of a model. Its `datatype` determines the array type of `data`. */
export type InferenceOutput = {
  [D in Datatype]: { readonly datatype: D; readonly shape: readonly number[]; readonly data: ArrayOf<D> }
}[Datatype]

function typeOf(where: string, { data, datatype, dtype }: InferenceInput): Datatype {
  const said = datatype ?? dtype
  if (said !== undefined) {
    const named = isDatatype(said) ? said : fromEquivar(said)
    if (named === undefined) throw inputError(where, `a datatype of ${datatypeNames()}`, String(said))
    return named
  }
  if (Array.isArray(data)) return typeof data[0] === 'bigint' ? 'INT64' : typeof data[0] === 'boolean' ? 'BOOL' : 'FP32'
  const own = datatypeOf(data)
  if (own === undefined) throw inputError(where, 'data in a typed array or an array', describe(data))
  return own
}

const describe = (value: unknown): string => (typeof value === 'object' && value !== null ? value.constructor.name : typeof value)

function converted(where: string, datatype: Datatype, data: InferenceInput['data']): NumericArray {
  if (holds(data, datatype)) return data
  if (!Array.isArray(data) || datatype === 'FP16') {
    const remedy = datatype === 'FP16' ? 'FP16 is sent as bit patterns.' : undefined
    throw inputError(where, `${datatype} in a ${arrayName(datatype)}`, describe(data), remedy)
  }
  const target = zeros(datatype, data.length)
  const wrong = fill(target, datatype, data)
  if (wrong >= 0) throw inputError(where, `elements of ${datatype}`, `${String(data[wrong])} at ${wrong}`)
  return target
}

function checkBooleans(where: string, data: NumericArray): void {
  const wrong = (data as Uint8Array).findIndex((element) => element > 1)
  if (wrong >= 0) throw inputError(where, 'elements of BOOL, 0 or 1', `${data[wrong]} at ${wrong}`)
}

/**
 * Checks one input and converts it to the typed array for its type.
 *
 * @throws InferenceError of kind `input` if type, shape and elements do not agree.
 */
export function inputTensor(model: string, name: string, input: InferenceInput): Tensor {
  const where = `infer ${model}, input ${name}`
  if (!isShape(input?.shape)) throw inputError(where, 'a shape of sizes, each 0 or more', JSON.stringify(input?.shape) ?? 'none')
  const datatype = typeOf(where, input)
  const data = converted(where, datatype, input.data)
  const count = elementCount(input.shape)
  if (data.length !== count) {
    throw inputError(where, `${count} elements for shape [${input.shape.join(', ')}]`, `${data.length}`)
  }
  if (datatype === 'BOOL') checkBooleans(where, data)
  return { name, shape: input.shape, datatype, data }
}

import { type Dimension, type Input, input, symbol, symbolsOf } from '@equivar/tensor'
import type { ValueInfoProto } from '../generated/onnx_pb.ts'
import { OnnxFormatError } from '../inspect.ts'
import { importedType, READABLE_TYPES, typeName } from './data-types.ts'
import { parseDimension, sizeName } from './dimension-text.ts'
import { UnnamedSizes } from './unnamed-sizes.ts'

/** The inputs that a file declares, without those that initializers give a value. */
export class DeclaredInputs {
  readonly unnamed: UnnamedSizes
  readonly #symbols: ReadonlySet<string>
  readonly #infos: readonly ValueInfoProto[]
  readonly #binds: ReadonlyMap<string, string>
  readonly #names: ReadonlySet<string>

  constructor(infos: readonly ValueInfoProto[], binds: ReadonlyMap<string, string>) {
    this.#infos = infos
    this.#binds = binds
    const texts = infos.flatMap(({ type }) =>
      type?.value.case === 'tensorType'
        ? (type.value.value.shape?.dim ?? []).flatMap(({ value }) => (value.case === 'dimParam' ? [value.value] : []))
        : [],
    )
    this.#names = new Set([...texts, ...binds.values()])
    const symbols = new Set([...this.#names].flatMap((text) => [...symbolsOf(this.#named(text))]))
    this.#symbols = symbols
    const bound = new Set(binds.values())
    this.unnamed = new UnnamedSizes(
      symbols,
      [...symbols].filter((name) => !bound.has(name)),
    )
  }

  /** New inputs, with what is known of unnamed sizes by now. */
  inputs(): Input[] {
    return this.#infos.map((info) => this.#input(info))
  }

  /** What a size of that name is by now; undefined if no input has it. */
  size(name: string): Dimension | undefined {
    return this.#symbols.has(name) ? this.unnamed.current(symbol(name)) : undefined
  }

  /** A text that is no formula of sizes that have a name themselves is a name: `batch-size`. */
  #named(text: string): Dimension {
    const parsed = parseDimension(text)
    const names = [...symbolsOf(parsed)]
    return names.length < 2 || names.every((name) => this.#names.has(name)) ? parsed : symbol(sizeName(text))
  }

  #input({ name, type }: ValueInfoProto): Input {
    if (type?.value.case !== 'tensorType')
      throw new OnnxFormatError(`importOnnx: expected input "${name}" to be a tensor, received ${type?.value.case ?? 'no type'}.`)
    const { elemType, shape } = type.value.value
    const dtype = importedType(elemType)
    if (dtype === undefined)
      throw new OnnxFormatError(`importOnnx: expected input "${name}" of type ${READABLE_TYPES}, received ${typeName(elemType)}.`)
    if (shape === undefined)
      throw new OnnxFormatError(
        `importOnnx: expected input "${name}" of a known rank, received one of unknown rank: the file gives it no shape. Export it again with a shape; sizes that vary may have names.`,
      )
    const sizes = shape.dim.map(({ value }, axis) => {
      if (value.case === 'dimValue') return Number(value.value)
      return value.case === 'dimParam' && value.value !== ''
        ? this.unnamed.current(this.#named(value.value))
        : this.unnamed.size(name, axis)
    })
    const binds = this.#binds.get(name)
    const pinned = Object.fromEntries(
      shape.dim.flatMap(({ value }, axis) =>
        value.case === 'dimParam' && value.value !== '' && typeof sizes[axis] === 'number' ? [[axis, value.value]] : [],
      ),
    )
    return input(name, dtype, sizes, { pinned, ...(binds === undefined ? {} : { binds }) })
  }
}

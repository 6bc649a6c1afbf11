import { type BatchRecipe, batchRecipe } from '@equivar/batching'
import { inspectOnnx, type OnnxDescription } from '@equivar/export-onnx'
import { UsageError } from '../errors.ts'

/** A loaded version of a model. A changed file becomes a new ServedModel. */
export class ServedModel {
  readonly name: string
  readonly version: string
  /** Its key in the workers. */
  readonly key: number
  readonly description: OnnxDescription
  readonly recipe: BatchRecipe
  readonly bytes: Uint8Array
  readonly outputNames: readonly string[]

  /** @throws OnnxFormatError if the bytes are not a complete ONNX model; UsageError if it has an input of an unsupported type. */
  constructor({ name, version, key, bytes, where }: { name: string; version: string; key: number; bytes: Uint8Array; where: string }) {
    this.name = name
    this.version = version
    this.key = key
    this.bytes = bytes
    this.description = inspectOnnx(bytes, where)
    const strange = this.description.inputs.find(({ dtype }) => dtype === undefined)
    if (strange !== undefined)
      throw new UsageError(`${where}: expected inputs of float32, float16, int32, int64 or bool, found another type at "${strange.name}"`)
    this.recipe = batchRecipe(this.description)
    this.outputNames = this.description.outputs.map(({ name: output }) => output)
  }

  toString(): string {
    return `${this.name}/${this.version}`
  }
}

import { type BatchRecipe, batchRecipe } from '@equivar/batching'
import { categoryNames, classNames, inspectOnnx, type OnnxDescription } from '@equivar/export-onnx'
import { UsageError } from '../errors.ts'

/** The class names of the output that has one number for each class. */
function labelsOf({ outputs, metadata }: OnnxDescription): Record<string, readonly string[]> {
  const classes = classNames(metadata)
  const labelled = outputs.filter(({ name, shape }) => name === 'logits' && classes.length > 0 && shape.at(-1) === classes.length)
  return Object.fromEntries(labelled.map(({ name }) => [name, classes]))
}

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
  /** The names of the classes of each output that has some. */
  readonly labels: Readonly<Record<string, readonly string[]>>
  /** The names of the categories of each input that has some, by channel. */
  readonly categories: ReturnType<typeof categoryNames>

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
    this.labels = labelsOf(this.description)
    this.categories = categoryNames(this.description.metadata)
  }

  toString(): string {
    return `${this.name}/${this.version}`
  }
}

import { classNames, inspectOnnx, type OnnxDescription, type OnnxSummary, summarizeOnnx } from '@equivar/export-onnx'
import { type Declared, declaredSymmetries } from './declared.ts'

/** The largest file that is opened: a page has at most 4 GB, and the runtime copies what it reads. */
const MOST_BYTES = 2 ** 30

/** A model as its file describes it. */
export interface ModelFile {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly description: OnnxDescription
  readonly summary: OnnxSummary
  readonly classes: readonly string[]
  readonly symmetries: readonly Declared[]
}

/** A size in bytes, as one says it. */
export const sizeText = (bytes: number): string => {
  const [unit, size]: [string, number] = bytes < 2 ** 20 ? ['kB', 2 ** 10] : bytes < 2 ** 30 ? ['MB', 2 ** 20] : ['GB', 2 ** 30]
  return `${(bytes / size).toLocaleString('en', { maximumSignificantDigits: 3 })} ${unit}`
}

/** @throws RangeError if a file is too large to be run in a page. */
export function demandSize(name: string, bytes: number): void {
  if (bytes > MOST_BYTES)
    throw new RangeError(
      `${name}: expected a file of at most ${sizeText(MOST_BYTES)}, received ${sizeText(bytes)}: it does not fit a page. Check it with “equivar verify” and serve it with “equivar-infer”.`,
    )
}

/** Reads what a file says of its model. @throws Error if it is no ONNX file, or lacks what it needs to run. */
export function readModelFile(name: string, bytes: Uint8Array<ArrayBuffer>): ModelFile {
  demandSize(name, bytes.length)
  const [description, summary] = [inspectOnnx(bytes, name), summarizeOnnx(bytes, name)]
  if (summary.externalFiles.length > 0)
    throw new Error(
      `${name}: expected a file that holds its weights, received one whose weights lie in ${summary.externalFiles.join(', ')}. Save the model as one file (onnx.save_model with save_as_external_data=False).`,
    )
  const odd = description.inputs.find(({ dtype }) => dtype === undefined)
  if (odd !== undefined)
    throw new Error(
      `${name}: expected inputs of type float32, float16, int32, int64 or bool, received the input “${odd.name}” of another type.`,
    )
  const names = { inputs: description.inputs.map((each) => each.name), outputs: description.outputs.map((each) => each.name) }
  return {
    name,
    bytes,
    description,
    summary,
    classes: classNames(description.metadata),
    symmetries: declaredSymmetries(description.metadata, names),
  }
}

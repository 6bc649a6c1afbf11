import type { OnnxValue } from '@equivar/export-onnx'
import { RequestFailure } from '../errors.ts'
import { refuseExtensions } from './extensions.ts'
import { isObject, type Json, kindOf, own, parametersOf, refused } from './json-object.ts'

/** A requested output and its encoding. */
export interface WantedOutput {
  readonly name: string
  readonly binary: boolean
  /** How many of the largest numbers of each row to answer with, as texts with their class; undefined for the numbers themselves. */
  readonly classification?: number | undefined
}

/** Largest number of classes per row. */
const MOST_CLASSES = 1000

function flagOf(parameters: Json, name: string): boolean | undefined {
  const flag = own(parameters, name)
  if (flag !== undefined && typeof flag !== 'boolean') throw refused(`${name} true or false`, kindOf(flag))
  return flag as boolean | undefined
}

function classificationOf(parameters: Json, { name, dtype, shape }: OnnxValue): number | undefined {
  const count = own(parameters, 'classification')
  if (count === undefined) return undefined
  if (!Number.isInteger(count) || (count as number) < 1 || (count as number) > MOST_CLASSES) {
    throw refused(`output "${name}" with classification from 1 to ${MOST_CLASSES}`, kindOf(count))
  }
  if (dtype !== 'float32' || shape.length !== 2) {
    throw new RequestFailure(
      400,
      `output "${name}": expected FP32 of shape [rows, classes] for the extension classification, but it has shape [${shape.join(', ')}]. Request it without "classification".`,
    )
  }
  return count as number
}

function wantedOutput(given: unknown, outputs: readonly OnnxValue[], binaryByDefault: boolean): WantedOutput {
  const name = isObject(given) ? own(given, 'name') : undefined
  const output = outputs.find((each) => each.name === name)
  if (!isObject(given) || output === undefined) {
    throw refused(`outputs named ${outputs.map((each) => `"${each.name}"`).join(', ')}`, kindOf(isObject(given) ? name : given))
  }
  const parameters = parametersOf(given, `output "${output.name}"`)
  refuseExtensions(parameters, `output "${output.name}"`)
  const classification = classificationOf(parameters, output)
  return { name: output.name, binary: flagOf(parameters, 'binary_data') ?? binaryByDefault, ...(classification && { classification }) }
}

/**
 * The outputs that a request wants, each with its encoding; all of the model if it names none.
 *
 * @throws RequestFailure (400) if it names outputs that do not exist or one twice, or uses an extension that the server does not have.
 * @see Triton's classification and binary tensor data extensions.
 */
export function wantedOutputs(request: Json, outputs: readonly OnnxValue[]): WantedOutput[] {
  const parameters = parametersOf(request, 'a request')
  refuseExtensions(parameters, 'a request')
  const all = flagOf(parameters, 'binary_data_output') ?? false
  const wanted = own(request, 'outputs')
  if (wanted === undefined) return outputs.map(({ name }) => ({ name, binary: all }))
  if (!Array.isArray(wanted)) throw refused('"outputs" that is an array', kindOf(wanted))
  const read = wanted.map((output: unknown) => wantedOutput(output, outputs, all))
  const twice = read.find(({ name }, i) => read.findIndex((other) => other.name === name) < i)
  if (twice !== undefined) throw refused('each output once', `"${twice.name}" twice`)
  return read
}

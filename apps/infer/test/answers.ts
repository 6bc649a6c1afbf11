import { type LoadedOnnx, loadOnnx } from '@equivar/backend-onnx'
import { Random, type TensorValue, tensorValue } from '@equivar/tensor'
import { expect } from 'vitest'
import { graphsModel, imagesModel, requests, signalsModel } from './models.ts'
import { binaryBody, jsonInputs, post } from './running.ts'

type Kind = keyof typeof requests

/** The served models. */
export const files: Readonly<Record<Kind, Uint8Array>> = { signals: signalsModel(), graphs: graphsModel(), images: imagesModel() }
const kinds = Object.keys(files) as Kind[]

const fullMask = ({ shape: [batch = 0, n = 0] }: TensorValue): TensorValue =>
  tensorValue('bool', [batch, n], new Uint8Array(batch * n).fill(1))

/**
 * Sends requests of mixed sizes in random order, in turns as JSON and binary, and expects the outputs that ONNX Runtime gives for each alone on the CPU.
 *
 * @param callers - number of simultaneous requests.
 * @param tolerance - relative to the largest magnitude, or to 1 if that is larger.
 */
export async function expectSameAnswers(
  url: string,
  { count, callers, tolerance }: { readonly count: number; readonly callers: number; readonly tolerance: number },
): Promise<void> {
  const models = new Map<Kind, LoadedOnnx>()
  for (const kind of kinds) models.set(kind, await loadOnnx(files[kind], { threads: 1 }))
  const expected = async (kind: Kind, values: Record<string, TensorValue>): Promise<Float32Array> => {
    const mask = values.mask ?? (kind === 'signals' ? fullMask(values.x as TensorValue) : undefined)
    const outputs = await models.get(kind)?.run(mask === undefined ? values : { ...values, mask })
    return (await outputs?.logits?.data()) as Float32Array
  }
  const ask = async (i: number): Promise<void> => {
    const kind = kinds[i % kinds.length] as Kind
    const values = requests[kind](i)
    const { body, headerLength } = binaryBody(values)
    const to = `${url}/v2/models/${kind}/infer`
    const binary = { 'inference-header-content-length': `${headerLength}` }
    const { status, json } = i % 2 === 0 ? await post(to, { inputs: jsonInputs(values) }) : await post(to, body, binary)
    expect([status, json.error]).toEqual([200, undefined])
    const found = json.outputs?.[0]?.data as number[]
    const wanted = await expected(kind, values)
    expect(found).toHaveLength(wanted.length)
    const scale = Math.max(1, ...wanted.map(Math.abs))
    wanted.forEach((value, n) => {
      expect(Math.abs(value - (found[n] as number)) / scale).toBeLessThan(tolerance)
    })
  }
  const order = Array.from(new Random({ seed: 3, stream: 'order' }).permutation(count))
  const caller = async (): Promise<void> => {
    for (let i = order.pop(); i !== undefined; i = order.pop()) await ask(i)
  }
  await Promise.all(Array.from({ length: callers }, caller))
  for (const model of models.values()) await model.dispose()
}

/** The outputs of a model without a server, as the reference for all answers. */
import { loadOnnx } from '@equivar/backend-onnx'

/**
 * @typedef {Record<string, { shape: readonly number[], data: Float32Array }>} Expected
 */

/**
 * Runs workloads on ONNX Runtime, one by one.
 *
 * @param {Record<string, string>} models - file by name.
 * @returns {Promise<(workload: import('./workloads.js').Workload) => Promise<Expected>>}
 */
export async function directRuns(models) {
  const loaded = Object.fromEntries(
    await Promise.all(Object.entries(models).map(async ([name, file]) => [name, await loadOnnx(file, { threads: 1 })])),
  )
  return async ({ model, feeds }) => {
    const outputs = await loaded[model].run(feeds)
    const entries = Object.entries(outputs).map(async ([name, tensor]) => [
      name,
      { shape: tensor.shape, data: (await tensor.data()).slice() },
    ])
    return Object.fromEntries(await Promise.all(entries))
  }
}

/**
 * The largest difference between an answer and the reference, relative if the reference is above 1.
 *
 * @param {Expected} expected
 * @param {Record<string, { shape: number[], data: number[] }>} received
 * @returns {number} Infinity if an output is missing or has a wrong shape, or one of the two numbers is not finite.
 */
export function difference(expected, received) {
  let worst = 0
  for (const [name, { shape, data }] of Object.entries(expected)) {
    const answer = received[name]
    if (answer === undefined || String(answer.shape) !== String(shape) || answer.data.length !== data.length)
      return Number.POSITIVE_INFINITY
    for (let i = 0; i < data.length; i++) {
      const apart = Math.abs(answer.data[i] - data[i]) / Math.max(1, Math.abs(data[i]))
      if (!(apart <= worst)) worst = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart
    }
  }
  return worst
}

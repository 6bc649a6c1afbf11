/**
 * Random requests for the models of the benchmarks: sets, sparse graphs, images, each of a random size.
 */
import { readFileSync } from 'node:fs'
import { inspectOnnx } from '@equivar/export-onnx'
import { Random } from '@equivar/tensor/random'

/**
 * @typedef {import('@equivar/tensor').TensorValue} TensorValue
 * @typedef {{ model: string, feeds: Record<string, TensorValue> }} Workload
 */

/** @param {Random} random @param {number[]} shape @returns {TensorValue} */
function floats(random, shape) {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1))
  for (let i = 0; i < data.length; i++) data[i] = random.normal()
  return { dtype: 'float32', shape, data }
}

/** @param {Random} random @param {number} from @param {number} to */
const between = (random, from, to) => from + random.integer(to - from + 1)

/** Sets of `from` to `to` elements; each example has a random size of at least one. */
function sets(random, { shape }, { from, to, batch }) {
  const examples = between(random, 1, batch)
  const sizes = Array.from({ length: examples }, () => between(random, from, to))
  const longest = Math.max(...sizes)
  const mask = new Uint8Array(examples * longest)
  for (const [example, size] of sizes.entries()) mask.fill(1, example * longest, example * longest + size)
  const element = shape.slice(2).map((size) => (typeof size === 'number' ? size : 100))
  return { x: floats(random, [examples, longest, ...element]), mask: { dtype: 'bool', shape: [examples, longest], data: mask } }
}

/** Trees with some additional edges, each in both directions; the first channels are one-hot. */
function graphs(random, { shape }, { from, to, batch }) {
  const channels = /** @type {number} */ (shape[1])
  const count = between(random, 1, batch)
  const sources = []
  const targets = []
  const owners = []
  for (let graph = 0; graph < count; graph++) {
    const first = owners.length
    const size = between(random, from, to)
    for (let node = 0; node < size; node++) {
      owners.push(graph)
      if (node === 0) continue
      const neighbours = node > 2 && random.integer(4) === 0 ? [node - 1, random.integer(node - 1)] : [random.integer(node)]
      for (const neighbour of neighbours) {
        sources.push(first + node, first + neighbour)
        targets.push(first + neighbour, first + node)
      }
    }
  }
  const x = new Float32Array(owners.length * channels)
  for (let node = 0; node < owners.length; node++) x[node * channels + random.integer(channels)] = 1
  return {
    x: { dtype: 'float32', shape: [owners.length, channels], data: x },
    edge_index: { dtype: 'int64', shape: [2, sources.length], data: BigInt64Array.from([...sources, ...targets], BigInt) },
    batch: { dtype: 'int64', shape: [owners.length], data: BigInt64Array.from(owners, BigInt) },
    num_graphs: { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(count)) },
  }
}

/** Random values for images, spheres and other models with one float input and a batch axis. */
function dense(random, { shape }, { batch }) {
  return { x: floats(random, [between(random, 1, batch), ...shape.slice(1)]) }
}

/** The sizes of requests: elements of a set or nodes of a graph, and examples per request. */
export const extents = {
  small: { from: 5, to: 25, batch: 1 },
  mixed: { from: 1, to: 40, batch: 4 },
  heavy: { from: 25, to: 25, batch: 4 },
  equal: { from: 25, to: 25, batch: 1 },
}

/**
 * A maker of requests for a model file.
 *
 * @param {string} model - its name at the server.
 * @param {string} file
 * @param {keyof typeof extents} extent
 * @param {number} seed
 * @returns {() => Workload} a generator that gives the same requests for the same seed.
 * @throws Error if the model's inputs are of another kind.
 */
export function workload(model, file, extent, seed = 1) {
  const { inputs } = inspectOnnx(readFileSync(file))
  const names = inputs.map(({ name }) => name).join(' ')
  const x = inputs.find(({ name }) => name === 'x')
  const kind = { 'x mask': sets, 'x edge_index batch num_graphs': graphs, x: dense }[names]
  if (kind === undefined || x === undefined)
    throw new Error(`${file}: expected inputs of a set, a sparse graph or an image, received ${names}.`)
  const random = new Random({ seed, stream: model })
  return () => ({ model, feeds: kind(random, x, extents[extent]) })
}

// Compares SharingLinear with hand-written layers on ONNX Runtime. Run after a build: node packages/layers-sharing/bench/sharing.mjs
// Rounds alternate between the two; medians are printed. In "infer", weights are constants, as in an exported model. "train" computes the value and the
// gradients with respect to input and weight. ONLY=text runs only the cases whose name contains the text.
import { setTimeout as pause } from 'node:timers/promises'
import { onnxBackend } from '@equivar/backend-onnx'
import { cyclic, naturalAction, productAction, symmetric, tupleAction } from '@equivar/groups'
import {
  add,
  concat,
  constant,
  conv,
  differentiate,
  eyeLike,
  gather,
  input,
  matMul,
  mul,
  program,
  Random,
  reduceSum,
  reshape,
  slice,
  squeeze,
  swapAxes,
  symbol,
  tensorValue,
  times as timesDimension,
  transpose,
  unsqueeze,
} from '@equivar/tensor'
import { SharingLinear } from '../dist/index.js'

const backend = onnxBackend({ threads: Number(process.env.THREADS ?? 2) })
const [ROUNDS, BATCH] = [Number(process.env.ROUNDS ?? 15), 32]
const random = new Random({ seed: 1 })
const normal = (shape) =>
  tensorValue(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
  )
const part = (w, k) => squeeze(slice(w, { axis: 0, start: k, end: k + 1 }), 0)

/** x (W0 - W1) + sum(x) W1. */
const set = (x, w) => add(matMul(x, part(w, 0)), matMul(reduceSum(x, { axis: 1, keepDims: true }), part(w, 1)))

/** A circular convolution with one tap per point. */
function cycle(x, w) {
  const signal = transpose(x, [0, 2, 1])
  const around = concat([signal, slice(signal, { axis: 2, end: x.shape[1] - 1 })], 2)
  return transpose(conv(around, transpose(w, [2, 1, 0])), [0, 2, 1])
}

/** The same map as one product with the gathered circulant matrix. */
const circulantMatrix = (n) => (x, w) => {
  const labels = Float64Array.from({ length: n * n }, (_, i) => (((Math.floor(i / n) - (i % n)) % n) + n) % n)
  const [c, d] = w.shape.slice(1)
  const whole = transpose(gather(w, constant(labels, [n, n], 'int64')), [0, 2, 1, 3])
  return reshape(matMul(reshape(x, ['batch', n * c]), reshape(whole, [n * c, n * d])), ['batch', n, d])
}

/** DSS: one layer on each signal and another on the sum of the signals. */
const setsOfCycles = (n, m, each) => (x, w) => {
  const channels = x.shape[2]
  const one = each(reshape(x, [times('batch', n), m, channels]), slice(w, { axis: 0, end: m }), times('batch', n))
  const all = each(reduceSum(reshape(x, ['batch', n, m, channels]), { axis: 1 }), slice(w, { axis: 0, start: m, end: 2 * m }), 'batch')
  const d = w.shape[2]
  return reshape(add(reshape(one, ['batch', n, m, d]), unsqueeze(all, 1)), ['batch', n * m, d])
}
const times = (name, count) => timesDimension(symbol(name), count)
const anyCirculant = (m) => (x, w, batch) => {
  const labels = Float64Array.from({ length: m * m }, (_, i) => (((Math.floor(i / m) - (i % m)) % m) + m) % m)
  const [c, d] = w.shape.slice(1)
  const whole = transpose(gather(w, constant(labels, [m, m], 'int64')), [0, 2, 1, 3])
  return reshape(matMul(reshape(x, [batch, m * c]), reshape(whole, [m * c, m * d])), [batch, m, d])
}
const anyCycle = (x, w) => cycle(x, w)

/** The 15 maps between pairs, fused as in graph networks. */
const pairs = (n) => (x, w) => {
  const y = reshape(x, ['batch', n, n, x.shape[2]])
  const identity = unsqueeze(eyeLike(n), 2)
  const d = reduceSum(mul(y, identity), { axis: 2 })
  const [r, c] = [reduceSum(y, { axis: 2 }), reduceSum(y, { axis: 1 })]
  const [t, s] = [reduceSum(d, { axis: 1, keepDims: true }), reduceSum(r, { axis: 1, keepDims: true })]
  const sum = (...terms) => terms.map(([v, k]) => matMul(v, part(w, k))).reduce((a, b) => add(a, b))
  const rows = unsqueeze(add(sum([d, 0], [r, 1], [c, 2]), sum([t, 3], [s, 4])), 2)
  const columns = unsqueeze(sum([d, 5], [r, 6], [c, 7]), 1)
  const diagonal = unsqueeze(add(sum([d, 8], [r, 9], [c, 10]), sum([t, 11], [s, 12])), 2)
  const whole = add(matMul(y, part(w, 13)), swapAxes(matMul(y, part(w, 14)), 1, 2))
  return reshape(add(add(whole, add(rows, mul(diagonal, identity))), columns), ['batch', n * n, w.shape[2]])
}

const square = (action) => ({ output: action, input: action })
const cases = [
  ['S_1000, 64 channels', square(naturalAction(symmetric(1000))), 64, [['two products', set]]],
  [
    'C_64, 16 channels',
    square(naturalAction(cyclic(64))),
    16,
    [
      ['convolution', cycle],
      ['matrix', circulantMatrix(64)],
    ],
  ],
  [
    'C_1000, 4 channels',
    square(naturalAction(cyclic(1000))),
    4,
    [
      ['convolution', cycle],
      ['matrix', circulantMatrix(1000)],
    ],
  ],
  [
    'S_25 x C_32, 16 channels',
    square(productAction(symmetric(25), cyclic(32))),
    16,
    [
      ['convolution', setsOfCycles(25, 32, anyCycle)],
      ['matrix', setsOfCycles(25, 32, anyCirculant(32))],
    ],
  ],
  ['S_32 on pairs, 32 channels', square(tupleAction(symmetric(32), 2)), 32, [['15 maps fused', pairs(32)]]],
]

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

async function compiled(y, leaves, value, train) {
  const cotangent = input('cotangent', 'float32', y.shape)
  const gradients = train ? differentiate(reduceSum(mul(y, cotangent)), Object.values(leaves)) : []
  const outputs = train ? Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) : {}
  const p = program({ inputs: { ...leaves, ...(train ? { cotangent } : {}) }, outputs: { y, ...outputs } })
  return backend.compile(p, train ? {} : { values: { weight: value } })
}

async function once(executable, feeds) {
  const started = performance.now()
  const outputs = await executable.run(feeds)
  await outputs.y.data()
  const ms = performance.now() - started
  // Freed here, because the garbage collector would free it during a later run.
  for (const output of Object.values(outputs)) output.dispose()
  return ms
}

for (const [name, actions, channels, byHand] of cases.filter(([name]) => name.includes(process.env.ONLY ?? ''))) {
  const points = actions.input.degree
  const layer = new SharingLinear({ ...actions, inChannels: channels, outChannels: channels, bias: false })
  const x = input('x', 'float32', ['batch', points, channels])
  const weights = layer.weight.sizes
  const feeds = { x: normal([BATCH, points, channels]), weight: normal(weights), cotangent: normal([BATCH, points, channels]) }
  for (const train of [false, true]) {
    const own = await compiled(layer.forward(x), { x, weight: layer.weight }, feeds.weight, train)
    const others = []
    for (const [label, f] of byHand) {
      const w = input('weight', 'float32', weights)
      others.push([label, await compiled(f(x, w), { x, weight: w }, feeds.weight, train)])
    }
    const given = train ? feeds : { x: feeds.x }
    const times = [own, ...others.map(([, e]) => e)].map(() => [])
    const sides = [own, ...others.map(([, e]) => e)].map((executable, i) => ({ executable, i }))
    for (let round = 0; round <= ROUNDS; round++)
      // The order alternates, because the previous run affects the next one.
      for (const { executable, i } of round % 2 === 0 ? sides : sides.toReversed()) {
        // The threads of a session keep spinning for a while after a run.
        await pause(15)
        const ms = await once(executable, given)
        if (round > 0) times[i].push(ms)
      }
    const [mine, ...rest] = times.map(median)
    const best = Math.min(...rest)
    const list = others.map(([label], i) => `${label} ${rest[i].toFixed(2)}`).join(', ')
    console.log(
      `${name}, ${train ? 'train' : 'infer'}: ${layer.evaluation.name} ${mine.toFixed(2)} ms; hand-written: ${list} ms; ratio ${(mine / best).toFixed(2)}`,
    )
  }
}

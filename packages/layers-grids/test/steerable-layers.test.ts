import { onnxBackend } from '@equivar/backend-onnx'
import { initialize, Module, parametersOf, trace } from '@equivar/nn'
import { evaluate, input, isNode, program, type Tensor, type TensorValue, topological } from '@equivar/tensor'
import { expectEquivariant, layerChecks, relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  Convolution,
  FieldActivation,
  FieldBatchNorm,
  FieldGate,
  FieldNormActivation,
  FieldPooling,
  FieldType,
  gridActions,
  irrepFields,
  irrepRepresentation,
  joinFields,
  type PlanarElement,
  planarGroup,
  pointGroup,
  regularFields,
  SteerableConvolution,
  SteerableNetwork,
  scalarFields,
} from '../src/index.ts'
import { described, feedsOf, type Layer, layerProgram, normal } from './programs.ts'

const plane = pointGroup('p4m')

/** The symmetries of the square that are in the group of a type, with their numbers in p4m. */
const squareElements = (type: FieldType): { g: number; element: PlanarElement }[] =>
  Array.from({ length: 8 }, (_, g) => ({ g, element: { mirror: g >= 4, angle: ((g % 4) * Math.PI) / 2 } })).filter(({ g, element }) => {
    const { rotations, mirrors } = type.group
    const turns = (element.angle / (2 * Math.PI)) * rotations
    return g > 0 && (mirrors || !element.mirror) && (!Number.isFinite(rotations) || Number.isInteger(turns))
  })

/** (g x)(p) = rho(g) x(g^-1 p), for fields [batch, channels, n, n] and a symmetry of the square. */
function moved(x: TensorValue, type: FieldType, { g, element }: { g: number; element: PlanarElement }): TensorValue {
  const [batch, channels, n] = x.shape as [number, number, number]
  const images = plane.images(g, n)
  const data = new Float64Array(x.data.length)
  for (let b = 0; b < batch; b++) {
    let start = 0
    for (const { representation, multiplicity } of type.summands) {
      const [rho, size] = [representation.matrix(element), representation.size]
      for (let field = 0; field < multiplicity; field++, start += size)
        for (let i = 0; i < size; i++)
          for (let j = 0; j < size; j++)
            for (let p = 0; p < n * n; p++)
              data[(b * channels + start + i) * n * n + images[p]!]! +=
                rho[i * size + j]! * (x.data[(b * channels + start + j) * n * n + p] as number)
    }
  }
  return { dtype: x.dtype, shape: x.shape, data }
}

/** The largest error of the law, over all symmetries of the square in the group, as a share of the largest output. */
function squareError(layer: Layer, from: FieldType, to: FieldType, size: number): number {
  const shape = [2, from.channels, size, size]
  const p = layerProgram(layer, shape)
  const feeds = { ...feedsOf(layer, shape), x: normal(shape, 5) }
  const plain = evaluate(p, feeds).y!
  const elements = squareElements(from)
  expect(elements.length).toBeGreaterThan(0)
  return Math.max(
    ...elements.map((g) => {
      const turned = evaluate(p, { ...feeds, x: moved(feeds.x, from, g) }).y!
      return relativeError(turned.data as Float64Array, moved(plain, to, g).data as Float64Array)
    }),
  )
}

const irrepsOfO2 = joinFields(
  irrepFields('O(2)', [2, 2, 1]),
  new FieldType([{ representation: irrepRepresentation('O(2)', 0, { odd: true }), multiplicity: 1 }]),
)

/** Input and output types for every kind of group. */
const pairs: [string, FieldType, FieldType][] = [
  ['C8: image to regular', scalarFields('C8', 1), regularFields('C8', 2)],
  ['C8: regular', regularFields('C8', 2), regularFields('C8', 1)],
  ['C4: regular', regularFields('C4', 2), regularFields('C4', 2)],
  ['D4: regular', regularFields('D4', 1), regularFields('D4', 2)],
  ['C8: irreps to regular', irrepFields('C8', [1, 2, 0, 1, 1]), regularFields('C8', 1)],
  ['C6, which has half turns', regularFields('C6', 1), irrepFields('C6', [1, 1, 1, 1])],
  ['D3, which has a mirror', regularFields('D3', 1), irrepFields('D3', [1, 1])],
  ['SO(2)', irrepFields('SO(2)', [2, 1, 1, 1]), irrepFields('SO(2)', [1, 2, 1])],
  ['O(2)', irrepsOfO2, irrepsOfO2],
  ['D8 to C8 fields', regularFields('D8', 1).restrict('C8'), regularFields('C8', 1)],
]

describe.each(pairs)('%s', (_, from, to) => {
  test.each([
    [3, { padding: 'same' }, 6],
    [5, { padding: 'same' }, 5],
    [5, { padding: 'valid' }, 6],
    [4, { padding: 'valid' }, 5],
    [3, { padding: 'cyclic' }, 4],
    [3, { stride: 2 }, 7],
    [4, { stride: 2, padding: 'same' }, 6],
    [1, {}, 3],
  ] as const)('kernel %i, %j, size %i: right angles and mirrors to 1e-12', (kernel, options, size) => {
    expect(squareError(new SteerableConvolution({ input: from, output: to, kernel, ...options }), from, to, size)).toBeLessThan(1e-12)
  })

  test('batch norm and pooling', () => {
    const pooling = new FieldPooling({ type: to })
    expect(pooling.output.channels).toBe(to.fields)
    expect(squareError(pooling, to, pooling.output, 5)).toBeLessThan(1e-12)
    expect(squareError(new FieldNormActivation({ type: to, activation: 'elu' }), to, to, 4)).toBeLessThan(1e-12)
    const gate = new FieldGate({ type: to })
    expect(squareError(gate, gate.input, gate.output, 4)).toBeLessThan(1e-12)
    expect(squareError(new FieldBatchNorm({ type: to }), to, to, 4)).toBeLessThan(1e-12)
  })
})

test('a pointwise activation commutes with regular fields and scalars, and refuses others', () => {
  const type = joinFields(regularFields('D4', 2), scalarFields('D4', 1))
  expect(squareError(new FieldActivation({ type, activation: 'elu' }), type, type, 4)).toBeLessThan(1e-12)
  expect(() => new FieldActivation({ type: irrepFields('C8', [1, 2]) })).toThrow(
    'FieldActivation: expected fields whose components the group permutes, received 1 irrep 0 + 2 irrep 1 of C8. Use FieldNormActivation or FieldGate.',
  )
})

test('negative control: a plain convolution of the same channels does not commute', () => {
  const type = regularFields('C8', 1)
  const plain = new Convolution({ dimensions: 2, inChannels: 8, outChannels: 8, kernel: 3, padding: 'same' })
  expect(squareError(plain, type, type, 5)).toBeGreaterThan(0.1)
})

describe('batch norm', () => {
  const type = joinFields(regularFields('C4', 2), irrepFields('C4', [0, 3]))
  const layer = new FieldBatchNorm({ type })
  const x = input('x', 'float32', [4, type.channels, 5, 5])
  const value = normal([4, type.channels, 5, 5], 2)

  test('in training: mean 0 and mean square 1 over the components of each field; of irreps the mean square is 1 and signs are kept', () => {
    const { result, updates } = trace({ training: true }, () => layer.forward(x))
    // The mean and the variance of the regular fields, then the mean squares of the irreps.
    const [, , squared] = [...updates.values()] as [Tensor, Tensor, Tensor]
    const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: result, squared } })
    const outputs = evaluate(p, { ...initialize(layer, 1), x: value })
    const y = outputs.y.data as Float64Array
    const fieldOf = (first: number, components: number): number[] =>
      [...y].filter((__, at) => Math.floor(at / 25) % type.channels >= first && Math.floor(at / 25) % type.channels < first + components)
    for (const [first, components, centred] of [
      [0, 4, true],
      [4, 4, true],
      [8, 2, false],
      [10, 2, false],
      [12, 2, false],
    ] as const) {
      const values = fieldOf(first, components)
      const mean = values.reduce((a, b) => a + b, 0) / values.length
      expect(values.reduce((a, b) => a + b * b, 0) / values.length).toBeCloseTo(1, 4)
      if (centred) expect(mean).toBeCloseTo(0, 10)
      else expect(Math.abs(mean)).toBeGreaterThan(1e-3)
    }
    // The running mean square moves a tenth of the way.
    const squares = outputs.squared.data
    const first = [...(value.data as Float64Array)].filter((__, at) => [8, 9].includes(Math.floor(at / 25) % type.channels))
    expect(squares[0]).toBeCloseTo(0.9 + (0.1 * first.reduce((a, b) => a + b * b, 0)) / first.length, 10)
  })

  test('in inference the running statistics are used', () => {
    const p = layerProgram(layer, [4, type.channels, 5, 5])
    const y = evaluate(p, { ...initialize(layer, 1), x: value }).y!.data as Float64Array
    expect(
      relativeError(
        y,
        (value.data as Float64Array).map((v) => v / Math.sqrt(1 + 1e-5)),
      ),
    ).toBeLessThan(1e-12)
  })
})

describe('the network', () => {
  const layers = [
    { fields: 2, kernel: 5, padding: 1, pool: 'max' },
    { fields: 2, kernel: 3, pool: 'smooth' },
    { fields: 3, kernel: 3, padding: 'valid' },
  ] as const

  test.each(['C4', 'C8', 'D4'] as const)('%s: its outputs are invariant under right angles, and mirrors', (group) => {
    const network = new SteerableNetwork({ group, outputs: 3, layers })
    const p = layerProgram(network, [1, 1, 14, 14])
    const inputActions = { x: { 2: gridActions(group === 'D4' ? 'p4m' : 'p4', 14).image } }
    const feeds = feedsOf(network, [1, 1, 14, 14])
    expect([...(evaluate(p, feeds).y!.data as Float64Array)].some((v) => Math.abs(v) > 1e-3)).toBe(true)
    expectEquivariant(p, { inputActions, feeds, tolerance: 1e-12 })
  })

  test('in float32 on ONNX Runtime, right angles change the outputs by less than 1e-5', async () => {
    const network = new SteerableNetwork({ group: 'D8', outputs: 3, layers })
    const shape = [1, 1, 14, 14]
    const values = initialize(network, 1)
    const executable = await onnxBackend().compile(layerProgram(network, shape), { values })
    const x = normal(shape, 2)
    const run = async (data: Float64Array): Promise<Float32Array> => {
      const { y } = await executable.run({ x: { dtype: 'float32', shape, data: Float32Array.from(data) } })
      return (await y!.data()) as Float32Array
    }
    const upright = await run(x.data as Float64Array)
    for (const g of squareElements(scalarFields('D8', 1)))
      expect(relativeError(await run(moved(x, scalarFields('D8', 1), g).data as Float64Array), upright)).toBeLessThan(1e-5)
    await executable.dispose()
  })

  test('layers between the same representations share the kernels, so a file contains them once', () => {
    const bases = (kernels: readonly number[]): number => {
      const network = new SteerableNetwork({ group: 'C8', outputs: 3, layers: kernels.map((kernel) => ({ fields: 2, kernel })) })
      const nodes = topological([network.forward(input('x', 'float32', [1, 1, 9, 9]))])
      return nodes.filter((node) => isNode(node, 'Constant') && node.attributes.data.length > 1000).length
    }
    // From the image the kernels of 3 x 3 have fewer numbers, those of 5 x 5 more.
    expect(bases([3, 3, 3, 3])).toBe(1)
    expect(bases([5, 5, 3, 5])).toBe(3)
  })

  test('an unknown size of the pooling is refused', () => {
    const network = new SteerableNetwork({ group: 'C8', outputs: 3, layers })
    expect(() => network.forward(input('x', 'float32', [1, 1, 15, 15]))).toThrow('SpatialPooling: expected a size of 12 or 14')
  })
})

/** A picture of three blobs, turned by an angle about the centre, sampled at the pixels: no interpolation. */
function blobs(size: number, angle: number): TensorValue {
  const spots = [
    [3, 1, 2],
    [-2, 4, 1.5],
    [-1, -4, 2.5],
  ] as const
  const data = Float64Array.from({ length: size * size }, (_, at) => {
    const [up, left] = [(size - 1) / 2 - Math.floor(at / size), (size - 1) / 2 - (at % size)]
    const [c, s] = [Math.cos(angle), Math.sin(angle)]
    return spots.reduce(
      (sum, [u, l, width]) => sum + Math.exp(-((up - (c * u - s * l)) ** 2 + (left - (s * u + c * l)) ** 2) / (2 * width * width)),
      0,
    )
  })
  return { dtype: 'float32', shape: [1, 1, size, size], data }
}

/** A convolution to a type, an activation of norms, and a convolution of the whole picture to four scalars. */
class Chain extends Module {
  readonly first: SteerableConvolution
  readonly norms: FieldNormActivation
  readonly second: SteerableConvolution

  constructor(type: FieldType, size: number) {
    super()
    const { name } = type.group
    this.first = new SteerableConvolution({ input: scalarFields(name, 1), output: type, kernel: 5, padding: 'same' })
    this.norms = new FieldNormActivation({ type })
    this.second = new SteerableConvolution({ input: type, output: scalarFields(name, 4), kernel: size })
  }

  forward(x: Tensor): Tensor {
    return this.second.forward(this.norms.forward(this.first.forward(x)))
  }
}

describe('other angles', () => {
  const size = 21
  /** The change of the outputs when the picture turns, as a share of their size. */
  const change = (layer: Layer, angle: number): number => {
    const p = layerProgram(layer, [1, 1, size, size])
    const feeds = initialize(layer, 3)
    const [upright, turned] = [0, angle].map((a) => evaluate(p, { ...feeds, x: blobs(size, a) }).y!.data as Float64Array)
    return relativeError(turned!, upright!)
  }
  const chain = (group: 'C8' | 'SO(2)'): Chain => new Chain(group === 'C8' ? regularFields('C8', 2) : irrepFields('SO(2)', [2, 2, 2]), size)

  test('45 degrees with C8, any angle with SO(2): below 2 %, where a plain convolution is off by more than 50 %', () => {
    for (const angle of [Math.PI / 4, (3 * Math.PI) / 4]) expect(change(chain('C8'), angle)).toBeLessThan(0.02)
    for (const angle of [0.3, 1, 2.2]) expect(change(chain('SO(2)'), angle)).toBeLessThan(0.02)
    expect(change(new Convolution({ dimensions: 2, inChannels: 1, outChannels: 4, kernel: size }), Math.PI / 4)).toBeGreaterThan(0.5)
  })

  test('a limit of the frequencies keeps the error small', () => {
    const error = (limit: () => number): number =>
      change(new SteerableConvolution({ input: scalarFields('C8', 1), output: scalarFields('C8', 4), kernel: size, limit }), Math.PI / 4)
    // Scalars take harmonics 0, 8, 16; on the inner rings those alias.
    expect(error(() => 8)).toBeGreaterThan(3 * error(() => 0))
  })
})

const options = { input: regularFields('C4', 1), output: joinFields(regularFields('C4', 1), irrepFields('C4', [1, 1])), kernel: 3 } as const
const analytic = [
  described(['convolution', new SteerableConvolution({ ...options, padding: 'same' })], {
    sizes: [
      [1, 4, 3, 3],
      [2, 4, 4, 5],
    ],
    sizesOf: { derivative: [[1, 4, 3, 3]] },
  }),
  described(
    [
      'convolution of single points, which cannot mix frequencies',
      new SteerableConvolution({ input: irrepFields('SO(2)', [2, 1]), output: irrepFields('SO(2)', [1, 0, 1]), kernel: 1 }),
    ],
    { sizes: [[2, 4, 2, 3]], sizesOf: { derivative: [[1, 4, 2, 2]] } },
  ),
  described(['norm activation', new FieldNormActivation({ type: irrepFields('SO(2)', [1, 1]) })], { sizes: [[2, 3, 3, 4]] }),
  described(['gate', new FieldGate({ type: irrepFields('SO(2)', [1, 2]) })], { sizes: [[2, 7, 2, 3]] }),
  described(['pooling', new FieldPooling({ type: joinFields(regularFields('C4', 2), irrepFields('C4', [0, 1])) })], {
    sizes: [[2, 10, 2, 3]],
  }),
  described(['batch norm', new FieldBatchNorm({ type: joinFields(regularFields('C4', 2), irrepFields('C4', [0, 1])) })], {
    sizes: [[2, 10, 2, 3]],
  }),
]
describe.each(analytic)('$name', (description) => {
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
})

test('settings that break the law, and other channels, are refused', () => {
  const type = regularFields('C8', 2)
  const make = (rest: object): SteerableConvolution => new SteerableConvolution({ input: type, output: type, kernel: 3, ...rest })
  expect(() => make({ output: regularFields('C4', 2) })).toThrow(
    'SteerableConvolution: expected input and output of one group, received C8 and C4. Use restrict.',
  )
  expect(() => make({ kernel: 4, padding: 'same' })).toThrow('SteerableConvolution: expected a window that reflections map to itself')
  expect(() => make({ kernel: 3, stride: 2 }).forward(input('x', 'float32', [1, 16, 6, 6]))).toThrow('a size of 5 or 7')
  expect(() => make({}).forward(input('x', 'float32', [1, 8, 6, 6]))).toThrow(
    'SteerableConvolution.forward: expected x of shape [batch, 16, height, width] (2 regular of C8), received [1, 8, 6, 6].',
  )
  expect(() => new FieldType([])).toThrow('FieldType: expected at least one field, received none.')
  expect(() => scalarFields('C4', 0)).toThrow('FieldType: expected the number of fields to be a positive integer, received 0.')
  expect(() => joinFields(scalarFields('C4', 1), scalarFields('D4', 1))).toThrow('expected fields of one group, received C4 and D4.')
  expect(planarGroup('C4').contains(planarGroup('C4'))).toBe(true)
})

import { onnxBackend } from '@equivar/backend-onnx'
import { initialize } from '@equivar/nn'
import { evaluate, input, type TensorValue } from '@equivar/tensor'
import { equivarianceError, expectEquivariant, expectSpan, layerChecks, relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  CosetPooling,
  GroupConvolution,
  type GroupConvolutionOptions,
  GroupPooling,
  gridActions,
  LiftingConvolution,
  type PointGroupName,
  pointGroup,
  SpatialPooling,
} from '../src/index.ts'
import { described, type Layer, layerProgram, normal } from './programs.ts'

type Settings = Omit<GroupConvolutionOptions, 'group' | 'inChannels' | 'outChannels'> & { size: number; result: number }
const BATCH = 2
const CHANNELS = 2

/** Odd and even kernels with all strides and paddings, with the size of the image and of the result. */
const settings: [string, Settings][] = [
  ['3 valid on 5', { kernel: 3, size: 5, result: 3 }],
  ['3 valid on 6', { kernel: 3, size: 6, result: 4 }],
  ['2 valid on 5', { kernel: 2, size: 5, result: 4 }],
  ['4 valid on 4', { kernel: 4, size: 4, result: 1 }],
  ['3 same on 4', { kernel: 3, padding: 'same', size: 4, result: 4 }],
  ['2 padded by 1 on 3', { kernel: 2, padding: 1, size: 3, result: 4 }],
  ['3 cyclic on 4', { kernel: 3, padding: 'cyclic', size: 4, result: 4 }],
  ['3 cyclic on 5', { kernel: 3, padding: 'cyclic', size: 5, result: 5 }],
  ['3 valid with dilation 2 on 7', { kernel: 3, dilation: 2, size: 7, result: 3 }],
  ['3 valid with stride 2 on 7', { kernel: 3, stride: 2, size: 7, result: 3 }],
  ['2 cyclic with stride 2 on 6', { kernel: 2, stride: 2, padding: 'cyclic', size: 6, result: 3 }],
  ['4 same with stride 2 on 4', { kernel: 4, stride: 2, padding: 'same', size: 4, result: 2 }],
]
const groups: PointGroupName[] = ['p2', 'p4', 'pm', 'pmm', 'p4m']

const make = (group: PointGroupName, { size: _, result: __, ...rest }: Settings, lifts: boolean): Layer => {
  const options = { group, inChannels: CHANNELS, outChannels: 3, ...rest }
  return lifts ? new LiftingConvolution(options) : new GroupConvolution(options)
}

describe.each(groups)('%s', (name) => {
  const { order } = pointGroup(name)

  test.each(settings)('kernel %s: commutes with rotations and reflections, to 1e-12', (_, given) => {
    const { size, result } = given
    const before = gridActions(name, size)
    const after = gridActions(name, result)
    for (const lifts of [true, false]) {
      const layer = make(name, given, lifts)
      const shape = [BATCH, CHANNELS, ...(lifts ? [] : [order]), size, size]
      const p = layerProgram(layer, shape)
      const feeds = { ...initialize(layer, 3), x: normal(shape) }
      const inputActions = { x: { 2: lifts ? before.image : before.map } }
      expectEquivariant(p, { inputActions, outputActions: { y: { 2: after.map } }, feeds, tolerance: 1e-12, samples: 2 })
      expect(evaluate(p, feeds).y?.data.some((v) => Math.abs(v) > 1e-3)).toBe(true)
    }
  })

  test('on the torus, also commutes with shifts', () => {
    const { image, map } = gridActions(name, 4, { cyclic: true })
    const given = { kernel: 3, padding: 'cyclic', size: 4, result: 4 } as const
    for (const lifts of [true, false]) {
      const layer = make(name, given, lifts)
      const shape = [BATCH, CHANNELS, ...(lifts ? [] : [order]), 4, 4]
      const p = layerProgram(layer, shape)
      const feeds = { ...initialize(layer, 3), x: normal(shape) }
      const inputActions = { x: { 2: lifts ? image : map } }
      expectEquivariant(p, { inputActions, outputActions: { y: { 2: map } }, feeds, tolerance: 1e-12 })
    }
  })
})

describe('kernels that are not square', () => {
  /** The kernel and other sizes, the size of the image, and that of the result. */
  const rectangular: [string, Omit<Settings, 'size' | 'result'>, [number, number], [number, number]][] = [
    ['3 x 1 valid', { kernel: [3, 1] }, [5, 5], [3, 5]],
    ['1 x 3 valid', { kernel: [1, 3] }, [4, 6], [4, 4]],
    ['3 x 1 same', { kernel: [3, 1], padding: 'same' }, [4, 4], [4, 4]],
    ['3 x 5 cyclic', { kernel: [3, 5], padding: 'cyclic' }, [4, 6], [4, 6]],
    ['2 x 3 padded by 1 and 0', { kernel: [2, 3], padding: [1, 0] }, [3, 5], [4, 3]],
    ['3 x 2 with strides 1 and 2', { kernel: [3, 2], stride: [1, 2] }, [5, 6], [3, 3]],
    ['3 x 3 with dilations 1 and 2', { kernel: 3, dilation: [1, 2] }, [5, 7], [3, 3]],
  ]
  const cases = (['p1', 'p2', 'pm', 'pmm'] as const).flatMap((group) => rectangular.map((each) => [group, ...each] as const))
  test.each(cases)('%s, %s: exact', (group, _, options, size, result) => {
    const { order } = pointGroup(group)
    const [before, after] = [gridActions(group, size), gridActions(group, result)]
    for (const lifts of [true, false]) {
      const layer = make(group, { ...options, size: 0, result: 0 }, lifts)
      const shape = [BATCH, CHANNELS, ...(lifts ? [] : [order]), ...size]
      const p = layerProgram(layer, shape)
      const feeds = { ...initialize(layer, 3), x: normal(shape) }
      const y = evaluate(p, feeds).y
      expect(y?.shape).toEqual([BATCH, 3, order, ...result])
      expect(y?.data.every((v) => Number.isFinite(v)) && y.data.some((v) => Math.abs(v) > 1e-3)).toBe(true)
      if (group === 'p1') continue
      const inputActions = { x: { 2: lifts ? before.image : before.map } }
      expectEquivariant(p, { inputActions, outputActions: { y: { 2: after.map } }, feeds, tolerance: 1e-12, samples: 2 })
    }
  })

  test('a 3 x 1 lifting of p2 spans exactly the maps of its support', () => {
    const { image, map } = gridActions('p2', [3, 1], { cyclic: true })
    const lifting = layerProgram(new LiftingConvolution({ ...one, group: 'p2', kernel: [3, 1] }), ['batch', 1, 3, 1])
    expectSpan(lifting, { weights: ['weight'], input: image, output: map, maps: 3 })
  })

  test.each([
    ['kernel', { kernel: [3, 1] }, '[3,1]'],
    ['stride', { kernel: 3, stride: [1, 2] }, '[1,2]'],
    ['dilation', { kernel: 3, dilation: [1, 2] }, '[1,2]'],
    ['padding', { kernel: 3, padding: [1, 0] }, '[1,0]'],
  ] as const)('p4 and p4m refuse a %s that differs between the axes', (name, options, received) => {
    for (const group of ['p4', 'p4m'] as const) {
      const message = `expected ${name} to be the same along all axes, because ${group} exchanges the axes, received ${received}. Use p1, p2, pm or pmm, or a square window.`
      for (const lifts of [true, false]) expect(() => make(group, { ...options, size: 5, result: 3 }, lifts)).toThrow(message)
      if (name !== 'dilation') expect(() => new SpatialPooling({ ...options, group })).toThrow(message)
    }
  })

  test.each([0, -1, 1.5, Number.POSITIVE_INFINITY, [3], [3, 3, 3], [3, 0], ['a', 'b'], 'abc', undefined, null])(
    'a kernel of %j is refused',
    (kernel) => {
      for (const lifts of [true, false])
        expect(() => make('p2', { kernel: kernel as number, size: 5, result: 3 }, lifts)).toThrow(
          /^(Lifting|Group)Convolution: expected kernel to be 2 integers of at least 1, received \[/,
        )
    },
  )
})

const one = { inChannels: 1, outChannels: 1, bias: false, padding: 'cyclic' } as const

test.each([
  ['p4', 2, 3],
  ['p4', 3, 3],
  ['p4', 4, 5],
  ['p4m', 2, 3],
  ['p4m', 3, 3],
  ['pm', 3, 3],
  ['pmm', 2, 3],
  ['p2', 3, 3],
  ['p1', 3, 3],
] as const)('%s on the torus of %i x %i points: a kernel of %i spans exactly the maps of the sharing scheme', (group, n, kernel) => {
  const { image, map } = gridActions(group, n, { cyclic: true })
  const { order } = pointGroup(group)
  const options = { ...one, group, kernel }
  const lifting = layerProgram(new LiftingConvolution(options), ['batch', 1, n, n])
  expectSpan(lifting, { weights: ['weight'], input: image, output: map, maps: n * n })
  expectSpan(layerProgram(new GroupConvolution(options), ['batch', 1, order, n, n]), { weights: ['weight'], input: map, output: map })
})

test('negative control: a kernel smaller than the torus spans fewer maps', () => {
  const { map } = gridActions('p4', 4, { cyclic: true })
  const p = layerProgram(new GroupConvolution({ ...one, group: 'p4', kernel: 3 }), ['batch', 1, 4, 4, 4])
  expect(() => expectSpan(p, { weights: ['weight'], input: map, output: map })).toThrow(
    'expected weights that span all 64 independent equivariant maps, received 36 independent maps',
  )
})

test('agrees with the formulas at every position', () => {
  const [n, k] = [4, 3]
  const group = pointGroup('p4m')
  const layer = new GroupConvolution({ group: 'p4m', inChannels: 2, outChannels: 2, kernel: k })
  const feeds: Record<string, TensorValue> = { ...initialize(layer, 2), x: normal([1, 2, 8, n, n], 4) }
  const received = evaluate(layerProgram(layer, [1, 2, 8, n, n]), feeds).y?.data as Float64Array
  const [x, psi, bias] = [feeds.x?.data, feeds.weight?.data, feeds.bias?.data] as [Float64Array, Float32Array, Float32Array]
  const expected: number[] = []
  for (let o = 0; o < 2; o++)
    for (let g = 0; g < 8; g++)
      for (let t = 0; t < 4; t++) {
        let sum = bias[o] as number
        const back = group.inverse(g)
        const from = group.images(back, k)
        for (let c = 0; c < 2; c++)
          for (let h = 0; h < 8; h++)
            for (let p = 0; p < k * k; p++) {
              const [row, column] = [Math.floor(t / 2) + Math.floor(p / k), (t % 2) + (p % k)]
              const weight = psi[((o * 2 + c) * 8 + group.multiply(back, h)) * k * k + (from[p] as number)] as number
              sum += weight * (x[((c * 8 + h) * n + row) * n + column] as number)
            }
        expected.push(sum)
      }
  expect(relativeError(received, expected)).toBeLessThan(1e-12)
})

describe('pooling', () => {
  const { image, map } = gridActions('p4m', 6, { cyclic: true })
  const half = gridActions('p4m', 3)
  const x = normal([BATCH, CHANNELS, 8, 6, 6])

  test.each(['max', 'mean'] as const)('%s over the group gives an image, over cosets a function on the cosets', (pool) => {
    const p = layerProgram(new GroupPooling({ pool }), [BATCH, CHANNELS, 8, 6, 6])
    expectEquivariant(p, { inputActions: { x: { 2: map } }, outputActions: { y: { 2: image } }, feeds: { x }, tolerance: 1e-14 })
    // The cosets of p1 are single elements, so nothing is pooled. p4m has one coset.
    const whole = evaluate(layerProgram(new CosetPooling({ group: 'p4m', subgroup: 'p4m', pool }), [BATCH, CHANNELS, 8, 6, 6]), { x }).y
    expect(whole?.data).toEqual(evaluate(p, { x }).y?.data)
    const none = evaluate(layerProgram(new CosetPooling({ group: 'p4m', subgroup: 'p1', pool }), [BATCH, CHANNELS, 8, 6, 6]), { x }).y
    expect(none?.data).toEqual(x.data)
  })

  test.each(['p4', 'pm', 'p2', 'pmm'] as const)('over the cosets of %s in p4m', (subgroup) => {
    const group = pointGroup('p4m')
    const cosets = group.cosets(subgroup)
    const p = layerProgram(new CosetPooling({ group: 'p4m', subgroup }), [BATCH, CHANNELS, 8, 6, 6])
    const plain = evaluate(p, { x }).y?.data as Float64Array
    for (const g of group.generators) {
      const pixels = group.images(g, 6)
      const moved = x.data.slice() as Float64Array
      const expected = plain.slice()
      const each = cosets.length
      for (let bc = 0; bc < BATCH * CHANNELS; bc++)
        for (let s = 0; s < 36; s++) {
          for (let h = 0; h < 8; h++)
            moved[(bc * 8 + group.multiply(g, h)) * 36 + (pixels[s] as number)] = x.data[(bc * 8 + h) * 36 + s] as number
          for (let k = 0; k < each; k++) {
            const to = cosets.findIndex((coset) => coset.includes(group.multiply(g, cosets[k]?.[0] as number)))
            expected[(bc * each + to) * 36 + (pixels[s] as number)] = plain[(bc * each + k) * 36 + s] as number
          }
        }
      expect(relativeError(evaluate(p, { x: { ...x, data: moved } }).y?.data as Float64Array, expected)).toBe(0)
    }
  })

  test.each([
    ['max', 'valid', 2],
    ['mean', 'same', 2],
    ['max', 'cyclic', 4],
    ['mean', 'cyclic', 4],
  ] as const)('%s over windows, %s, of %i with stride 2 commutes with rotations and reflections', (pool, padding, kernel) => {
    const layer = new SpatialPooling({ kernel, stride: 2, pool, padding, group: 'p4m' })
    const p = layerProgram(layer, [BATCH, CHANNELS, 8, 6, 6])
    const inputActions = { x: { 2: gridActions('p4m', 6).map } }
    expectEquivariant(p, { inputActions, outputActions: { y: { 2: half.map } }, feeds: { x }, tolerance: 1e-14 })
  })
})

const withoutLaw: [string, Layer, { derivative?: number[]; parity?: number[][] }][] = [
  [
    'p4m, cyclic',
    new GroupConvolution({ group: 'p4m', inChannels: 2, outChannels: 1, kernel: 3, padding: 'cyclic' }),
    { derivative: [1, 2, 8, 4, 4] },
  ],
  [
    'p4m, stride 2',
    new GroupConvolution({ group: 'p4m', inChannels: 2, outChannels: 1, kernel: 2, stride: 2 }),
    { derivative: [1, 2, 8, 4, 4] },
  ],
  ['cosets of p4', new CosetPooling({ group: 'p4m', subgroup: 'p4' }), { derivative: [1, 2, 8, 4, 4] }],
  ['mean over the group', new GroupPooling({ pool: 'mean' }), { derivative: [1, 2, 8, 4, 4] }],
  ['p4, lifting', new LiftingConvolution({ group: 'p4', inChannels: 2, outChannels: 2, kernel: 3 }), { derivative: [2, 2, 5, 5] }],
  [
    'p4m, lifting, cyclic',
    new LiftingConvolution({ group: 'p4m', inChannels: 2, outChannels: 3, kernel: 3, padding: 'cyclic' }),
    {
      parity: [
        [1, 2, 3, 3],
        [3, 2, 8, 5],
      ],
    },
  ],
  [
    'p4, kernel 4, stride 2, same',
    new GroupConvolution({ group: 'p4', inChannels: 2, outChannels: 3, kernel: 4, stride: 2, padding: 'same' }),
    {
      parity: [
        [1, 2, 4, 4, 4],
        [2, 2, 4, 6, 8],
      ],
    },
  ],
  ['cosets of pmm', new CosetPooling({ group: 'p4m', subgroup: 'pmm' }), { parity: [[2, 2, 8, 3, 4]] }],
  ['windows, cyclic', new SpatialPooling({ kernel: 2, padding: 'cyclic', group: 'p4' }), { parity: [[2, 2, 4, 6, 4]] }],
]
const analytic = withoutLaw.map(([name, layer, { derivative, parity = [] }]) =>
  described([name, layer], {
    fixed: layer instanceof LiftingConvolution ? 2 : 3,
    sizes: parity,
    sizesOf: { derivative: derivative === undefined ? [] : [derivative] },
  }),
)
describe.each(analytic)('$name', (description) => {
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
})

describe('settings that break the law are refused', () => {
  const options = { group: 'p4', inChannels: 1, outChannels: 1 } as const
  const forward = (layer: Layer, ...shape: number[]): unknown => layer.forward(input('x', 'float32', shape))

  test('even kernels with padding that preserves the size', () => {
    expect(() => new LiftingConvolution({ ...options, kernel: 4, padding: 'same' })).toThrow(
      'LiftingConvolution: expected a window that reflections map to itself, of extent 1, 3, ... for stride 1 (dilation (kernel - 1) + 1), received 4. Use a kernel of odd extent of at least 1, or padding valid.',
    )
    expect(() => new GroupConvolution({ ...options, kernel: 3, stride: 2, padding: 'cyclic' })).toThrow('Use a kernel of even extent')
    expect(() => new SpatialPooling({ kernel: 3, stride: 2, padding: 'same', group: 'pm' })).toThrow('received 3')
    expect(new GroupConvolution({ ...options, group: 'p1', kernel: 4, padding: 'same' })).toBeDefined()
  })

  test('sizes that do not fit the stride; the error names the nearest valid sizes', () => {
    const layer = new LiftingConvolution({ ...options, kernel: 3, stride: 2 })
    expect(() => forward(layer, 1, 1, 28, 28)).toThrow(
      'LiftingConvolution: expected a size of 27 or 29 along spatial axis 0, for which windows of stride 2 lie symmetrically, received 28.',
    )
    expect(() => forward(layer, 1, 1, 4, 4)).toThrow('a size of 3 or 5')
    expect(() => forward(new LiftingConvolution({ ...options, kernel: 4, stride: 2 }), 1, 1, 3, 3)).toThrow('a size of 4 along')
    expect(() => forward(new SpatialPooling({ kernel: 2, group: 'p4' }), 1, 1, 4, 7, 7)).toThrow('a size of 6 or 8')
    expect(forward(new SpatialPooling({ kernel: 2 }), 1, 1, 4, 7, 7)).toBeDefined()
  })

  test('the law does not hold for such a size', () => {
    const free = new SpatialPooling({ kernel: 2 })
    const p = layerProgram(free, [1, 1, 4, 7, 7])
    const actions = { inputActions: { x: { 2: gridActions('p4', 7).map } }, outputActions: { y: { 2: gridActions('p4', 3).map } } }
    expect(equivarianceError(p, { ...actions, feeds: { x: normal([1, 1, 4, 7, 7]) } })).toBeGreaterThan(0.1)
  })

  test('feature maps of a different group, negative channels, fractional kernels', () => {
    const layer = new GroupConvolution({ ...options, kernel: 3 })
    expect(() => forward(layer, 1, 1, 8, 5, 5)).toThrow(
      'GroupConvolution.forward: expected x of shape [batch, 1, 4, height, width] (inChannels 1, p4 has 4 elements), received [1, 1, 8, 5, 5].',
    )
    expect(() => forward(new GroupPooling(), 1, 1, 5, 5)).toThrow(
      'GroupPooling.forward: expected x of shape [batch, channels, |G|, [depth], height, width]',
    )
    expect(() => forward(new CosetPooling({ group: 'p4', subgroup: 'p2' }), 1, 1, 8, 5, 5)).toThrow('[batch, channels, 4, height, width]')
    expect(() => new GroupConvolution({ ...options, inChannels: -1, kernel: 3 })).toThrow(
      'expected inChannels to be an integer of at least 0, received -1.',
    )
    expect(() => new GroupConvolution({ ...options, kernel: 2.5 })).toThrow(
      'expected kernel to be 2 integers of at least 1, received [2.5,2.5].',
    )
  })
})

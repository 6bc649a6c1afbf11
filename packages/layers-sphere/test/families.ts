import { Module } from '@equivar/nn'
import { input, mul, type Tensor, toNumbers } from '@equivar/tensor'
import type { LayerDescription, Symmetry, Values } from '@equivar/verify'
import {
  CircleConvolution,
  ClebschGordanProduct,
  DegreeLinear,
  type EulerAngles,
  HaarNormalization,
  oversampledActivation,
  RotationConvolution,
  RotationPooling,
  resample,
  rotationEquatorialGrid,
  rotationPowerSpectrum,
  rotationSpectrum,
  SphereConvolution,
  SpherePooling,
  sphereBispectrum,
  spherePowerSpectrum,
  sphereSpectrum,
  ZonalConvolution,
} from '../src/index.ts'
import { bandLimited, type Layer, normals, rotations as randomRotations, rotated, type Space } from './shared.ts'

/** A layer with the domains of its input and output. */
export interface Family {
  readonly name: string
  readonly layer: (b: number) => Layer
  readonly from: Space
  readonly to: Space
  readonly linear: boolean
  /** The largest bandwidth of the float64 tests. */
  readonly most: number
}

/** A layer that applies a function to samples. */
class Applied extends Module {
  readonly #build: (x: Tensor) => Tensor
  constructor(build: (x: Tensor) => Tensor) {
    super()
    this.#build = build
  }
  forward(x: Tensor): Tensor {
    return this.#build(x)
  }
}

export const applied = (build: (x: Tensor) => Tensor): Layer => new Applied(build)

const halved = (b: number): number => Math.ceil(b / 2)
const channels = { inChannels: 2, outChannels: 3 }
const cubed = (x: Tensor): Tensor => oversampledActivation(x, (s) => mul(mul(s, s), s))

const sphere = (name: string, layer: Family['layer'], most = 8): Family => ({
  name,
  layer,
  from: 'sphere',
  to: 'rotations',
  linear: true,
  most,
})
const rotations = (name: string, layer: Family['layer'], most = 8): Family => ({
  ...sphere(name, layer, most),
  from: 'rotations',
})

export const CHANNELS = 2

/** All layers that commute with rotations exactly. */
export const families: readonly Family[] = [
  sphere('SphereConvolution', (b) => new SphereConvolution({ ...channels, bandwidth: b }), 16),
  sphere(
    'SphereConvolution equatorial, half the output bandwidth',
    (b) => new SphereConvolution({ ...channels, bandwidth: b, outBandwidth: halved(b), kernel: 'equatorial' }),
    32,
  ),
  sphere('SphereConvolution spectral', (b) => new SphereConvolution({ ...channels, bandwidth: b, kernel: 'spectral', bias: false })),
  sphere(
    'SphereConvolution oversampled',
    (b) => new SphereConvolution({ ...channels, bandwidth: b, outBandwidth: halved(b), oversampling: 1.5 }),
  ),
  rotations('RotationConvolution', (b) => new RotationConvolution({ ...channels, bandwidth: b })),
  rotations(
    'RotationConvolution equatorial, half the output bandwidth',
    (b) => new RotationConvolution({ ...channels, bandwidth: b, outBandwidth: halved(b), kernel: rotationEquatorialGrid({ alphas: 6 }) }),
    16,
  ),
  rotations('RotationConvolution spectral', (b) => new RotationConvolution({ ...channels, bandwidth: b, kernel: 'spectral' })),
  { ...sphere('ZonalConvolution', (b) => new ZonalConvolution({ ...channels, bandwidth: b }), 32), to: 'sphere' },
  { ...sphere('DegreeLinear', (b) => new DegreeLinear({ ...channels, degrees: b }), 32), from: 'spectrum', to: 'spectrum' },
  { ...sphere('CircleConvolution', (b) => new CircleConvolution({ ...channels, bandwidth: b }), 32), from: 'circle', to: 'circle' },
  {
    ...sphere(
      'CircleConvolution spectral, half the output bandwidth',
      (b) => new CircleConvolution({ ...channels, bandwidth: b, outBandwidth: halved(b), kernel: 'spectral' }),
      32,
    ),
    from: 'circle',
    to: 'circle',
  },
  { ...sphere('resample, sphere', (b) => applied((x) => resample(x, halved(b))), 32), to: 'sphere' },
  rotations('resample, rotations', (b) => applied((x) => resample(x, halved(b))), 16),
  { ...sphere('SpherePooling', () => new SpherePooling(), 32), to: 'numbers' },
  { ...rotations('RotationPooling', () => new RotationPooling(), 16), to: 'numbers' },
  {
    ...sphere('HaarNormalization of signals', () => new HaarNormalization({ channels: CHANNELS, over: 'signal' })),
    to: 'sphere',
    linear: false,
  },
  {
    ...rotations('HaarNormalization of signals, rotations', () => new HaarNormalization({ channels: CHANNELS, over: 'signal' })),
    linear: false,
  },
  { ...sphere('a cube, oversampled', () => applied(cubed)), to: 'sphere', linear: false },
  { ...rotations('a cube, oversampled, rotations', () => applied(cubed), 4), linear: false },
  {
    ...sphere('ClebschGordanProduct', (b) => new ClebschGordanProduct({ degrees: b, channels: CHANNELS }), 6),
    from: 'spectrum',
    to: 'spectrum',
    linear: false,
  },
  { ...sphere('power spectrum', () => applied((x) => spherePowerSpectrum(sphereSpectrum(x))), 16), to: 'numbers', linear: false },
  {
    ...rotations('power spectrum, rotations', () => applied((x) => rotationPowerSpectrum(rotationSpectrum(x)))),
    to: 'numbers',
    linear: false,
  },
  { ...sphere('bispectrum', () => applied((x) => sphereBispectrum(sphereSpectrum(x)))), to: 'numbers', linear: false },
]

/** The shape of the input of a layer. */
function inputShape({ from }: Family, b: number, batch: number | string): (number | string)[] {
  if (from === 'spectrum') return [b * b, batch, CHANNELS]
  return [batch, CHANNELS, ...new Array<number>({ circle: 1, sphere: 2, rotations: 3, numbers: 0 }[from]).fill(2 * b)]
}

/** A bandwidth and a number of signals. Signals are random with degrees below the bandwidth if `limited`, otherwise all samples are random. */
interface Sizes {
  readonly b: number
  readonly batch: number
  readonly limited: boolean
}

/** Random rotations, applied to the input and the output. */
const turns = (from: Space, to: Space, count: number): Symmetry => {
  const turned = (values: Values, name: string, space: Space, q: EulerAngles): Values => {
    const value = values[name]
    return value === undefined ? values : { ...values, [name]: rotated(space, { ...value, data: toNumbers(value.data) }, q) }
  }
  return {
    name: 'rotations',
    elements: () =>
      randomRotations(count).map((q) => ({
        name: `the rotation by ${q.alpha}, ${q.beta}, ${q.gamma}`,
        input: (inputs) => turned(inputs, 'x', from, q),
        output: (outputs) => turned(outputs, 'y', to, q),
      })),
  }
}

/** The description of a rotation-equivariant layer for the law checks. */
export function described(family: Family): LayerDescription<Sizes> {
  const { name, layer, from, to, linear, most } = family
  const random = (b: number, batch: number): Sizes => ({ b, batch, limited: false })
  const limited = (b: number, batch: number): Sizes => ({ b, batch, limited: true })
  return {
    name,
    variant: ({ b }) => b,
    expression: ({ b }) => {
      const x = input('x', 'float32', inputShape(family, b, 'batch'))
      return { inputs: { x }, outputs: layer(b).forward(x) }
    },
    feeds: (sizes) => {
      const { b, batch } = sizes
      return { x: sizes.limited ? bandLimited(from, b, CHANNELS, b, batch) : normals(inputShape(family, b, batch).map(Number), batch + 1) }
    },
    sizes: [1, 2, 4, 8, 16, 32].filter((b) => b <= most).map((b) => limited(b, b > 8 ? 1 : 2)),
    sizesOf: {
      devices: [limited(Math.min(8, most), 2)],
      derivative: [random(2, 2)],
      affine: [random(3, 1)],
      parity: [random(3, 0), random(3, 1), random(3, 5)],
    },
    symmetry: ({ b }) => turns(from, to, b > 8 ? 1 : 3),
    affine: linear,
    tolerances: { float64: 1e-10, float32: 1e-4 },
  }
}

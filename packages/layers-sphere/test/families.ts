import { Module } from '@equivar/nn'
import { mul, type Tensor } from '@equivar/tensor'
import {
  CircleConvolution,
  ClebschGordanProduct,
  DegreeLinear,
  HaarNormalization,
  oversampled,
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
import type { Layer, Space } from './shared.ts'

/** A layer, and where its input and output live. */
export interface Family {
  readonly name: string
  readonly layer: (b: number) => Layer
  readonly from: Space
  readonly to: Space
  /** Bandwidth of the output. */
  readonly out: (b: number) => number
  readonly linear: boolean
  /** The largest bandwidth of the float64 tests. */
  readonly most: number
}

/** A function of samples as a layer. */
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

const same = (b: number): number => b
const halved = (b: number): number => Math.ceil(b / 2)
const channels = { inChannels: 2, outChannels: 3 }
const cubed = (x: Tensor): Tensor => oversampled(x, (s) => mul(mul(s, s), s), 2)

const sphere = (name: string, layer: Family['layer'], out = same, most = 8): Family => ({
  name,
  layer,
  from: 'sphere',
  to: 'rotations',
  out,
  linear: true,
  most,
})
const rotations = (name: string, layer: Family['layer'], out = same, most = 8): Family => ({
  ...sphere(name, layer, out, most),
  from: 'rotations',
})

export const CHANNELS = 2

/** Every layer that commutes with rotations exactly. */
export const families: readonly Family[] = [
  sphere('SphereConvolution', (b) => new SphereConvolution({ ...channels, bandwidth: b }), same, 16),
  sphere(
    'SphereConvolution equatorial, to half the bandwidth',
    (b) => new SphereConvolution({ ...channels, bandwidth: b, outBandwidth: halved(b), kernel: 'equatorial' }),
    halved,
    32,
  ),
  sphere('SphereConvolution spectral', (b) => new SphereConvolution({ ...channels, bandwidth: b, kernel: 'spectral', bias: false })),
  sphere(
    'SphereConvolution oversampled',
    (b) => new SphereConvolution({ ...channels, bandwidth: b, outBandwidth: halved(b), oversampling: 1.5 }),
    (b) => Math.ceil(1.5 * halved(b)),
  ),
  rotations('RotationConvolution', (b) => new RotationConvolution({ ...channels, bandwidth: b })),
  rotations(
    'RotationConvolution equatorial, to half the bandwidth',
    (b) => new RotationConvolution({ ...channels, bandwidth: b, outBandwidth: halved(b), kernel: rotationEquatorialGrid({ alphas: 6 }) }),
    halved,
    16,
  ),
  rotations('RotationConvolution spectral', (b) => new RotationConvolution({ ...channels, bandwidth: b, kernel: 'spectral' })),
  { ...sphere('ZonalConvolution', (b) => new ZonalConvolution({ ...channels, bandwidth: b }), same, 32), to: 'sphere' },
  { ...sphere('DegreeLinear', (b) => new DegreeLinear({ ...channels, degrees: b }), same, 32), from: 'spectrum', to: 'spectrum' },
  { ...sphere('CircleConvolution', (b) => new CircleConvolution({ ...channels, bandwidth: b }), same, 32), from: 'circle', to: 'circle' },
  {
    ...sphere(
      'CircleConvolution spectral, to half the bandwidth',
      (b) => new CircleConvolution({ ...channels, bandwidth: b, outBandwidth: halved(b), kernel: 'spectral' }),
      halved,
      32,
    ),
    from: 'circle',
    to: 'circle',
  },
  { ...sphere('resample, sphere', (b) => applied((x) => resample(x, halved(b))), halved, 32), to: 'sphere' },
  rotations('resample, rotations', (b) => applied((x) => resample(x, halved(b))), halved, 16),
  { ...sphere('SpherePooling', () => new SpherePooling(), same, 32), to: 'numbers' },
  { ...rotations('RotationPooling', () => new RotationPooling(), same, 16), to: 'numbers' },
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
  { ...rotations('a cube, oversampled, rotations', () => applied(cubed), same, 4), linear: false },
  {
    ...sphere('ClebschGordanProduct', (b) => new ClebschGordanProduct({ degrees: b, channels: CHANNELS }), same, 6),
    from: 'spectrum',
    to: 'spectrum',
    linear: false,
  },
  { ...sphere('power spectrum', () => applied((x) => spherePowerSpectrum(sphereSpectrum(x))), same, 16), to: 'numbers', linear: false },
  {
    ...rotations('power spectrum, rotations', () => applied((x) => rotationPowerSpectrum(rotationSpectrum(x)))),
    to: 'numbers',
    linear: false,
  },
  { ...sphere('bispectrum', () => applied((x) => sphereBispectrum(sphereSpectrum(x)))), to: 'numbers', linear: false },
]

/** Shape of a layer's input. */
export function inputShape({ from }: Family, b: number, batch: number | string): (number | string)[] {
  if (from === 'spectrum') return [b * b, batch, CHANNELS]
  return [batch, CHANNELS, ...new Array<number>({ circle: 1, sphere: 2, rotations: 3, numbers: 0 }[from]).fill(2 * b)]
}

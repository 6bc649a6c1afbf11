import { input, type Tensor } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { requireTable } from '../src/checks.ts'
import {
  CircleConvolution,
  ClebschGordanProduct,
  circleSignal,
  circleSpectrum,
  DegreeLinear,
  HaarNormalization,
  oversampledActivation,
  RotationConvolution,
  RotationPooling,
  resample,
  rotationPowerSpectrum,
  rotationSignal,
  SphereConvolution,
  SpherePooling,
  SphericalNetwork,
  sphereBispectrum,
  spherePowerSpectrum,
  ZonalConvolution,
} from '../src/index.ts'

describe('the text of errors', () => {
  const x = (...shape: (number | string)[]): Tensor => input('x', 'float32', shape)
  const options = { inChannels: 1, outChannels: 1, bandwidth: 2 }
  const remedy = 'Resample the signal, or change the bandwidth or the channels of the layer.'
  const samples = (where: string, wanted: string, received: string): string =>
    `${where}: expected samples of shape ${wanted}, received ${received}. ${remedy}`
  const spectrum = (where: string, wanted: string, received: string): string =>
    `${where}: expected a spectrum [${wanted}, batch, channels], received ${received}.`
  test.each<[() => unknown, string]>([
    [() => circleSpectrum(x('batch', 3, 5)), samples('circleSpectrum', '[batch, channels, 2b]', '[batch, 3, 5]')],
    [() => circleSpectrum(x('batch', 3, 0)), samples('circleSpectrum', '[batch, channels, 2b]', '[batch, 3, 0]')],
    [() => circleSpectrum(x('batch', 3, 'n')), samples('circleSpectrum', '[batch, channels, 2b]', '[batch, 3, n]')],
    [
      () => new CircleConvolution(options).forward(x('batch', 1, 2)),
      samples('CircleConvolution.forward', '[batch, 1, 2b], b at least 2', '[batch, 1, 2]'),
    ],
    [
      () => new ZonalConvolution(options).forward(x('batch', 2, 4, 4)),
      samples('ZonalConvolution.forward', '[batch, 1, 2b, 2b], b at least 2', '[batch, 2, 4, 4]'),
    ],
    [
      () => new RotationConvolution(options).forward(x('batch', 1, 4, 4)),
      samples('RotationConvolution.forward', '[batch, 1, 2b, 2b, 2b], b at least 2', '[batch, 1, 4, 4]'),
    ],
    [
      () => new RotationPooling().forward(x('batch', 1, 4, 4)),
      samples('RotationPooling.forward', '[batch, channels, 2b, 2b, 2b]', '[batch, 1, 4, 4]'),
    ],
    [
      () => new SpherePooling().forward(x('batch', 1, 4, 2)),
      samples('SpherePooling.forward', '[batch, channels, 2b, 2b]', '[batch, 1, 4, 2]'),
    ],
    [
      () => new HaarNormalization({ channels: 2 }).forward(x('batch', 1, 4, 4)),
      samples('HaarNormalization.forward', '[batch, 2, 2b, 2b]', '[batch, 1, 4, 4]'),
    ],
    [() => circleSignal(x(4, 'batch', 1)), spectrum('circleSignal', '2 degrees - 1', '[4, batch, 1]')],
    [() => rotationSignal(x(9, 'batch', 1)), spectrum('rotationSignal', 'degrees (4 degrees^2 - 1) / 3', '[9, batch, 1]')],
    [() => rotationPowerSpectrum(x(9, 'batch', 1)), spectrum('rotationPowerSpectrum', 'degrees (4 degrees^2 - 1) / 3', '[9, batch, 1]')],
    [() => spherePowerSpectrum(x(3, 'batch', 1)), spectrum('spherePowerSpectrum', 'degrees^2', '[3, batch, 1]')],
    [() => sphereBispectrum(x(4, 1)), spectrum('sphereBispectrum', 'degrees^2', '[4, 1]')],
    [
      () => new DegreeLinear({ degrees: 2, inChannels: 1, outChannels: 1 }).forward(x('rows', 'batch', 1)),
      spectrum('DegreeLinear.forward', 'degrees^2', '[rows, batch, 1]'),
    ],
    [
      () => new DegreeLinear({ degrees: 2, inChannels: 1, outChannels: 1 }).forward(x(4, 'batch', 2)),
      'DegreeLinear.forward: expected a spectrum [4, batch, 1] (2 degrees), received [4, batch, 2].',
    ],
    [
      () => new DegreeLinear({ degrees: 2, inChannels: 1, outChannels: 1 }).forward(x(9, 'batch', 1)),
      'DegreeLinear.forward: expected a spectrum [4, batch, 1] (2 degrees), received [9, batch, 1].',
    ],
    [
      () => new ClebschGordanProduct({ degrees: 2, channels: 1 }).forward(x(4, 'batch', 2)),
      'ClebschGordanProduct.forward: expected a spectrum [4, batch, 1] (2 degrees), received [4, batch, 2].',
    ],
    [
      () => new ClebschGordanProduct({ degrees: 2, channels: 1 }).forward(x(4, 'batch', 1), x(3, 'batch', 1)),
      spectrum('ClebschGordanProduct.forward', 'degrees^2', '[3, batch, 1]'),
    ],
    [
      () => circleSpectrum(x('batch', 1, 4), { degrees: 3 }),
      'circleSpectrum: expected at most 2 degrees from samples of bandwidth 2, received 3.',
    ],
    [
      () => circleSpectrum(x('batch', 1, 4), { degrees: 0 }),
      'circleSpectrum: expected degrees to be an integer from 1 to 1024, received 0.',
    ],
    [
      () => circleSignal(x(5, 'batch', 1), { bandwidth: 2 }),
      'circleSignal: expected a bandwidth of at least 3, the degrees of the spectrum, received 2.',
    ],
    [
      () => rotationSignal(x(10, 'batch', 1), { bandwidth: 1 }),
      'rotationSignal: expected a bandwidth of at least 2, the degrees of the spectrum, received 1.',
    ],
    [
      () => resample(x('batch', 1), 2),
      'resample: expected samples [batch, channels, 2b] on the circle, [..., 2b, 2b] on the sphere or [..., 2b, 2b, 2b] on SO(3), received [batch, 1].',
    ],
    [() => resample(x('batch', 1, 3), 2), samples('resample', '[batch, channels, 2b]', '[batch, 1, 3]')],
    [
      () => oversampledActivation(x('batch', 1), (s) => s),
      'oversampledActivation: expected samples [batch, channels, 2b] on the circle, [..., 2b, 2b] on the sphere or [..., 2b, 2b, 2b] on SO(3), received [batch, 1].',
    ],
    [
      () => oversampledActivation(x('batch', 1, 4), (s) => s, { oversampling: 0.9 }),
      'oversampledActivation: expected oversampling to be at least 1, received 0.9.',
    ],
    [
      () => oversampledActivation(x('batch', 1, 4), (s) => s, { oversampling: 1000 }),
      'oversampledActivation: expected the oversampled bandwidth to be an integer from 1 to 1024, received 2000.',
    ],
    [
      () => new DegreeLinear({ degrees: 0, inChannels: 1, outChannels: 1 }),
      'DegreeLinear: expected degrees to be an integer from 1 to 1024, received 0.',
    ],
    [
      () => new DegreeLinear({ degrees: 1, inChannels: 0, outChannels: 1 }),
      'DegreeLinear: expected inChannels to be a positive integer, received 0.',
    ],
    [
      () => new DegreeLinear({ degrees: 1, inChannels: 1, outChannels: 0.5 }),
      'DegreeLinear: expected outChannels to be a positive integer, received 0.5.',
    ],
    [
      () => new ClebschGordanProduct({ degrees: 1025, channels: 1 }),
      'ClebschGordanProduct: expected degrees to be an integer from 1 to 1024, received 1025.',
    ],
    [
      () => new ClebschGordanProduct({ degrees: 1, channels: 0 }),
      'ClebschGordanProduct: expected channels to be a positive integer, received 0.',
    ],
    [
      () => new ZonalConvolution({ ...options, inChannels: 0 }),
      'ZonalConvolution: expected inChannels to be a positive integer, received 0.',
    ],
    [
      () => new CircleConvolution({ ...options, outChannels: 0 }),
      'CircleConvolution: expected outChannels to be a positive integer, received 0.',
    ],
    [
      () => new CircleConvolution({ ...options, outBandwidth: 0 }),
      'CircleConvolution: expected outBandwidth to be an integer from 1 to 1024, received 0.',
    ],
    [
      () => new SphereConvolution({ ...options, kernel: [] }),
      'SphereConvolution: expected kernel to be "nearIdentity", "equatorial", "spectral" or a nonempty list of points, received an empty list.',
    ],
    [
      () => new RotationConvolution({ ...options, kernel: 'toString' as 'spectral' }),
      'RotationConvolution: expected kernel to be "nearIdentity", "equatorial", "spectral" or a nonempty list of points, received "toString".',
    ],
    [
      () => new SphericalNetwork({ bandwidths: [3], channels: [1], outputs: 2 }),
      'SphericalNetwork: expected at least two bandwidths and as many channels, received [3] and [1].',
    ],
    [
      () => new SphericalNetwork({ bandwidths: [3, 2], channels: [1, 2, 3], outputs: 2 }),
      'SphericalNetwork: expected at least two bandwidths and as many channels, received [3, 2] and [1, 2, 3].',
    ],
    [
      () => requireTable('f', 257, 256, 1),
      'f: expected a table of polar functions of at most 33554432 numbers, received 33817088 for 257 degrees on the grid of bandwidth 256. Keep fewer degrees.',
    ],
  ])('%#', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ message }))
  })
  test('limits may be reached', () => {
    expect(() => requireTable('f', 256, 256, 1)).not.toThrow()
    expect(() => requireTable('f', 64, 64, 2)).not.toThrow()
    expect(circleSpectrum(x('batch', 1, 2048)).shape[0]).toBe(2047)
    expect(new SphereConvolution({ ...options, oversampling: 1.5 }).forward(x('batch', 1, 4, 4)).shape).toEqual(
      x('batch', 1, 6, 6, 6).shape,
    )
    expect(new SphereConvolution({ ...options, oversampling: 1.1 }).forward(x('batch', 1, 6, 6)).shape).toEqual(
      x('batch', 1, 6, 6, 6).shape,
    )
  })
})

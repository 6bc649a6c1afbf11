import { silu } from '@equivar/nn'
import { abs, concat, mul, relu, sigmoid, type Tensor, tanh } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  coupling,
  DepthwiseTensorProduct,
  ElementwiseTensorProduct,
  FullyConnectedTensorProduct,
  features,
  Gate,
  IrrepsLinear,
  irreps,
  NormActivation,
  type RadialBasisName,
  radialBasis,
  type ScalarActivation,
  sphericalHarmonics,
  TensorProduct,
} from '../src/index.ts'
import { expectGolden, golden, goldenLines, haveGoldenCases, unpacked, unusedCases } from './golden.ts'

/** `1x0o+6x0e` as e3nn prints it, with or without numbers of copies. */
const parsed = (text: string) => irreps(text)

describe.runIf(haveGoldenCases)('agrees with e3nn', () => {
  test('wigner 3j', () => {
    for (const { l, data } of goldenLines<{ l: [number, number, number]; data: number[] }>('e3nn-wigner-3j.jsonl'))
      for (const [i, value] of coupling(...l).entries()) expect(value).toBeCloseTo(data[i] as number, 14)
  })

  test('matrices of irreducible representations', () => {
    const { tensors } = golden('e3nn-wigner-d.json')
    const matrices = tensors['out:matrix'] as { shape: number[]; data: number[] }
    for (let n = 0; n < (matrices.shape[0] as number); n++) {
      const matrix = matrices.data.slice(9 * n, 9 * n + 9)
      for (const [key, { data, shape }] of Object.entries(tensors)) {
        const kind = /^out:(\d[eo])$/.exec(key)?.[1]
        if (kind === undefined) continue
        const size = (shape[1] as number) * (shape[2] as number)
        const ours = parsed(kind).matrix(matrix)
        for (let i = 0; i < size; i++) expect(ours[i]).toBeCloseTo(data[n * size + i] as number, 12)
      }
    }
  })

  test.each(['norm', 'component', 'integral'] as const)('spherical harmonics, %s', async (normalization) => {
    await expectGolden(`e3nn-spherical-harmonics-${normalization}.json`, (tensor, { degrees }) => ({
      outputs: { out: sphericalHarmonics(tensor('in:x'), { degree: degrees.at(-1), normalization }).flat() },
    }))
  })

  test('solid harmonics', async () => {
    await expectGolden('e3nn-solid-harmonics-component.json', (tensor, { degrees }) => ({
      outputs: { out: sphericalHarmonics(tensor('in:x'), { degree: degrees.at(-1), normalize: false }).flat() },
    }))
  })

  test.each(['linear', 'linear-bias'])('%s', async (name) => {
    await expectGolden(`e3nn-${name}.json`, (tensor, { irreps_in, irreps_out, biases, instructions }) => {
      const layer = new IrrepsLinear({ input: irreps_in, output: irreps_out, bias: biases })
      const y = layer.forward(features(tensor('in:x'), irreps_in)).flat()
      const weighted = instructions.filter((each: { i_in: number }) => each.i_in >= 0)
      const blocks = unpacked(
        tensor('param:weight'),
        weighted.map((each: { path_shape: number[] }) => each.path_shape),
      )
      const weights = new Map<Tensor, Tensor>()
      layer.weights.forEach((weight, k) => {
        const parts = blocks.filter((_, i) => weighted[i].i_out === k)
        if (weight !== undefined) weights.set(weight, parts.length === 1 ? (parts[0] as Tensor) : concat(parts, 0))
      })
      const offsets = layer.biases.filter((bias) => bias !== undefined)
      if (biases)
        unpacked(
          tensor('param:bias'),
          offsets.map(({ sizes }) => sizes),
        ).forEach((part, i) => {
          weights.set(offsets[i] as Tensor, part)
        })
      return { outputs: { out: y }, weights }
    })
  })

  test.each(['fully-connected-tp', 'fully-connected-tp-norm', 'fully-connected-tp-per-sample'])('%s', async (name) => {
    await expectGolden(`e3nn-${name}.json`, (tensor, config) => {
      const product = new FullyConnectedTensorProduct({
        first: config.irreps_in1,
        second: config.irreps_in2,
        output: config.irreps_out,
        weights: 'given',
        irrepNormalization: config.irrep_normalization,
        pathNormalization: config.path_normalization,
      })
      const [x, y] = [features(tensor('in:x'), config.irreps_in1), features(tensor('in:y'), config.irreps_in2)]
      return { outputs: { out: product.forward(x, y, tensor('in:weight')).flat() } }
    })
  })

  test('a fully connected tensor product with weights of its own', async () => {
    await expectGolden('e3nn-fully-connected-tp.json', (tensor, config) => {
      const product = new FullyConnectedTensorProduct({ first: config.irreps_in1, second: config.irreps_in2, output: config.irreps_out })
      const [x, y] = [features(tensor('in:x'), config.irreps_in1), features(tensor('in:y'), config.irreps_in2)]
      const blocks = unpacked(
        tensor('in:weight'),
        product.weights.map((weight) => weight?.sizes ?? []),
      )
      return {
        outputs: { out: product.forward(x, y).flat() },
        weights: new Map(product.weights.map((weight, i) => [weight as Tensor, blocks[i] as Tensor])),
      }
    })
  })

  test('a depthwise tensor product', async () => {
    await expectGolden('e3nn-depthwise-tp.json', (tensor, config) => {
      const product = new DepthwiseTensorProduct({
        first: config.irreps_in1,
        second: config.irreps_in2,
        keep: config.irreps_out,
        weights: 'given',
      })
      expect(product.output.equals(parsed(config.irreps_out))).toBe(true)
      const [x, y] = [features(tensor('in:x'), config.irreps_in1), features(tensor('in:y'), config.irreps_in2)]
      return { outputs: { out: product.forward(x, y, tensor('in:weight')).flat() } }
    })
  })

  test('a depthwise tensor product along listed paths', async () => {
    await expectGolden('e3nn-depthwise-tp.json', (tensor, config) => {
      const product = new TensorProduct({
        first: config.irreps_in1,
        second: config.irreps_in2,
        output: config.irreps_out,
        weights: 'given',
        paths: config.instructions.map((each: { i_in1: number; i_in2: number; i_out: number }) => ({
          first: each.i_in1,
          second: each.i_in2,
          output: each.i_out,
          mode: 'uvu',
          weighted: true,
        })),
      })
      const [x, y] = [features(tensor('in:x'), config.irreps_in1), features(tensor('in:y'), config.irreps_in2)]
      return { outputs: { out: product.forward(x, y, tensor('in:weight')).flat() } }
    })
  })

  test('an elementwise tensor product', async () => {
    await expectGolden('e3nn-elementwise-tp.json', (tensor, config) => {
      const product = new ElementwiseTensorProduct({ first: config.irreps_in1, second: config.irreps_in2, keep: config.irreps_out })
      expect(product.output.equals(parsed(config.irreps_out))).toBe(true)
      return {
        outputs: { out: product.forward(features(tensor('in:x'), config.irreps_in1), features(tensor('in:y'), config.irreps_in2)).flat() },
      }
    })
  })

  test.each(['gate', 'gate-odd'])('%s', async (name) => {
    await expectGolden(`e3nn-${name}.json`, (tensor, config) => {
      const functions: Record<string, ScalarActivation> = {
        silu: { apply: silu },
        sigmoid: { apply: sigmoid },
        relu: { apply: relu },
        tanh: { apply: tanh, parity: 'odd' },
        abs: { apply: abs, parity: 'even' },
      }
      const scaled = (activation: string): ScalarActivation => {
        const { apply, parity = 'neither' } = functions[activation] as Exclude<ScalarActivation, string>
        return { apply: (x) => mul(apply(x), config.second_moment_constants[activation]), parity }
      }
      const layer = new Gate({
        scalars: config.irreps_scalars,
        scalarActivations: config.act_scalars.map(scaled),
        gates: config.irreps_gates,
        gateActivations: config.act_gates.map(scaled),
        gated: config.irreps_gated,
      })
      expect(layer.input.equals(parsed(config.irreps_in))).toBe(true)
      expect(layer.output.simplified().equals(parsed(config.irreps_out).simplified())).toBe(true)
      return { outputs: { out: layer.forward(features(tensor('in:x'), config.irreps_in)).flat() } }
    })
  })

  test.each(['norm-activation', 'norm-activation-bias'])('%s', async (name) => {
    await expectGolden(`e3nn-${name}.json`, (tensor, config) => {
      const layer = new NormActivation({
        irreps: config.irreps,
        activation: config.activation,
        normalize: config.normalize,
        bias: config.bias,
      })
      const weights = new Map<Tensor, Tensor>()
      if (config.bias) {
        const parts = unpacked(
          tensor('param:biases'),
          layer.biases.map((bias) => bias?.sizes ?? []),
        )
        for (const [i, bias] of layer.biases.entries()) weights.set(bias as Tensor, parts[i] as Tensor)
      }
      return { outputs: { out: layer.forward(features(tensor('in:x'), config.irreps)).flat() }, weights }
    })
  })

  const bases: [string, RadialBasisName][] = [
    ['gaussian', 'gaussian'],
    ['cosine', 'cosine'],
    ['smooth-finite', 'smoothFinite'],
    ['fourier', 'fourier'],
    ['bessel', 'bessel'],
  ]
  test.each(bases.flatMap(([file, basis]) => [true, false].map((cutoff) => ({ file, basis, cutoff }))))(
    'radial basis $basis, cutoff $cutoff',
    async ({ file, basis, cutoff }) => {
      await expectGolden(`e3nn-radial-${file}-${cutoff ? 'cutoff' : 'free'}.json`, (tensor, { start, end, number }) => ({
        outputs: { out: radialBasis(tensor('in:x'), { basis, start, end, count: number, cutoff }) },
      }))
    },
  )

  test('every case of its building blocks is compared', () => {
    const networks = /net|nequip|batch-norm/
    expect(unusedCases().filter((name) => name.startsWith('e3nn-') && !networks.test(name))).toEqual([])
  })
})

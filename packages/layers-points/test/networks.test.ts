import { type Linear, type Mlp, silu, trace } from '@equivar/nn'
import {
  add,
  concat,
  cos,
  differentiate,
  greater,
  less,
  mul,
  ones,
  reduceSum,
  reshape,
  segmentSum,
  sigmoid,
  slice,
  sub,
  type Tensor,
  transpose,
  where,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  besselBasis,
  cosineCutoff,
  Egnn,
  EgnnLayer,
  edgesOf,
  Features,
  features,
  GatedPointNetwork,
  gaussianBasis,
  IrrepsBatchNorm,
  lengths,
  PaiNnMessage,
  PaiNnUpdate,
  RadialNetwork,
  radialBasis,
  type ScalarActivation,
  SchNetInteraction,
  sphericalHarmonics,
  TensorFieldNetwork,
  type TensorProduct,
  VectorLinearRelu,
  VectorMaxPooling,
  VectorRelu,
} from '../src/index.ts'
import { expectGolden, haveGoldenCases, turned, unpacked, unusedCases } from './golden.ts'

/** Weights of a case for our parameters. */
class Weights {
  readonly map = new Map<Tensor, Tensor>()
  readonly tensor: (key: string) => Tensor

  constructor(tensor: (key: string) => Tensor) {
    this.tensor = tensor
  }

  linear(ours: Linear | undefined, key: string): this {
    if (ours === undefined) return this
    this.map.set(ours.weight, turned(this.tensor(`param:${key}.weight`)))
    if (ours.bias !== undefined) this.map.set(ours.bias, this.tensor(`param:${key}.bias`))
    return this
  }

  mlp(ours: Mlp | undefined, key: string, places: readonly number[] = [0, 2]): this {
    for (const [i, layer] of (ours?.layers ?? []).entries()) this.linear(layer, `${key}.${places[i]}`)
    return this
  }
}

/** Row 0 receives there, row 1 here. */
const exchanged = (edgeIndex: Tensor): Tensor =>
  concat([slice(edgeIndex, { axis: 0, start: 1, end: 2 }), slice(edgeIndex, { axis: 0, start: 0, end: 1 })], 0)

function egnnWeights(weights: Weights, layer: EgnnLayer, prefix = ''): void {
  weights.mlp(layer.edgeMlp, `${prefix}edge_mlp`).linear(layer.attention, `${prefix}att_mlp.0`)
  weights.linear(layer.stepHidden, `${prefix}coord_mlp.0`).linear(layer.stepOut, `${prefix}coord_mlp.2`)
  weights.mlp(layer.velocityMlp, `${prefix}coord_mlp_vel`)
}

describe.runIf(haveGoldenCases)('EGNN', () => {
  const cases = ['gcl', 'gcl-attention', 'gcl-no-coordinates', 'gcl-normalize-tanh', 'gcl-velocity']
  test.each(cases)('layer %s', async (name) => {
    await expectGolden(`egnn-${name}.json`, (tensor, config) => {
      const edgeChannels = config.edges_in_d ?? config.in_edge_nf
      const movesPoints = !name.includes('no-coordinates')
      const layer = new EgnnLayer({
        channels: config.input_nf,
        outChannels: config.output_nf,
        hiddenChannels: config.hidden_nf,
        edgeChannels,
        residual: config.residual ?? config.recurrent,
        attention: config.attention,
        movesPoints,
        velocities: name === 'gcl-velocity',
        normalize: config.normalize === true ? 'detached' : 'none',
        bounded: config.tanh === true,
        aggregation: config.coords_agg ?? 'mean',
      })
      const weights = new Weights(tensor)
      egnnWeights(weights, layer)
      weights.mlp(layer.nodeMlp, 'node_mlp')
      const { x, positions } = layer.forward({
        x: tensor('in:h'),
        positions: tensor('in:x'),
        edgeIndex: exchanged(tensor('in:edge_index')),
        ...(edgeChannels > 0 ? { edgeAttributes: tensor('in:edge_attr') } : {}),
        ...(name === 'gcl-velocity' ? { velocities: tensor('in:v') } : {}),
      })
      return { outputs: movesPoints ? { 'out:h': x, 'out:x': positions } : { out: x }, weights: weights.map }
    })
  })

  test('network', async () => {
    await expectGolden('egnn-network.json', (tensor, config) => {
      const network = new Egnn({
        inChannels: config.in_node_nf,
        outChannels: config.out_node_nf,
        hiddenChannels: config.hidden_nf,
        edgeChannels: config.in_edge_nf,
        layers: config.n_layers,
      })
      const weights = new Weights(tensor).linear(network.embedding, 'embedding_in').linear(network.readout, 'embedding_out')
      network.layers.forEach((layer, i) => {
        egnnWeights(weights, layer, `gcl_${i}.`)
        weights.mlp(layer.nodeMlp, `gcl_${i}.node_mlp`)
      })
      const { x, positions } = network.forward({
        x: tensor('in:h'),
        positions: tensor('in:x'),
        edgeIndex: exchanged(tensor('in:edge_index')),
        edgeAttributes: tensor('in:edge_attr'),
      })
      return { outputs: { 'out:h': x, 'out:x': positions }, weights: weights.map }
    })
  })

  test('network with velocities', async () => {
    await expectGolden('egnn-velocity-network.json', (tensor, config) => {
      const network = new Egnn({
        inChannels: config.in_node_nf,
        hiddenChannels: config.hidden_nf,
        edgeChannels: config.in_edge_nf,
        layers: config.n_layers,
        velocities: true,
      })
      const weights = new Weights(tensor).linear(network.embedding, 'embedding')
      network.layers.forEach((layer, i) => {
        egnnWeights(weights, layer, `gcl_${i}.`)
        if (i < config.n_layers - 1) weights.mlp(layer.nodeMlp, `gcl_${i}.node_mlp`)
      })
      const { positions } = network.forward({
        x: tensor('in:h'),
        positions: tensor('in:x'),
        edgeIndex: exchanged(tensor('in:edge_index')),
        edgeAttributes: tensor('in:edge_attr'),
        velocities: tensor('in:v'),
      })
      return { outputs: { out: positions }, weights: weights.map }
    })
  })
})

describe.runIf(haveGoldenCases)('SchNet', () => {
  test('interaction', async () => {
    await expectGolden('schnet-interaction.json', (tensor, config) => {
      const layer = new SchNetInteraction({
        channels: config.n_atom_basis,
        filters: config.n_filters,
        gaussians: config.n_rbf,
        radius: config.cutoff,
      })
      const weights = new Weights(tensor).linear(layer.enter, 'in2f').linear(layer.leave, 'f2out.0').linear(layer.mix, 'f2out.1')
      weights.linear(layer.filterHidden, 'filter_network.0').linear(layer.filterOut, 'filter_network.1')
      return { outputs: { out: layer.forward(tensor('in:x'), tensor('in:pos'), exchanged(tensor('in:edge_index'))) }, weights: weights.map }
    })
  })

  test("PyG's interaction, whose cutoff is not 0 beyond the radius", async () => {
    await expectGolden('schnet-cfconv-pyg.json', (tensor, config) => {
      const layer = new SchNetInteraction({
        channels: config.hidden_channels,
        filters: config.num_filters,
        gaussians: config.num_gaussians,
        radius: config.cutoff,
        cutoff: (d, radius) => mul(add(cos(mul(d, Math.PI / radius)), 1), 0.5),
      })
      const weights = new Weights(tensor).linear(layer.enter, 'conv.lin1').linear(layer.leave, 'conv.lin2').linear(layer.mix, 'lin')
      weights.linear(layer.filterHidden, 'mlp.0').linear(layer.filterOut, 'mlp.2')
      return { outputs: { out: layer.forward(tensor('in:x'), tensor('in:pos'), tensor('in:edge_index')) }, weights: weights.map }
    })
  })

  test('cosine cutoff, Gaussian basis, Bessel basis', async () => {
    await expectGolden('schnet-cosine-cutoff.json', (tensor, { cutoff }) => ({ outputs: { out: cosineCutoff(tensor('in:d'), cutoff) } }))
    await expectGolden('schnet-gaussian-basis.json', (tensor, { cutoff, n_rbf }) => ({
      outputs: { out: gaussianBasis(tensor('in:d'), { radius: cutoff, count: n_rbf }) },
    }))
    await expectGolden('painn-bessel-basis.json', (tensor, { cutoff, n_rbf }) => ({
      outputs: { out: besselBasis(tensor('in:d'), { radius: cutoff, count: n_rbf }) },
    }))
  })
})

describe.runIf(haveGoldenCases)('PaiNN', () => {
  const state = (tensor: (key: string) => Tensor, channels: number) =>
    new Features(`${channels}x0e + ${channels}x1o`, [tensor('in:q'), tensor('in:mu')])

  test('message', async () => {
    await expectGolden('painn-message.json', (tensor, config) => {
      const channels = config.n_atom_basis
      const layer = new PaiNnMessage({ channels, radial: config.n_rbf, radius: config.cutoff })
      const weights = new Weights(tensor).mlp(layer.context, 'interaction.interatomic_context_net', [0, 1]).linear(layer.filter, 'filter')
      const edges = edgesOf('test', tensor('in:pos'), exchanged(tensor('in:edge_index')))
      const [q, mu] = layer.forward(state(tensor, channels), edges).blocks as [Tensor, Tensor]
      return { outputs: { 'out:q': q, 'out:mu': mu }, weights: weights.map }
    })
  })

  test('update', async () => {
    await expectGolden('painn-update.json', (tensor, config) => {
      const channels = config.n_atom_basis
      const layer = new PaiNnUpdate({ channels, epsilon: config.epsilon })
      const weights = new Weights(tensor).mlp(layer.context, 'intraatomic_context_net', [0, 1]).linear(layer.mix, 'mu_channel_mix')
      const [q, mu] = layer.forward(state(tensor, channels)).blocks as [Tensor, Tensor]
      return { outputs: { 'out:q': q, 'out:mu': mu }, weights: weights.map }
    })
  })
})

describe.runIf(haveGoldenCases)('vector neurons', () => {
  // Their layout is [batch, channels, 3, points], ours [batch, points, 3, channels].
  const swapped = (x: Tensor): Tensor => transpose(x, [0, 3, 2, 1])

  test('linear map', async () => {
    await expectGolden('vn-linear.json', (tensor) => ({
      outputs: { out: swapped(mapped(swapped(tensor('in:x')), tensor('param:map_to_feat.weight'))) },
    }))
  })

  test.each(['relu', 'leaky-relu'])('%s', async (name) => {
    await expectGolden(`vn-${name}.json`, (tensor, config) => {
      const layer = new VectorRelu({ channels: config.in_channels, slope: config.negative_slope, epsilon: config.eps })
      const weights = new Weights(tensor).linear(layer.direction, 'map_to_dir')
      return { outputs: { out: swapped(layer.forward(swapped(tensor('in:x')))) }, weights: weights.map }
    })
  })

  test('linear map, normalization and leaky relu', async () => {
    await expectGolden('vn-linear-leaky-relu-eval.json', (tensor, config) => {
      const layer = new VectorLinearRelu({ inChannels: config.in_channels, channels: config.out_channels, slope: config.negative_slope })
      const weights = new Weights(tensor).linear(layer.linear, 'map_to_feat').linear(layer.relu.direction, 'map_to_dir')
      const norm = layer.norm?.norm
      if (norm === undefined) throw new Error('expected a normalization')
      const parts: [Tensor, string][] = [
        [norm.scale, 'param:batchnorm.bn.weight'],
        [norm.offset, 'param:batchnorm.bn.bias'],
        [norm.runningMean, 'in:running_mean'],
        [norm.runningVariance, 'in:running_var'],
      ]
      for (const [ours, key] of parts) weights.map.set(ours, tensor(key))
      return { outputs: { out: swapped(layer.forward(swapped(tensor('in:x')))) }, weights: weights.map }
    })
  })

  test('max pooling', async () => {
    await expectGolden('vn-max-pool.json', (tensor, config) => {
      const layer = new VectorMaxPooling({ channels: config.in_channels })
      const weights = new Weights(tensor).linear(layer.direction, 'map_to_dir')
      return { outputs: { out: transpose(layer.forward(swapped(tensor('in:x'))), [0, 2, 1]) }, weights: weights.map }
    })
  })
})

const mapped = (x: Tensor, weight: Tensor): Tensor => {
  const shape = x.shape as number[]
  const flat = reshape(x, [shape.slice(0, -1).reduce((a, b) => a * b, 1), shape.at(-1) as number])
  return reshape(reduceSum(mul(reshape(flat, [flat.shape[0] as number, flat.shape[1] as number, 1]), transpose(weight)), { axis: 1 }), [
    ...shape.slice(0, -1),
    weight.shape[0] as number,
  ])
}

describe.runIf(haveGoldenCases)('networks of e3nn', () => {
  const scaled = (f: (x: Tensor) => Tensor, constant: number): ScalarActivation => ({ apply: (x) => mul(f(x), constant) })

  test('the network of radial weights', async () => {
    await expectGolden('e3nn-fully-connected-net.json', (tensor, config) => {
      const network = new RadialNetwork({ channels: config.hs, activation: scaled(silu, config.second_moment_constant) })
      const weights = new Map(network.weights.map((weight, i) => [weight as Tensor, tensor(`param:layer${i}.weight`)]))
      return { outputs: { out: network.forward(tensor('in:x')) }, weights }
    })
  })

  test.each([true, false])('batch norm, training %s', async (training) => {
    await expectGolden(`e3nn-batch-norm-${training ? 'train' : 'eval'}.json`, (tensor, config) => {
      const layer = new IrrepsBatchNorm({ irreps: config.irreps, epsilon: config.eps, momentum: config.momentum })
      const { result, updates } = trace({ training }, () => layer.forward(features(tensor('in:x'), config.irreps)).flat())
      const weights = new Map<Tensor, Tensor>([
        [layer.scale as Tensor, tensor('param:weight')],
        [layer.offset as Tensor, tensor('param:bias')],
        [layer.runningMean as Tensor, tensor('in:running_mean')],
        [layer.runningSquare as Tensor, tensor('in:running_var')],
      ])
      expect(updates.size).toBe(training ? 2 : 0)
      return { outputs: { out: result }, weights }
    })
  })

  test('batch norm of instances', async () => {
    await expectGolden('e3nn-batch-norm-instance.json', (tensor, config) => {
      const layer = new IrrepsBatchNorm({ irreps: config.irreps, instance: true })
      const { result } = trace({ training: true }, () => layer.forward(features(tensor('in:x'), config.irreps)).flat())
      const weights = new Map<Tensor, Tensor>([
        [layer.scale as Tensor, tensor('param:weight')],
        [layer.offset as Tensor, tensor('param:bias')],
      ])
      return { outputs: { out: result }, weights }
    })
  })

  test('energies and forces of a network of the NequIP kind', async () => {
    await expectGolden('e3nn-nequip-like-forces.json', (tensor, config) => {
      const { silu: siluFactor, sigmoid: sigmoidFactor } = config.second_moment_constants
      const network = new TensorFieldNetwork({
        inChannels: config.nz,
        hidden: config.hid,
        output: '1x0e',
        layers: config.layers,
        degree: 2,
        radial: config.nb,
        radialHidden: [config.nh],
        radius: config.rc,
        neighbours: config.avg,
        readout: '2x0e',
        embedded: config.mul0,
        radialActivation: scaled(silu, siluFactor),
        activations: { scalarActivations: [scaled(silu, siluFactor)], gateActivations: [scaled(sigmoid, sigmoidFactor)] },
      })
      const weights = new Map<Tensor, Tensor>()
      const fill = (ours: readonly (Tensor | undefined)[], key: string): void => {
        const present = ours.filter((each) => each !== undefined)
        const parts = unpacked(
          tensor(`param:${key}.weight`),
          present.map(({ shape }) => shape as number[]),
        )
        for (const [i, each] of present.entries()) weights.set(each, parts[i] as Tensor)
      }
      fill(network.embedding.weights, 'emb')
      network.interactions.forEach((layer, i) => {
        fill(layer.enter.weights, `layers.${i}.l1`)
        fill(layer.leave.weights, `layers.${i}.l2`)
        fill(layer.self.weights, `layers.${i}.sc`)
        for (const [k, weight] of layer.radial.weights.entries()) weights.set(weight, tensor(`param:layers.${i}.fc.layer${k}.weight`))
      })
      fill(network.readoutHidden.weights, 'o1')
      fill(network.readout.weights, 'o2')
      const positions = tensor('in:pos')
      const atoms = network.forward({ x: tensor('in:z'), positions, edgeIndex: tensor('in:edge_index') }).flat()
      const energy = segmentSum(atoms, tensor('in:batch'), 2)
      const [gradient] = differentiate(reduceSum(energy), [positions]) as [Tensor]
      return { outputs: { 'out:energy': reshape(energy, [2]), 'out:forces': mul(gradient, -1) }, weights }
    })
  })

  /** Sets the weights of each product and radial network of a network of convolutions. */
  function convolutionWeights(
    tensor: (key: string) => Tensor,
    network: GatedPointNetwork,
    prefix: (i: number) => string,
  ): Map<Tensor, Tensor> {
    const weights = new Map<Tensor, Tensor>()
    const fill = (product: TensorProduct | undefined, key: string): void => {
      const ours = (product?.weights ?? []).filter((each) => each !== undefined)
      const parts =
        ours.length === 0
          ? []
          : unpacked(
              tensor(`param:${key}.weight`),
              ours.map(({ sizes }) => sizes),
            )
      for (const [i, each] of ours.entries()) weights.set(each, parts[i] as Tensor)
    }
    const all = [...network.convolutions, network.last]
    all.forEach((layer, i) => {
      const key = prefix(i)
      fill(layer.self, `${key}sc`)
      fill(layer.enter, `${key}lin1`)
      fill(layer.leave, `${key}lin2`)
      fill(layer.strength, `${key}alpha`)
      for (const [k, weight] of layer.radial.weights.entries()) weights.set(weight, tensor(`param:${key}fc.layer${k}.weight`))
    })
    return weights
  }

  const activationsOf = (constants: Record<'silu' | 'sigmoid', number>) => ({
    scalarActivations: [scaled(silu, constants.silu)],
    gateActivations: [scaled(sigmoid, constants.sigmoid)],
  })

  test('the network of the tetris example', async () => {
    await expectGolden('e3nn-tetris-network.json', (tensor, config) => {
      const constants = config.second_moment_constants
      const network = new GatedPointNetwork({
        input: '1x0e',
        hidden: '2x0o + 2x0e + 2x1o + 2x1e + 2x2o + 2x2e',
        output: '1x0o + 6x0e',
        harmonics: '0e + 1o + 2e',
        kinds: '0e',
        layers: config.layers,
        radial: config.number_of_basis,
        radialHidden: config.radial_neurons,
        neighbours: config.num_neighbors,
        radialActivation: scaled(silu, constants.silu),
        activations: activationsOf(constants),
      })
      const edges = edgesOf('test', tensor('in:pos'), tensor('in:edge_index'))
      const d = lengths(edges.vectors)
      const radial = radialBasis(d, { basis: 'smoothFinite', end: config.max_radius, count: config.number_of_basis })
      const y = network.forward(features(tensor('in:x'), '0e'), features(ones([8, 1]), '0e'), edges, {
        harmonics: sphericalHarmonics(edges.vectors, { degree: config.lmax }),
        radial: mul(radial, Math.sqrt(config.number_of_basis)),
      })
      const out = mul(segmentSum(y.flat(), tensor('in:batch'), 2), 1 / Math.sqrt(config.num_nodes))
      return {
        outputs: { out },
        weights: convolutionWeights(tensor, network, (i) => `mp.layers.${i}.${i < config.layers ? 'first.' : ''}`),
      }
    })
  })

  test('the network of gated points with fixed mixing', async () => {
    await expectGolden('e3nn-gate-points-network.json', (tensor, config) => {
      const constants = config.second_moment_constants
      const network = new GatedPointNetwork({
        input: config.irreps_in,
        hidden: config.irreps_hidden,
        output: config.irreps_out,
        harmonics: config.irreps_edge_attr,
        kinds: config.irreps_node_attr,
        layers: config.layers,
        radial: config.number_of_basis,
        radialHidden: [config.radial_neurons],
        neighbours: config.num_neighbors,
        mixing: 'fixed',
        radialActivation: scaled(silu, constants.silu),
        activations: activationsOf(constants),
      })
      const edges = edgesOf('test', tensor('in:pos'), tensor('in:edge_index'))
      const d = lengths(edges.vectors)
      // smooth_cutoff(x), x = d / radius: 1 up to 1/2, 0 from 1 on, half a wave between.
      const u = sub(mul(d, 2 / config.max_radius), 2)
      const cutoff = where(greater(u, 0), 0, where(less(u, -1), 1, mul(sub(1, cos(mul(u, Math.PI))), 0.5)))
      const radial = radialBasis(d, { basis: 'gaussian', end: config.max_radius, count: config.number_of_basis, cutoff: false })
      const y = network.forward(features(tensor('in:x'), config.irreps_in), features(tensor('in:z'), config.irreps_node_attr), edges, {
        harmonics: sphericalHarmonics(edges.vectors, { degree: 2 }).map((block) => mul(block, reshape(cutoff, [20, 1, 1]))),
        radial: mul(radial, Math.sqrt(config.number_of_basis)),
      })
      const out = mul(segmentSum(y.flat(), tensor('in:batch'), 2), 1 / Math.sqrt(config.num_nodes))
      return { outputs: { out }, weights: convolutionWeights(tensor, network, (i) => `layers.${i}.${i < config.layers ? 'first.' : ''}`) }
    })
  })
})

test.runIf(haveGoldenCases)('every case of layers and networks is compared', () => {
  const networks = /^(egnn|schnet|painn|vn)-|net|nequip|batch-norm/
  // The frames of the simulator belong to the task of charged particles.
  expect(unusedCases().filter((name) => networks.test(name) && name !== 'egnn-charged-particles.json')).toEqual([])
})

import {
  type Action,
  cyclic,
  naturalAction,
  PermutationGroup,
  productAction,
  regularAction,
  symmetric,
  translations,
  tupleAction,
  wreathProduct,
} from '@equivar/groups'
import { EquivariantGraphLinear } from '@equivar/layers-graphs'
import { CyclicConvolution } from '@equivar/layers-grids'
import { DeepSetsLayer } from '@equivar/layers-sets'
import { SharingLinear } from '@equivar/layers-sharing'
import { Linear, type Module, parametersOf } from '@equivar/nn'
import {
  type Dimension,
  eyeLike,
  input,
  mul,
  type Program,
  program,
  Random,
  reduceSum,
  stack,
  sub,
  type Tensor,
  unsqueeze,
} from '@equivar/tensor'
import { equivarianceError, expectSpan, type LayerDescription, layerChecks } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { Dss, type ElementModule, IndependentDss, type Invariants, Siamese } from '../src/index.ts'
import { normalValues } from './harness.ts'

type SetModule = Module & { forward(x: Tensor): Tensor }
const one = { inChannels: 1, outChannels: 1, bias: false }

const convolution = (kernel: number): ElementModule => new CyclicConvolution({ ...one, dimensions: 1, kernel })
const torus = (kernel: number[]): ElementModule => new CyclicConvolution({ ...one, dimensions: 2, kernel })
const cloud = (): ElementModule => new DeepSetsLayer(one)
const pairs = (): ElementModule => new EquivariantGraphLinear({ ...one, inputOrder: 2, outputOrder: 2 })
const sixfold = regularAction(symmetric(3))
const sixfoldLayer = (): ElementModule => new SharingLinear({ ...one, output: sixfold, input: sixfold })
const dss = (make: () => ElementModule): Dss => new Dss({ own: make(), shared: make() })
const independent = (own: ElementModule, invariants: readonly number[] | Invariants, count = 1): IndependentDss =>
  new IndependentDss({ own, shared: new Linear({ inChannels: count, outChannels: count, bias: false }), invariants })

/** 1 on the diagonal, and 1 off it: [n, n, 2]. */
const diagonalAndRest = (n: Dimension): Tensor => stack([eyeLike(n), sub(1, eyeLike(n))], -1)
/** Trace and sum of the other entries: the linear invariants of a matrix [n, n, 1] under permutations of the nodes. */
const traces: Invariants = {
  of: (x) => reduceSum(mul(x, diagonalAndRest(x.shape[2] as Dimension)), { axis: [-3, -2] }),
  spread: (common, like) =>
    reduceSum(mul(unsqueeze(common, [-3, -2]), diagonalAndRest(like.shape[2] as Dimension)), { axis: -1, keepDims: true }),
}

/** The permutation group of an action. */
const asGroup = ({ degree, generators }: Action): PermutationGroup => new PermutationGroup(degree, generators)
const wreath = (element: PermutationGroup, n: number): Action => naturalAction(wreathProduct(element, symmetric(n)))

interface Space {
  readonly name: string
  readonly make: () => SetModule
  /** The shape of an element, with one channel. */
  readonly element: readonly number[]
  readonly action: (n: number) => Action
  /** The number of maps for n >= 2. */
  readonly maps: number
}

const together: Space[] = [
  {
    name: 'S_n x C_4',
    make: () => dss(() => convolution(4)),
    element: [1, 4],
    action: (n) => productAction(symmetric(n), cyclic(4)),
    maps: 8,
  },
  {
    name: 'S_n x C_5',
    make: () => dss(() => convolution(5)),
    element: [1, 5],
    action: (n) => productAction(symmetric(n), cyclic(5)),
    maps: 10,
  },
  {
    name: 'S_n x (C_3 x C_2)',
    make: () => dss(() => torus([3, 2])),
    element: [1, 3, 2],
    action: (n) => productAction(symmetric(n), productAction(cyclic(3), cyclic(2))),
    maps: 12,
  },
  { name: 'S_n x S_4', make: () => dss(cloud), element: [4, 1], action: (n) => productAction(symmetric(n), symmetric(4)), maps: 4 },
  {
    name: 'S_n x S_4 on pairs of nodes',
    make: () => dss(pairs),
    element: [4, 4, 1],
    action: (n) => productAction(symmetric(n), tupleAction(symmetric(4), 2)),
    maps: 30,
  },
  {
    name: 'S_n x S_3, regular',
    make: () => dss(sixfoldLayer),
    element: [6, 1],
    action: (n) => productAction(symmetric(n), sixfold),
    maps: 12,
  },
  {
    name: 'S_n x S_3 x C_4',
    make: () => dss(() => dss(() => convolution(4))),
    element: [3, 1, 4],
    action: (n) => productAction(symmetric(n), productAction(symmetric(3), cyclic(4))),
    maps: 16,
  },
]
const apart: Space[] = [
  { name: 'C_4 wr S_n', make: () => independent(convolution(4), [-1]), element: [1, 4], action: (n) => wreath(cyclic(4), n), maps: 5 },
  { name: 'S_4 wr S_n', make: () => independent(cloud(), [-2]), element: [4, 1], action: (n) => wreath(symmetric(4), n), maps: 3 },
  {
    name: '(C_3 x C_2) wr S_n',
    make: () => independent(torus([3, 2]), [-2, -1]),
    element: [1, 3, 2],
    action: (n) => wreath(translations(3, 2), n),
    maps: 7,
  },
  {
    name: 'S_4 wr S_n on pairs of nodes',
    make: () => independent(pairs(), traces, 2),
    element: [4, 4, 1],
    action: (n) => wreath(asGroup(tupleAction(symmetric(4), 2)), n),
    maps: 19,
  },
  {
    name: '(S_3 x C_4) wr S_n',
    make: () =>
      independent(
        dss(() => convolution(4)),
        [-3, -1],
      ),
    element: [3, 1, 4],
    action: (n) => wreath(asGroup(productAction(symmetric(3), cyclic(4))), n),
    maps: 9,
  },
]

function setProgram(module: SetModule, sizes: readonly number[]): { p: Program; weights: string[] } {
  const x = input('x', 'float32', ['batch', ...sizes])
  const parameters = Object.fromEntries(parametersOf(module))
  return { p: program({ inputs: { x, ...parameters }, outputs: { y: module.forward(x) } }), weights: Object.keys(parameters) }
}

const spanning = ({ name, make, element, action, maps }: Space): LayerDescription<number> => ({
  name,
  variant: (n) => n,
  expression: (n) => {
    const x = input('x', 'float32', ['batch', n, ...element])
    return { inputs: { x }, outputs: make().forward(x) }
  },
  feeds: () => ({}),
  sizes: [],
  span: { sizes: [1, 2, 3, 4], input: action, output: action, maps: (n) => (n > 1 ? maps : undefined) },
})
describe.each([...together, ...apart].map(spanning))('$name, for n = 1 to 4', (description) => {
  for (const { name, run } of layerChecks(description)) test(name, run)
})

/** The equivariance error of a layer under a group that acts on the entries of a set. */
function errorUnder(module: SetModule, action: Action, sizes: readonly number[]): number {
  const feeds = { x: normalValues([1, ...sizes], new Random({ seed: 8 })) }
  return equivarianceError(module, { inputActions: { x: { 1: action } }, outputActions: { y: { 1: action } }, feeds })
}

describe('negative controls', () => {
  const [n, m] = [3, 5]
  const product = productAction(symmetric(n), cyclic(m))

  test('Dss does not commute with a separate g_i for each element, IndependentDss does', () => {
    expect(
      errorUnder(
        dss(() => convolution(m)),
        wreath(cyclic(m), n),
        [n, 1, m],
      ),
    ).toBeGreaterThan(0.05)
    for (const aggregate of ['sum', 'mean', 'max'] as const) {
      const shared = new Linear({ inChannels: 1, outChannels: 1, bias: false })
      const layer = new IndependentDss({ own: convolution(m), shared, invariants: [-1], aggregate })
      expect(errorUnder(layer, wreath(cyclic(m), n), [n, 1, m])).toBeLessThan(1e-12)
    }
  })

  test('an element layer that depends on positions is not equivariant', () => {
    const positional = { own: new Linear({ inChannels: m, outChannels: m }), shared: convolution(m) }
    expect(errorUnder(new Dss(positional), product, [n, 1, m])).toBeGreaterThan(0.05)
  })

  test.each([
    ['Siamese', () => new Siamese({ own: convolution(m) }), m],
    ['IndependentDss', () => independent(convolution(m), [-1]), m + 1],
    ['Dss with a shorter kernel', () => dss(() => convolution(3)), 6],
  ] as const)('%s does not span all maps that commute with S_n x C_m', (_, make, dimension) => {
    const { p, weights } = setProgram(make(), [n, 1, m])
    const options = { weights, input: product, output: product }
    expect(() => expectSpan(p, options)).toThrow(`${dimension} independent`)
  })
})

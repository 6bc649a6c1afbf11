import { naturalAction, type PermutationGroup, symmetric } from '@equivar/groups'
import { initialize, type Module, trace } from '@equivar/nn'
import { type DimensionLike, type Input, input, Random, type Tensor, type TensorValue } from '@equivar/tensor'
import {
  type AxisActions,
  type AxisGroup,
  axisSymmetry,
  type Expression,
  type LayerDescription,
  type MaskDescription,
  type Values,
} from '@equivar/verify'

/** Number of examples in a batch. */
const BATCH = 3

/** A layer for one kind of element, and its symmetry group. */
export interface Family {
  readonly name: string
  readonly forward: (x: Tensor, mask: Tensor | undefined, further: Readonly<Record<string, Tensor>>) => Tensor
  /** The shape of an element of size m, without [batch, set]. */
  readonly element: (m: DimensionLike) => readonly DimensionLike[]
  /** Further inputs. Names of inputs per element, [batch, set, ...], start with `each`. */
  readonly further?: (m: DimensionLike) => Record<string, Input>
  readonly feeds?: (batch: number, set: number, m: number) => Record<string, TensorValue>
  /** The symmetries of elements of size m; the same group element acts on all of them. */
  readonly symmetries: (m: number) => readonly AxisGroup[]
  /** Whether a permutation of the set permutes the result; otherwise the result is invariant. */
  readonly equivariant?: boolean
  /** Sizes of elements to test. */
  readonly sizes: readonly [number, number, number]
  /** The seed; default 1. Set it if seed 1 leaves all units of a head below 0. */
  readonly seed?: number
}

/** The natural action of a group on axes of inputs, by name, and of the result `y`. */
export function natural(group: PermutationGroup, axes: Readonly<Record<string, readonly number[]>>): AxisGroup {
  const action = naturalAction(group)
  return onAxes(
    Object.fromEntries(Object.entries(axes).map(([name, each]) => [name, Object.fromEntries(each.map((axis) => [axis, action]))])),
  )
}

/** The action of a group on axes of inputs, by name, and of the result `y`. */
export function onAxes({ y = {}, ...inputs }: Readonly<Record<string, AxisActions>>): AxisGroup {
  return { inputs, outputs: { y } }
}

/** Names of the inputs with an axis of elements. */
const elementwise = ({ further }: Family): string[] => ['x', ...Object.keys(further?.(1) ?? {}).filter((name) => name.startsWith('each'))]

/** Permutations of the set. */
function permutations(family: Family, set: number): AxisGroup {
  const { equivariant = true } = family
  return natural(
    symmetric(set),
    Object.fromEntries(['mask', ...elementwise(family), ...(equivariant ? ['y'] : [])].map((name) => [name, [1]])),
  )
}

/** Number of examples, elements per set, and size of an element. */
type Sizes = readonly [batch: number, set: number, m: number]

/** The family's expression with symbolic sizes. In training it also returns the next running statistics. */
function expression({ element, further, forward }: Family, { masked = true, training = false } = {}): Expression {
  const x = input('x', 'float32', ['batch', 'set', ...element('m')])
  const mask = input('mask', 'bool', ['batch', 'set'])
  const others = further?.('m') ?? {}
  const { result, updates } = trace({ training }, () => forward(x, masked ? mask : undefined, others))
  const statistics = [...updates.values()].map((value, i) => [`statistic ${i}`, value])
  return { inputs: { x, ...(masked ? { mask } : {}), ...others }, outputs: { y: result, ...Object.fromEntries(statistics) } }
}

/** The masks of a family and the axes they cover: elements of the set, entries of elements, and entries shared by all elements. */
function masksOf(family: Family): MaskDescription[] {
  const { equivariant = true, further } = family
  const names = Object.keys(further?.(1) ?? {})
  const elements = Object.fromEntries([...elementwise(family), ...(equivariant ? ['y'] : [])].map((name) => [name, [[0, 1]]]))
  const whole = Object.fromEntries(names.filter((name) => name === 'nodes').map((name) => [name, [[0]]]))
  const finite = names.filter((name) => name !== 'eachEntry')
  const set: MaskDescription = {
    name: 'mask',
    optional: true,
    finite,
    covers: { ...(equivariant ? {} : { y: [[0]] }), ...elements, ...whole },
  }
  const entries: MaskDescription = { name: 'eachEntry', covers: { x: [[0, 1, 2]], y: [[0, 1, 2]] }, padded: [2] }
  return names.includes('eachEntry') ? [set, entries] : [set]
}

/** The description of a layer, for `layerChecks`. */
export function described(family: Family): LayerDescription<Sizes> {
  const [small, middle, large] = family.sizes
  return {
    name: family.name,
    expression: (_, masked) => expression(family, { masked }),
    feeds: ([batch, set, m], random) => inputsOf(family, [batch, set, m], random),
    sizes: [1, 2, 4].map((set, k) => [BATCH, set, family.sizes[k] ?? 1]),
    sizesOf: {
      derivative: [[BATCH, 3, middle]],
      parity: [
        [4, 5, large],
        [1, 1, small],
        [2, 0, middle],
        [0, 2, middle],
      ],
      edges: [
        [2, 3, middle],
        [2, 0, middle],
      ],
      masks: [
        [BATCH, 4, middle],
        [2, 5, large],
      ],
    },
    // The permutations of the set and the symmetries of elements, separately and combined.
    symmetry: ([, set, m]) => axisSymmetry([permutations(family, set), ...family.symmetries(m)], { samples: 3 }),
    masks: masksOf(family),
    mayVanish: ([, set]) => set < 2,
    directions: 1,
    ...(family.seed === undefined ? {} : { seed: family.seed }),
  }
}

/** The description of a layer in training, with the statistics of the batch: missing elements never matter. */
export function describedInTraining(family: Family): LayerDescription<Sizes> {
  const { symmetry: _, sizesOf, ...rest } = described(family)
  return {
    ...rest,
    name: `${family.name}, in training`,
    expression: (_, masked) => expression(family, { masked, training: true }),
    sizesOf: { ...sizesOf, derivative: [], parity: [], edges: [] },
  }
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Normal values, rounded to float32. */
export function normalValues(shape: readonly number[], random: Random): TensorValue {
  return { dtype: 'float32', shape, data: Float32Array.from({ length: count(shape) }, () => random.normal()) }
}

/** A mask whose entries are a function of their flat index. */
export function maskValues(shape: readonly number[], exists: (at: number) => boolean): TensorValue {
  return { dtype: 'bool', shape, data: Uint8Array.from({ length: count(shape) }, (_, at) => (exists(at) ? 1 : 0)) }
}

/** Initial values, with random running statistics, scales and offsets instead of 0 and 1. */
export function parametersAt(module: Module, seed: number): Record<string, TensorValue> {
  const random = new Random({ seed, stream: 'statistics' })
  return Object.fromEntries(
    Object.entries(initialize(module, seed)).map(([path, value]) => {
      const moved = /running|scale|offset/.test(path)
      const data = Float32Array.from(value.data as Float32Array, (v) => (moved ? v + 0.3 * random.uniform() : v))
      return [path, { ...value, data }]
    }),
  )
}

/** Inputs. The first set is complete, the last of several is empty, those between lack elements. */
function inputsOf({ element, feeds }: Family, [batch, set, m]: Sizes, random: Random): Values {
  const sizeOf = (d: DimensionLike): number => (typeof d === 'number' ? d : Number(String(d)))
  return {
    x: normalValues([batch, set, ...element(m).map(sizeOf)], random),
    mask: maskValues([batch, set], (at) => at < set || (at < (batch - 1) * set && (at % set) % 3 !== 1)),
    ...feeds?.(batch, set, m),
  }
}

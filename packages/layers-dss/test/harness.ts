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

/** Examples of a batch. */
const BATCH = 3

/** A layer over one kind of element, with the group that it respects. */
export interface Family {
  readonly name: string
  readonly module: Module
  readonly forward: (x: Tensor, mask: Tensor | undefined, further: Readonly<Record<string, Tensor>>) => Tensor
  /** Sizes of an element's axes, behind [batch, set], given its size. */
  readonly element: (m: DimensionLike) => readonly DimensionLike[]
  /** Further inputs; those of every element, [batch, set, ...], have names that start with `each`. */
  readonly further?: (m: DimensionLike) => Record<string, Input>
  readonly feeds?: (batch: number, set: number, m: number) => Record<string, TensorValue>
  /** What moves elements of size m, all of them by one group element. */
  readonly symmetries: (m: number) => readonly AxisGroup[]
  /** Whether a permutation of the set permutes the result; it changes nothing otherwise. */
  readonly equivariant?: boolean
  /** Sizes of elements to try. */
  readonly sizes: readonly [number, number, number]
  /** Another seed than 1, where that one leaves no unit of a head above 0. */
  readonly seed?: number
}

/** A group that moves axes as its natural points, by name of an input (`y` is the result) and numbers of axes. */
export function natural(group: PermutationGroup, axes: Readonly<Record<string, readonly number[]>>): AxisGroup {
  const action = naturalAction(group)
  return onAxes(
    Object.fromEntries(Object.entries(axes).map(([name, each]) => [name, Object.fromEntries(each.map((axis) => [axis, action]))])),
  )
}

/** What one group does to axes of inputs and of the result `y`. */
export function onAxes({ y = {}, ...inputs }: Readonly<Record<string, AxisActions>>): AxisGroup {
  return { inputs, outputs: { y } }
}

/** Names of the inputs that have an axis for the elements of the set. */
const elementwise = ({ further }: Family): string[] => ['x', ...Object.keys(further?.(1) ?? {}).filter((name) => name.startsWith('each'))]

/** Permutations of the set. */
function permutations(family: Family, set: number): AxisGroup {
  const { equivariant = true } = family
  return natural(
    symmetric(set),
    Object.fromEntries(['mask', ...elementwise(family), ...(equivariant ? ['y'] : [])].map((name) => [name, [1]])),
  )
}

/** Sizes of a batch: examples, elements of a set, and the size of an element. */
type Sizes = readonly [batch: number, set: number, m: number]

/** The family's expression with symbolic sizes; in training with the next running statistics. */
function expression({ element, further, forward }: Family, { masked = true, training = false } = {}): Expression {
  const x = input('x', 'float32', ['batch', 'set', ...element('m')])
  const mask = input('mask', 'bool', ['batch', 'set'])
  const others = further?.('m') ?? {}
  const { result, updates } = trace({ training }, () => forward(x, masked ? mask : undefined, others))
  const statistics = [...updates.values()].map((value, i) => [`statistic ${i}`, value])
  return { inputs: { x, ...(masked ? { mask } : {}), ...others }, outputs: { y: result, ...Object.fromEntries(statistics) } }
}

/** What the masks of a family cover: of the set, of entries of elements, and of entries that all elements share. */
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

/** What is claimed of a layer of sets of elements. */
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
    // The permutations of the set and the symmetries of elements, apart and together.
    symmetry: ([, set, m]) => axisSymmetry([permutations(family, set), ...family.symmetries(m)], { samples: 3 }),
    masks: masksOf(family),
    mayVanish: ([, set]) => set < 2,
    directions: 1,
    ...(family.seed === undefined ? {} : { seed: family.seed }),
  }
}

/** What is claimed of the layer in training, with the statistics of the batch: what does not exist does not matter. */
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

/** Values that float32 holds exactly. */
export function normalValues(shape: readonly number[], random: Random): TensorValue {
  return { dtype: 'float32', shape, data: Float32Array.from({ length: count(shape) }, () => random.normal()) }
}

/** A mask that is true where the function says so of the position in the whole. */
export function maskValues(shape: readonly number[], exists: (at: number) => boolean): TensorValue {
  return { dtype: 'bool', shape, data: Uint8Array.from({ length: count(shape) }, (_, at) => (exists(at) ? 1 : 0)) }
}

/** First values, but running statistics, scales and offsets that are not 0 and 1. */
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

/** Inputs; the first set is whole, the last of several is empty, those between miss elements. */
function inputsOf({ element, feeds }: Family, [batch, set, m]: Sizes, random: Random): Values {
  const sizeOf = (d: DimensionLike): number => (typeof d === 'number' ? d : Number(String(d)))
  return {
    x: normalValues([batch, set, ...element(m).map(sizeOf)], random),
    mask: maskValues([batch, set], (at) => at < set || (at < (batch - 1) * set && (at % set) % 3 !== 1)),
    ...feeds?.(batch, set, m),
  }
}

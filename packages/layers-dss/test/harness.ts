import { Action, directProduct, naturalAction, Permutation, type PermutationGroup, symmetric } from '@equivar/groups'
import { initialize, type Module, parametersOf } from '@equivar/nn'
import { type DimensionLike, type Input, input, type Program, program, Random, type Tensor, type TensorValue } from '@equivar/tensor'

/** One group and what it does to axes, by name of an input (`y` is the result) and number of the axis. */
export interface Symmetry {
  readonly group: PermutationGroup
  readonly moves: Readonly<Record<string, Readonly<Record<number, Action>>>>
}

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
  readonly symmetries: (m: number) => readonly Symmetry[]
  /** Whether a permutation of the set permutes the result; it changes nothing otherwise. */
  readonly equivariant?: boolean
  /** Sizes of elements to try. */
  readonly sizes: readonly [number, number, number]
}

/** A group that moves axes as its natural points. */
export function natural(group: PermutationGroup, axes: Readonly<Record<string, readonly number[]>>): Symmetry {
  const action = naturalAction(group)
  const moves = Object.entries(axes).map(([name, each]) => [name, Object.fromEntries(each.map((axis) => [axis, action]))] as const)
  return { group, moves: Object.fromEntries(moves) }
}

/** Permutations of the set. */
export function permutations({ equivariant = true, further }: Family, set: number): Symmetry {
  const each = Object.keys(further?.(1) ?? {}).filter((name) => name.startsWith('each'))
  return natural(symmetric(set), Object.fromEntries(['x', 'mask', ...each, ...(equivariant ? ['y'] : [])].map((name) => [name, [1]])))
}

/** All symmetries as actions of their product. */
export function jointly(symmetries: readonly Symmetry[]): {
  inputActions: Record<string, Record<number, Action>>
  outputActions: Record<string, Record<number, Action>>
} {
  const group = symmetries.map((symmetry) => symmetry.group).reduce((a, b) => directProduct(a, b))
  const actions: Record<string, Record<number, Action>> = {}
  symmetries.forEach(({ moves }, k) => {
    for (const [name, axes] of Object.entries(moves))
      for (const [axis, { degree, generators }] of Object.entries(axes)) {
        const images = symmetries.flatMap((other, j) =>
          j === k ? [...generators] : other.group.generators.map(() => Permutation.identity(degree)),
        )
        actions[name] = { ...actions[name], [axis]: new Action(group, degree, images) }
      }
  })
  const { y = {}, ...inputActions } = actions
  return { inputActions, outputActions: { y } }
}

/** The family's expression with symbolic sizes. */
export function symbolicProgram({ module, element, further, forward }: Family, masked = true): Program {
  const x = input('x', 'float32', ['batch', 'set', ...element('m')])
  const mask = input('mask', 'bool', ['batch', 'set'])
  const others = further?.('m') ?? {}
  const y = forward(x, masked ? mask : undefined, others)
  return program({ inputs: { x, ...(masked ? { mask } : {}), ...others, ...Object.fromEntries(parametersOf(module)) }, outputs: { y } })
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

/** Values; the first set is whole, the last of several is empty, those between miss elements. */
export function feedsOf({ module, element, feeds }: Family, batch: number, set: number, m: number, seed = 1): Record<string, TensorValue> {
  const random = new Random({ seed, stream: 'families' })
  const sizeOf = (d: DimensionLike): number => (typeof d === 'number' ? d : Number(String(d)))
  return {
    x: normalValues([batch, set, ...element(m).map(sizeOf)], random),
    mask: maskValues([batch, set], (at) => at < set || (at < (batch - 1) * set && (at % set) % 3 !== 1)),
    ...feeds?.(batch, set, m),
    ...parametersAt(module, seed),
  }
}

import {
  constant,
  type DataType,
  type Dimension,
  dimensionValue,
  Input,
  isFloat,
  isInteger,
  sameShape,
  symbol,
  type Tensor,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'
import type { Random } from '@equivar/tensor/random'

/** What kind of numbers a program is fed: some with ties, some without, some with NaN, infinities, zeros of both signs, large and tiny ones. */
export type Tone = 'halves' | 'smooth' | 'wild'

const odd = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 2, 1e30, -1e30, 1e-18, -1e-18]

/** How many elements a tensor may have. */
const MOST_ELEMENTS = 600

/** What a writer needs beside random numbers. */
export interface Setting {
  readonly tone: Tone
  readonly float: DataType
  /** The value of each symbol. */
  readonly sizes: ReadonlyMap<string, number>
  /** What sizes are drawn from. */
  readonly numbers: readonly number[]
}

/** Tensors that were written so far, and random choices among them and of new ones. */
export class Writer {
  readonly random: Random
  readonly setting: Setting
  readonly inputs: Input[] = []
  readonly feeds: Record<string, TensorValue> = {}
  readonly tensors: Tensor[] = []
  readonly #outer: Writer | undefined
  /** For the body of a loop: what the loop hands to each input. */
  readonly captured: Tensor[] = []

  constructor(random: Random, setting: Setting, outer?: Writer) {
    this.random = random
    this.setting = setting
    this.#outer = outer
  }

  /** A writer of the body of a loop: what it needs from outside becomes an input of the loop. */
  inside(): Writer {
    return new Writer(this.random, this.setting, this)
  }

  get depth(): number {
    return this.#outer === undefined ? 0 : this.#outer.depth + 1
  }

  chance(probability: number): boolean {
    return this.random.uniform() < probability
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.random.integer(list.length)]
    if (picked === undefined) throw new RangeError('pick: expected a list that is not empty.')
    return picked
  }

  /** From low to high. */
  between(low: number, high: number): number {
    return low + this.random.integer(high - low + 1)
  }

  /** 0 to n - 1 in random order. */
  order(n: number): number[] {
    return [...this.random.permutation(n)]
  }

  value(d: Dimension): number {
    return dimensionValue(d, this.setting.sizes)
  }

  count(shape: readonly Dimension[]): number {
    return shape.reduce<number>((n, d) => n * this.value(d), 1)
  }

  size(): Dimension {
    return this.chance(0.3) ? symbol(this.pick([...this.setting.sizes.keys()])) : this.pick(this.setting.numbers)
  }

  shape(rank: number = this.pick([0, 1, 2, 2, 3, 3, 4])): Dimension[] {
    return Array.from({ length: rank }, () => this.size())
  }

  /** A shape that broadcasts to that one. */
  smaller(shape: readonly Dimension[]): Dimension[] {
    return shape.slice(this.pick([0, 0, this.random.integer(shape.length + 1)])).map((d) => (this.chance(0.25) ? 1 : d))
  }

  dtype(): DataType {
    return this.pick<DataType>([this.setting.float, this.setting.float, this.setting.float, 'int32', 'int64', 'bool'])
  }

  /** Keeps a tensor, if it is small. */
  keep(x: Tensor): Tensor {
    if (this.count(x.shape) <= MOST_ELEMENTS && !this.tensors.includes(x)) this.tensors.push(x)
    return x
  }

  #number(dtype: DataType): number {
    const { tone } = this.setting
    if (dtype === 'bool') return this.random.integer(2)
    if (isInteger(dtype)) return tone === 'wild' && this.chance(0.1) ? this.pick([2 ** 31 - 1, -(2 ** 31), 2 ** 20]) : this.between(-4, 4)
    if (tone === 'wild' && this.chance(0.25)) return this.pick(odd)
    if (tone === 'halves') return this.between(-4, 4) / (this.chance(0.5) ? 2 : -2)
    return this.random.uniform() * 4 - 2
  }

  /** Numbers of that type. */
  numbers(dtype: DataType, count: number): number[] {
    return Array.from({ length: count }, () => this.#number(dtype))
  }

  /** A new input of that type and shape, fed with those numbers. */
  input(dtype: DataType, shape: readonly Dimension[], numbers: readonly number[] = this.numbers(dtype, this.count(shape))): Tensor {
    const leaf = new Input(`x${this.inputs.length}`, dtype, shape)
    this.inputs.push(leaf)
    if (this.#outer !== undefined) this.captured.push(this.#outer.input(dtype, shape, numbers))
    this.feeds[leaf.name] = tensorValue(
      dtype,
      shape.map((d) => this.value(d)),
      numbers,
    )
    return this.keep(leaf)
  }

  /** A new constant, if all sizes are known, or a new input. */
  leaf(dtype: DataType, shape: readonly Dimension[]): Tensor {
    const isKnown = shape.every((d) => typeof d === 'number')
    if (!isKnown || this.chance(0.8)) return this.input(dtype, shape)
    return this.keep(constant(tensorValue(dtype, shape, this.numbers(dtype, this.count(shape))).data, shape, dtype))
  }

  /** A tensor that fits, one of the last rather than an early one; a new input of a random shape if there is none. */
  find(fits: (x: Tensor) => boolean, dtype: DataType, rank?: number): Tensor {
    const found = this.tensors.filter(fits)
    if (found.length === 0) return this.leaf(dtype, this.shape(rank))
    return this.pick(this.chance(0.6) ? found.slice(-3) : found)
  }

  /** A floating-point tensor, of that rank if it matters. */
  float(rank?: number): Tensor {
    return this.find((x) => isFloat(x.dtype) && (rank === undefined || x.rank === rank), this.setting.float, rank)
  }

  /** A tensor of at least that rank. */
  atLeast(rank: number): Tensor {
    return this.find((x) => isFloat(x.dtype) && x.rank >= rank, this.setting.float, this.between(rank, rank + 1))
  }

  /** A tensor of that type. */
  typed(dtype: DataType): Tensor {
    return this.find((x) => x.dtype === dtype, dtype)
  }

  /** A tensor of that type and shape: one that is there, or a new input. */
  ofShape(dtype: DataType, shape: readonly Dimension[]): Tensor {
    const found = this.tensors.filter((x) => x.dtype === dtype && sameShape(x.shape, shape))
    return found.length > 0 && this.chance(0.6) ? this.pick(found) : this.leaf(dtype, shape)
  }

  /** An axis that satisfies that, if one does. */
  axis(x: Tensor, fits: (d: Dimension) => boolean = () => true): number | undefined {
    const axes = x.shape.flatMap((d, i) => (fits(d) ? [i] : []))
    return axes.length === 0 ? undefined : this.pick(axes)
  }

  /** Indices that fit an axis of that size, from the end some of them. Constant or fed. */
  indexNumbers(count: number, size: Dimension, negative = true): number[] {
    const n = this.value(size)
    return Array.from({ length: count }, () => this.random.integer(n) - (negative && this.chance(0.1) ? n : 0))
  }
}

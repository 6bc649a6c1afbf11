import { type Dimension, type Node, type Polynomial, type Program, symbol, symbolsOf, type Tensor } from '@equivar/tensor'
import type { Attribute } from './attribute.ts'

/** What sizes are written with. */
interface SizeNodes {
  readonly opset: number
  name(x: Tensor): string
  integers(values: readonly number[]): string
  emit(operator: string, inputs: readonly string[], attributes?: Readonly<Record<string, Attribute>>): string
}

/** The sizes that a graph computes, each once, from the shapes of its inputs or from what its nodes tell. */
export class WrittenSizes {
  readonly #builder: SizeNodes
  readonly #program: Program
  /** Sizes that only this graph knows. */
  readonly #symbols: Set<string>
  readonly #outer: WrittenSizes | undefined
  /** How sizes are computed that only a run tells. */
  readonly #told: Map<string, () => string> = new Map()
  readonly #dimensions: Map<string, string> = new Map()

  constructor(builder: SizeNodes, program: Program, symbols: readonly string[], outer: WrittenSizes | undefined) {
    this.#builder = builder
    this.#program = program
    this.#symbols = new Set(symbols)
    this.#outer = outer
  }

  /** Takes note of the sizes that a node tells when it runs: of its results, or the numbers themselves. */
  tell({ attributes, outputs }: Node): void {
    const axes = outputs.flatMap((y) => y.shape.map((d, axis) => ({ key: String(d), read: () => this.#axis(this.#builder.name(y), axis) })))
    const values: readonly unknown[] = 'values' in attributes ? (attributes.values as readonly unknown[]) : []
    const numbers = values.map((d, i) => ({ key: String(d), read: () => this.#element(outputs[0] as Tensor, i) }))
    for (const { key, read } of [...axes, ...numbers]) {
      if (!/^[A-Za-z_]\w*$/.test(key) || this.#told.has(key)) continue
      this.#told.set(key, read)
      this.#symbols.add(key)
    }
  }

  /** The value of a dimension, int64 [1]. */
  of(d: Dimension): string {
    if (typeof d === 'number') return this.#builder.integers([d])
    if (this.#outer !== undefined && ![...symbolsOf(d)].some((name) => this.#symbols.has(name))) return this.#outer.of(d)
    const known = this.#dimensions.get(d.key)
    if (known !== undefined) return known
    const name = this.#computeDimension(d)
    this.#dimensions.set(d.key, name)
    return name
  }

  #computeDimension(d: Polynomial): string {
    const [first] = d.terms
    const only =
      d.terms.length === 1 && first !== undefined && first.coefficient === 1 && first.atoms.length === 1 ? first.atoms[0] : undefined
    if (only !== undefined) return only.floor === undefined ? this.#symbol(only.key) : this.#quotient(only.floor.of, only.floor.by)
    const terms = d.terms.map(({ atoms, coefficient }) => {
      const factors = atoms.map((atom) =>
        atom.floor === undefined ? this.of(symbol(atom.key)) : this.#quotient(atom.floor.of, atom.floor.by),
      )
      const all = coefficient === 1 && factors.length > 0 ? factors : [this.#builder.integers([coefficient]), ...factors]
      return all.reduce((a, b) => this.#builder.emit('Mul', [a, b]))
    })
    return terms.reduce((a, b) => this.#builder.emit('Add', [a, b]))
  }

  /** floor(a / k): ONNX's Div truncates, so the remainder, which has k's sign, is taken off first. */
  #quotient(a: Dimension, k: number): string {
    const [dividend, divisor] = [this.of(a), this.#builder.integers([k])]
    const whole = this.#builder.emit('Sub', [dividend, this.#builder.emit('Mod', [dividend, divisor])])
    return this.#builder.emit('Div', [whole, divisor])
  }

  #symbol(key: string): string {
    for (const { tensor } of this.#program.inputs) {
      if (tensor.binds === key) return this.#element(tensor, 0)
      const axis = tensor.shape.findIndex((d) => typeof d !== 'number' && d.key === key)
      if (axis >= 0) return this.#axis(this.#builder.name(tensor), axis)
    }
    return this.#told.get(key)?.() ?? this.#solvedSymbol(key)
  }

  /** From an axis of size slope * symbol + offset. */
  #solvedSymbol(key: string): string {
    for (const { tensor } of this.#program.inputs) {
      for (const [axis, d] of tensor.shape.entries()) {
        if (typeof d === 'number') continue
        const linear = d.terms.find(({ atoms }) => atoms.length === 1 && atoms[0]?.key === key)
        const offset = d.terms.find(({ atoms }) => atoms.length === 0)?.coefficient ?? 0
        if (linear === undefined || d.terms.length !== (offset === 0 ? 1 : 2)) continue
        const size = this.#axis(this.#builder.name(tensor), axis)
        return this.#builder.emit('Div', [
          this.#builder.emit('Sub', [size, this.#builder.integers([offset])]),
          this.#builder.integers([linear.coefficient]),
        ])
      }
    }
    throw new RangeError(
      `exportOnnx: expected an input whose shape tells the size "${key}", received none. Give an input that has it as an axis, or binds it.`,
    )
  }

  /** The size of an axis, int64 [1]. */
  #axis(name: string, axis: number): string {
    if (this.#builder.opset < 15)
      return this.#builder.emit('Slice', [
        this.#builder.emit('Shape', [name]),
        this.#builder.integers([axis]),
        this.#builder.integers([axis + 1]),
      ])
    return this.#builder.emit('Shape', [name], { start: { int: axis }, end: { int: axis + 1 } })
  }

  /** One number of a scalar or a list, int64 [1]. */
  #element(x: Tensor, i: number): string {
    return x.rank === 0
      ? this.#builder.emit('Reshape', [this.#builder.name(x), this.#builder.integers([1])])
      : this.#builder.emit('Slice', [this.#builder.name(x), this.#builder.integers([i]), this.#builder.integers([i + 1])])
  }
}

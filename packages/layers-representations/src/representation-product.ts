import type { Factor, Representation, RepresentationSummand } from '@equivar/groups'
import { Module, normal, type Parameter, parameter } from '@equivar/nn'
import { type Dimension, matMul, mul, reshape, slice, swapAxes, type Tensor, transpose, unsqueeze, zeros } from '@equivar/tensor'
import { type Copies, copiesOf, joined, requireVectors } from './copies.ts'

/** Options of RepresentationProduct. */
export interface RepresentationProductOptions {
  readonly input: Representation
  /** Of the same group as the input; the input by default. */
  readonly output?: Representation
  /** What the result is multiplied by; 0.1 by default, as published. */
  readonly scale?: number
}

/**
 * Two input summands whose product has the factors of an output summand.
 *
 * `map`: the first is read as a matrix from the second to the output; `axes` are its factors in the order of the output's and the dual of the second's.
 * `outer`: the tensor product of both; `axes` are its factors in the order of the output's.
 */
interface Path {
  readonly kind: 'map' | 'outer'
  readonly first: number
  readonly second: number
  readonly axes: readonly number[]
  /** So many copies of the first are used. */
  readonly used: number
}

/** The axes of `given` in the order of `wanted`, or undefined if the factors are others. */
function axesFor(given: readonly Factor[], wanted: readonly Factor[]): number[] | undefined {
  if (given.length !== wanted.length) return undefined
  const axes: number[] = []
  for (const factor of wanted) {
    const axis = given.findIndex((each, k) => each === factor && !axes.includes(k))
    if (axis < 0) return undefined
    axes.push(axis)
  }
  return axes
}

const dimensionOf = (factors: readonly Factor[]): number => factors.reduce((size, { dimension }) => size * dimension, 1)

/**
 * The cheap bilinear layer of equivariant MLPs: tensors of the input that can be read as linear maps are applied to other parts, and tensors whose product is of a
 * kind of the output are multiplied.
 *
 * Law: f(rho_in(g) x) = rho_out(g) f(x) for every g of the group. f(t x) = t^2 f(x).
 * y_c = scale sum over a, b of w (x_a x_b), over pairs of summands: those where the factors of a are those of c and the duals of those of b, and those where c has
 * the factors of both. Of the copies of a, as many are used as a copy has components; weights mix them with the copies of b and c.
 *
 * @see Finzi, Welling, Wilson 2021, section 6. There, only maps are used, and of which copies is random; here of the first, which linear layers before it make the
 * same. With products of vectors, two layers make a matrix of them, without tensors of rank 3.
 */
export class RepresentationProduct extends Module {
  readonly input: Representation
  readonly output: Representation
  /** For each output summand and each path to it, [used copies, operand copies, output copies]. */
  readonly weights: Parameter[][]
  readonly #paths: readonly (readonly Path[])[]
  readonly #scale: number

  constructor({ input, output = input, scale = 0.1 }: RepresentationProductOptions) {
    super()
    this.input = input
    this.output = output
    this.#scale = scale
    this.#paths = output.summands.map((to) => [...mapsTo(to, input), ...productsTo(to, input)])
    this.weights = this.#paths.map((paths, o) => {
      const terms = ({ kind, second, used }: Path): number =>
        used * (kind === 'map' ? (input.dimensions[second] as number) : 1) * copiesIn(input, second)
      const fanIn = paths.reduce((sum, path) => sum + terms(path), 0)
      const { multiplicity } = output.summands[o] as RepresentationSummand
      return paths.map(({ second, used }) =>
        parameter([used, copiesIn(input, second), multiplicity], { initializer: normal(1 / Math.sqrt(fanIn)) }),
      )
    })
  }

  /**
   * @param x - float32 [..., input.dimension].
   * @returns float32 [..., output.dimension].
   * @throws ShapeError if the last axis of x has another size.
   */
  forward(x: Tensor): Tensor {
    requireVectors('RepresentationProduct.forward', x, this.input)
    const copies = copiesOf(x, this.input)
    const { rows, leading } = copies
    const parts = this.#paths.map((paths, o) => {
      const { multiplicity } = this.output.summands[o] as RepresentationSummand
      const size = this.output.dimensions[o] as number
      const products = paths.map((path) => this.#products(copies, path, size))
      if (products.length === 0) return zeros([rows, multiplicity * size])
      const weights = (this.weights[o] as Parameter[]).map((weight) =>
        reshape(weight, [(weight.sizes[0] as number) * (weight.sizes[1] as number), multiplicity]),
      )
      const y = matMul(joined(products, 2), joined(weights, 0))
      return reshape(swapAxes(y, 1, 2), [rows, multiplicity * size])
    })
    return reshape(mul(joined(parts, 1), this.#scale), [...leading, this.output.dimension])
  }

  /** Each used copy of the first summand with each copy of the second: float32 [rows, components of the output, used x copies of the second]. */
  #products({ blocks, rows }: Copies, { kind, first, second, axes, used }: Path, size: number): Tensor {
    const [a, b] = [blocks[first] as Tensor, blocks[second] as Tensor]
    const { input } = this
    const count = copiesIn(input, second)
    const left = used === copiesIn(input, first) ? a : slice(a, { axis: 1, end: used })
    const factors = [first, ...(kind === 'outer' ? [second] : [])].flatMap((k) => (input.summands[k] as RepresentationSummand).factors)
    const sizes = factors.map(({ dimension }) => dimension)
    if (kind === 'outer') {
      const outer = mul(reshape(left, [rows, used, 1, input.dimensions[first] as number, 1]), unsqueeze(b, [1, 3]))
      const ordered = inOrder(reshape(outer, [rows, used * count, size]), sizes, axes)
      return swapAxes(ordered, 1, 2)
    }
    const width = input.dimensions[second] as number
    const matrices = reshape(inOrder(left, sizes, axes), [rows, used * size, width])
    const applied = reshape(matMul(matrices, swapAxes(b, 1, 2)), [rows, used, size, count])
    return reshape(swapAxes(applied, 1, 2), [rows, size, used * count])
  }
}

const copiesIn = ({ summands }: Representation, k: number): number => (summands[k] as RepresentationSummand).multiplicity

/** Tensors [rows, copies, components] with their factors in another order. */
function inOrder(x: Tensor, sizes: readonly number[], axes: readonly number[]): Tensor {
  // Stryker disable next-line ConditionalExpression,ArrowFunction: axes in their order stay where they are, with two operators more.
  if (axes.every((axis, k) => axis === k)) return x
  const [rows, copies, size] = x.shape as [Dimension, Dimension, Dimension]
  return reshape(transpose(reshape(x, [rows, copies, ...sizes]), [0, 1, ...axes.map((axis) => axis + 2)]), [rows, copies, size])
}

/** The pairs of which the first is a map from the second to the output. */
function mapsTo(to: RepresentationSummand, input: Representation): Path[] {
  return input.summands.flatMap((from, second) => {
    const wanted = [...to.factors, ...from.factors.map(({ dual }) => dual)]
    return input.summands.flatMap(({ factors, multiplicity }, first): Path[] => {
      const axes = axesFor(factors, wanted)
      return axes === undefined ? [] : [{ kind: 'map', first, second, axes, used: Math.min(multiplicity, dimensionOf(factors)) }]
    })
  })
}

/** The pairs whose tensor product is of the kind of the output, each once. Of two scalars the product is a map already. */
function productsTo(to: RepresentationSummand, input: Representation): Path[] {
  return input.summands.flatMap((a, first) =>
    input.summands.slice(first).flatMap((b, step): Path[] => {
      const axes = axesFor([...a.factors, ...b.factors], to.factors)
      if (axes === undefined || to.factors.length === 0) return []
      return [{ kind: 'outer', first, second: first + step, axes, used: Math.min(a.multiplicity, dimensionOf(a.factors)) }]
    }),
  )
}

import type { Factor, Representation, RepresentationSummand } from '@equivar/groups'
import { Module, normal, type Parameter, parameter } from '@equivar/nn'
import { matMul, mul, reshape, slice, swapAxes, type Tensor, transpose, zeros } from '@equivar/tensor'
import { type Copies, copiesOf, joined, requireVectors } from './copies.ts'

/** Options of RepresentationContraction. */
export interface RepresentationContractionOptions {
  readonly input: Representation
  /** Of the same group as the input; the input by default. */
  readonly output?: Representation
  /** What the result is multiplied by; 0.1 by default, as published. */
  readonly scale?: number
}

/** A tensor of the input that maps an input summand to an output summand: `axes` puts its factors in the order of the output's and the dual of the input's. */
interface Path {
  readonly operator: number
  readonly operand: number
  readonly axes: readonly number[]
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
 * The cheap bilinear layer of equivariant MLPs: every tensor of the input that can be read as a linear map from a part of the input to a part of the output is
 * applied to that part.
 *
 * Law: f(rho_in(g) x) = rho_out(g) f(x) for every g of the group. f(t x) = t^2 f(x).
 * y_c = scale sum over a, b of w (x_a x_b), over the summands a whose factors are those of c and the duals of those of b. Of the copies of a, as many are used as
 * a copy has components; weights mix them with the copies of b and c.
 *
 * @see Finzi, Welling, Wilson 2021, section 6. There, which copies are used is random; here they are the first, which linear layers before it make the same.
 */
export class RepresentationContraction extends Module {
  readonly input: Representation
  readonly output: Representation
  /** For each output summand and each path to it, [used copies, operand copies, output copies]. */
  readonly weights: Parameter[][]
  readonly #paths: readonly (readonly Path[])[]
  readonly #scale: number

  constructor({ input, output = input, scale = 0.1 }: RepresentationContractionOptions) {
    super()
    this.input = input
    this.output = output
    this.#scale = scale
    this.#paths = output.summands.map((to) => pathsTo(to, input))
    this.weights = this.#paths.map((paths, o) => {
      const terms = ({ operand, used }: Path): number =>
        used * (input.dimensions[operand] as number) * (input.summands[operand] as RepresentationSummand).multiplicity
      const fanIn = paths.reduce((sum, path) => sum + terms(path), 0)
      const { multiplicity } = output.summands[o] as RepresentationSummand
      return paths.map(({ operand, used }) =>
        parameter([used, (input.summands[operand] as RepresentationSummand).multiplicity, multiplicity], {
          initializer: normal(1 / Math.sqrt(fanIn)),
        }),
      )
    })
  }

  /**
   * @param x - float32 [..., input.dimension].
   * @returns float32 [..., output.dimension].
   * @throws ShapeError if the last axis of x has another size.
   */
  forward(x: Tensor): Tensor {
    requireVectors('RepresentationContraction.forward', x, this.input)
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

  /** Each used operator applied to each operand: float32 [rows, components of the output, used x operands]. */
  #products({ blocks, rows }: Copies, { operator, operand, axes, used }: Path, size: number): Tensor {
    const operators = blocks[operator] as Tensor
    const operands = blocks[operand] as Tensor
    const width = this.input.dimensions[operand] as number
    const count = (this.input.summands[operand] as RepresentationSummand).multiplicity
    const sizes = (this.input.summands[operator] as RepresentationSummand).factors.map(({ dimension }) => dimension)
    const first = used === operators.shape[1] ? operators : slice(operators, { axis: 1, end: used })
    const turned = axes.every((axis, k) => axis === k)
      ? first
      : transpose(reshape(first, [rows, used, ...sizes]), [0, 1, ...axes.map((axis) => axis + 2)])
    const matrices = reshape(turned, [rows, used * size, width])
    const applied = reshape(matMul(matrices, swapAxes(operands, 1, 2)), [rows, used, size, count])
    return reshape(swapAxes(applied, 1, 2), [rows, size, used * count])
  }
}

function pathsTo(to: RepresentationSummand, input: Representation): Path[] {
  return input.summands.flatMap((from, operand) => {
    const wanted = [...to.factors, ...from.factors.map(({ dual }) => dual)]
    return input.summands.flatMap(({ factors, multiplicity }, operator) => {
      const axes = axesFor(factors, wanted)
      return axes === undefined ? [] : [{ operator, operand, axes, used: Math.min(multiplicity, dimensionOf(factors)) }]
    })
  })
}

import { Module, normal, type Parameter, parameter } from '@equivar/nn'
import { add, concat, constant, gather, matMul, mul, printShape, reshape, ShapeError, split, type Tensor, zeros } from '@equivar/tensor'
import { degreesOf, requireBandwidth, requireCount } from '../checks.ts'
import { cached } from '../constants/cache.ts'
import { coefficientsOfPair } from '../constants/clebsch-gordan.ts'
import { blocksOf, outerProduct } from '../spectrum/blocks.ts'

/** Degrees l1, l2 and l for which the tensor product of l1 and l2 contains l. */
interface Path {
  readonly l1: number
  readonly l2: number
  readonly l: number
}

/** All paths with degrees below a limit, grouped by the pair (l1, l2). */
function pathsBelow(degrees: number): Path[] {
  const paths: Path[] = []
  for (let l1 = 0; l1 < degrees; l1++)
    for (let l2 = 0; l2 < degrees; l2++) for (let l = Math.abs(l1 - l2); l < degrees && l <= l1 + l2; l++) paths.push({ l1, l2, l })
  return paths
}

/** Options of ClebschGordanProduct. */
export interface ClebschGordanProductOptions {
  readonly degrees: number
  readonly channels: number
}

/**
 * The Clebsch-Gordan product of two spectra of signals on the sphere, channel by channel. It is an exactly equivariant nonlinearity.
 *
 * Law: f(D x, D y) = D f(x, y) up to rounding for every rotation Q, where D is the block-diagonal matrix of the realWignerD^l(Q). There is no sampling and
 * therefore no aliasing.
 * Z^l = sum over l1, l2 of w_(l1 l2 l) C^(l1 l2 l) (X^l1 x Y^l2). Within a channel, these are all bilinear maps that commute with rotations.
 *
 * Use DegreeLinear layers before it to mix channels. Initial weights are normal with variance 1 / (number of paths that lead to the degree).
 *
 * @remarks Cost O(degrees^5) per signal and channel. The constants have about 0.5 degrees^5 numbers and are computed at first use.
 * @see Kondor, Lin, Trivedi 2018, "Clebsch-Gordan nets".
 */
export class ClebschGordanProduct extends Module {
  /** [paths, channels], paths ordered by l1, l2, l. */
  readonly weight: Parameter
  readonly #degrees: number
  readonly #paths: readonly Path[]

  /** @throws RangeError if a size is out of range. */
  constructor({ degrees, channels }: ClebschGordanProductOptions) {
    super()
    this.#degrees = requireBandwidth('ClebschGordanProduct', 'degrees', degrees)
    this.#paths = pathsBelow(degrees)
    requireCount('ClebschGordanProduct', 'channels', channels)
    const counts = Array.from({ length: degrees }, (_, l) => this.#paths.filter((path) => path.l === l).length)
    this.weight = parameter([this.#paths.length, channels], {
      initializer: (shape, random) =>
        normal()(shape, random).map((value, i) => value / Math.sqrt(counts[(this.#paths[Math.floor(i / channels)] as Path).l] as number)),
    })
  }

  /**
   * @param x - float32 [degrees^2, batch, channels].
   * @param y - a tensor of the shape of x; x itself by default.
   * @returns a float32 tensor of the shape of x.
   * @throws ShapeError if a spectrum has a different number of degrees or channels.
   */
  forward(x: Tensor, y: Tensor = x): Tensor {
    for (const spectrum of [x, y]) this.#requireSpectrum(spectrum)
    const [a, b] = [x, y].map((spectrum) => blocksOf(spectrum, (l) => 2 * l + 1)) as [readonly Tensor[], readonly Tensor[]]
    const degrees = Array.from({ length: this.#degrees }, (_, l) => l)
    const weights = this.#weightsOfPairs()
    const terms = degrees.flatMap((l1) =>
      degrees.map((l2) => {
        // C^(l2 l1 l) equals C^(l1 l2 l) with exchanged factors up to a sign, which the weight absorbs.
        const [low, high] = l1 <= l2 ? [l1, l2] : [l2, l1]
        const [left, right] = (l1 <= l2 ? [a[l1], b[l2]] : [b[l2], a[l1]]) as [Tensor, Tensor]
        const product = reshape(matMul(coefficientsOfPair(low, high, degrees), outerProduct(left, right)), x.shape)
        return mul(product, weights[l1 * this.#degrees + l2] as Tensor)
      }),
    )
    return terms.reduce((sum, term) => add(sum, term))
  }

  /** For each pair (l1, l2), the weights of all rows of a spectrum, [degrees^2, 1, channels]; 0 for rows without a path. */
  #weightsOfPairs(): readonly Tensor[] {
    const degrees = this.#degrees
    const channels = this.weight.sizes[1] as number
    const [pairs, rows] = [degrees * degrees, degrees * degrees]
    const index = cached('clebsch gordan weights', [degrees], () => {
      const pathOfRow = new BigInt64Array(pairs * rows).fill(BigInt(this.#paths.length))
      for (const [path, { l1, l2, l }] of this.#paths.entries()) {
        const start = (l1 * degrees + l2) * rows
        pathOfRow.fill(BigInt(path), start + l * l, start + (l + 1) ** 2)
      }
      return constant(pathOfRow)
    })
    const expanded = reshape(gather(concat([this.weight, zeros([1, channels])], 0), index), [pairs * rows, 1, channels])
    return pairs === 1 ? [expanded] : split(expanded, new Array<number>(pairs).fill(rows), 0)
  }

  #requireSpectrum(spectrum: Tensor): void {
    const degrees = degreesOf('ClebschGordanProduct.forward', spectrum, (l) => l * l, 'degrees^2')
    const channels = this.weight.sizes[1] as number
    if (degrees === this.#degrees && spectrum.shape[2] === channels) return
    throw new ShapeError(
      'ClebschGordanProduct.forward',
      `a spectrum [${this.#degrees ** 2}, batch, ${channels}] (${this.#degrees} degrees)`,
      printShape(spectrum.shape),
    )
  }
}

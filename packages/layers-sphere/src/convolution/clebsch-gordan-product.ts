import { Module, normal, type Parameter, parameter } from '@equivar/nn'
import { add, concat, constant, gather, matMul, mul, printShape, reshape, ShapeError, split, type Tensor, zeros } from '@equivar/tensor'
import { degreesOf, demandBandwidth, demandCount } from '../checks.ts'
import { cached } from '../constants/cache.ts'
import { coefficientsOfPair } from '../constants/clebsch-gordan.ts'
import { blocksOf, outerProduct } from '../spectrum/blocks.ts'

/** A way for two degrees to make a third. */
interface Path {
  readonly l1: number
  readonly l2: number
  readonly l: number
}

/** All paths between degrees below a limit, those of a pair (l1, l2) side by side. */
function pathsBelow(degrees: number): Path[] {
  const paths: Path[] = []
  for (let l1 = 0; l1 < degrees; l1++)
    for (let l2 = 0; l2 < degrees; l2++) for (let l = Math.abs(l1 - l2); l < degrees && l <= l1 + l2; l++) paths.push({ l1, l2, l })
  return paths
}

/** Settings of a ClebschGordanProduct. */
export interface ClebschGordanProductOptions {
  readonly degrees: number
  readonly channels: number
}

/**
 * The product of two spectra of signals on the sphere, channel by channel: the exactly equivariant nonlinearity in the spectrum.
 *
 * Law: f(D x, D y) = D f(x, y) for the block diagonal matrix D of every realWignerD^l(Q), to rounding, whatever the degrees: nothing is sampled, so
 * nothing aliases. Z^l = sum over l1, l2 of w_(l1 l2 l) C^(l1 l2 l) (X^l1 x Y^l2): all bilinear maps of a channel that commute with rotations.
 *
 * Put DegreeLinear layers before it to mix channels. Weights start normal with variance 1 / paths to the degree.
 *
 * @remarks Cost O(degrees^5) a signal and channel; constants of about 0.5 degrees^5 numbers, made when the layer is first used.
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
    this.#degrees = demandBandwidth('ClebschGordanProduct', 'degrees', degrees)
    this.#paths = pathsBelow(degrees)
    demandCount('ClebschGordanProduct', 'channels', channels)
    const counts = Array.from({ length: degrees }, (_, l) => this.#paths.filter((path) => path.l === l).length)
    this.weight = parameter([this.#paths.length, channels], {
      initializer: (shape, random) =>
        normal()(shape, random).map((value, i) => value / Math.sqrt(counts[this.#paths[Math.floor(i / channels)]?.l ?? 0] as number)),
    })
  }

  /**
   * @param x - float32 [degrees^2, batch, channels].
   * @param y - of the shape of x; x itself if left out.
   * @returns float32 of the shape of x.
   * @throws ShapeError if a spectrum has other degrees or channels.
   */
  forward(x: Tensor, y: Tensor = x): Tensor {
    for (const spectrum of [x, y]) this.#demand(spectrum)
    const [a, b] = [x, y].map((spectrum) => blocksOf(spectrum, (l) => 2 * l + 1)) as [readonly Tensor[], readonly Tensor[]]
    const degrees = Array.from({ length: this.#degrees }, (_, l) => l)
    const weights = this.#weightsOfPairs()
    const terms = degrees.flatMap((l1) =>
      degrees.map((l2) => {
        // C^(l2 l1 l) is C^(l1 l2 l) with its factors exchanged, up to a sign, which the weight takes.
        const [low, high] = l1 <= l2 ? [l1, l2] : [l2, l1]
        const [left, right] = (l1 <= l2 ? [a[l1], b[l2]] : [b[l2], a[l1]]) as [Tensor, Tensor]
        const made = reshape(matMul(coefficientsOfPair(low, high, degrees), outerProduct(left, right)), x.shape)
        return mul(made, weights[l1 * this.#degrees + l2] as Tensor)
      }),
    )
    return terms.reduce((sum, term) => add(sum, term))
  }

  /** For each pair (l1, l2) the weights of all rows of a spectrum, 0 where there is no path: [degrees^2, 1, channels]. */
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

  #demand(spectrum: Tensor): void {
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

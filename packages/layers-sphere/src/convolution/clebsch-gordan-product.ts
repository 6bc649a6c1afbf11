import { Module, normal, type Parameter, parameter } from '@equivar/nn'
import { add, concat, matMul, mul, printShape, reshape, ShapeError, split, type Tensor } from '@equivar/tensor'
import { degreesOf, demandBandwidth, demandCount } from '../checks.ts'
import { coefficientsOfPair } from '../harmonics/real-clebsch-gordan.ts'
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
 * @remarks Cost O(degrees^5) a signal and channel; constants of O(degrees^5) numbers, made when the layer is first used.
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
    const weights = this.#paths.length === 1 ? [this.weight] : split(this.weight, new Array<number>(this.#paths.length).fill(1), 0)
    const sums: (Tensor | undefined)[] = new Array(this.#degrees).fill(undefined)
    for (let first = 0; first < this.#paths.length; ) {
      const { l1, l2 } = this.#paths[first] as Path
      const pair = this.#paths.slice(first).filter((path) => path.l1 === l1 && path.l2 === l2)
      const made = this.#pairProduct(a[l1] as Tensor, b[l2] as Tensor, pair)
      pair.forEach(({ l }, i) => {
        const term = mul(made[i] as Tensor, weights[first + i] as Tensor)
        const sum = sums[l]
        sums[l] = sum === undefined ? term : add(sum, term)
      })
      first += pair.length
    }
    return concat(sums as Tensor[], 0)
  }

  /** The degrees that two blocks make, [2l + 1, batch, channels] each. */
  #pairProduct(a: Tensor, b: Tensor, pair: readonly Path[]): readonly Tensor[] {
    const [, batch = 0, channels = 0] = a.shape
    const { l1, l2 } = pair[0] as Path
    const degrees = pair.map(({ l }) => l)
    const sizes = degrees.map((l) => 2 * l + 1)
    const product = matMul(coefficientsOfPair(l1, l2, degrees), outerProduct(a, b))
    const rows = reshape(product, [sizes.reduce((n, d) => n + d, 0), batch, channels])
    return sizes.length === 1 ? [rows] : split(rows, sizes, 0)
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

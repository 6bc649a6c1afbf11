import type { Features } from '../features.ts'
import { type Irreps, type IrrepsLike, irreps } from '../irreps/irreps.ts'
import { depthwisePaths, elementwisePaths, fullPaths } from './paths.ts'
import { TensorProduct, type TensorProductOptions } from './tensor-product.ts'

/** Options of the products whose paths follow from the irreps. */
export type ProductOptions = Omit<TensorProductOptions, 'paths' | 'output'>

/**
 * The tensor product along all paths, with weights for every pair of copies and every output copy: all bilinear maps that commute with rotations and reflections.
 *
 * @throws RangeError as TensorProduct.
 */
export class FullyConnectedTensorProduct extends TensorProduct {
  constructor(options: ProductOptions & { readonly output: IrrepsLike }) {
    const slots = { first: irreps(options.first), second: irreps(options.second), output: irreps(options.output) }
    super({ ...options, paths: fullPaths(slots) })
  }
}

/**
 * The depthwise tensor product: every summand of the first input with every one of the second, copies of the first kept apart (paths `uvu`). What message passing
 * with weights of the distance needs.
 *
 * @param options - `keep`: the kinds that the output may have; all by default.
 */
export class DepthwiseTensorProduct extends TensorProduct {
  constructor({ keep, ...options }: ProductOptions & { readonly keep?: IrrepsLike }) {
    const { output, paths } = depthwisePaths(irreps(options.first), irreps(options.second), keep === undefined ? undefined : irreps(keep))
    super({ ...options, output, paths })
  }
}

/**
 * The tensor product copy by copy, without weights (paths `uuu`): copy u of the first input with copy u of the second.
 *
 * @param options - `keep`: the kinds that the output may have; all by default.
 * @throws RangeError if the inputs have different numbers of copies.
 */
export class ElementwiseTensorProduct extends TensorProduct {
  readonly #cut: { readonly first: Irreps; readonly second: Irreps }

  constructor({ keep, ...options }: Omit<ProductOptions, 'weights'> & { readonly keep?: IrrepsLike }) {
    const cut = elementwisePaths(irreps(options.first), irreps(options.second), keep === undefined ? undefined : irreps(keep))
    super({ ...options, ...cut })
    this.#cut = cut
  }

  override forward(x: Features, y: Features): Features {
    return super.forward(x.cut(this.#cut.first), y.cut(this.#cut.second))
  }
}

import { BatchNorm, Linear, Module } from '@equivar/nn'
import {
  add,
  argMax,
  div,
  expand,
  gatherElements,
  greaterOrEqual,
  mul,
  reduceSum,
  reshape,
  stopGradient,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from '@equivar/tensor'
import { copyNorms } from '../nonlinear/norm-activation.ts'

/** Options of VectorRelu. */
export interface VectorReluOptions {
  readonly channels: number
  /** What remains of the part against the direction; 0 (relu) by default. */
  readonly slope?: number
  /** Whether all channels have one direction; default false. */
  readonly sharesDirection?: boolean
  /** Channels of the features that directions are made of, if they are not the argument itself. */
  readonly inChannels?: number
  /** Added to the squared length of directions; 1e-6 by default. */
  readonly epsilon?: number
}

/** x, or x without (all but `slope` of) its part along d where it points against d. */
function against(x: Tensor, d: Tensor, slope: number, epsilon: number): Tensor {
  const inner = reduceSum(mul(x, d), { axis: -2, keepDims: true })
  const squares = add(reduceSum(mul(d, d), { axis: -2, keepDims: true }), epsilon)
  const reflected = sub(x, mul(div(inner, squares), d))
  const active = where(greaterOrEqual(inner, 0), x, reflected)
  return slope === 0 ? active : add(mul(x, slope), mul(active, 1 - slope))
}

/**
 * The nonlinearity of vector neurons: each channel x has a learned direction d = U x; where <x, d> < 0, the part of x along d is taken away.
 *
 * Law: f(Q x) = Q f(x) for rotations and reflections Q.
 *
 * @see Deng et al. 2021, "Vector neurons".
 */
export class VectorRelu extends Module {
  readonly direction: Linear
  readonly #slope: number
  readonly #epsilon: number

  constructor({ channels, slope = 0, sharesDirection = false, inChannels = channels, epsilon = 1e-6 }: VectorReluOptions) {
    super()
    this.direction = new Linear({ inChannels, outChannels: sharesDirection ? 1 : channels, bias: false })
    this.#slope = slope
    this.#epsilon = epsilon
  }

  /** @param x - float32 [..., 3, channels]. @param from - what the directions are made of; x by default. @returns a float32 tensor of the shape of x. */
  forward(x: Tensor, from: Tensor = x): Tensor {
    return against(x, this.direction.forward(from), this.#slope, this.#epsilon)
  }
}

/**
 * Batch normalization of vectors by their norms: x (BN(|x| + 1e-6)) / (|x| + 1e-6).
 *
 * Law: f(Q x) = Q f(x) for rotations and reflections Q.
 */
export class VectorBatchNorm extends Module {
  readonly norm: BatchNorm

  constructor({ channels }: { readonly channels: number }) {
    super()
    this.norm = new BatchNorm({ channels })
  }

  /** @param x - float32 [..., 3, channels]. */
  forward(x: Tensor): Tensor {
    const norms = add(copyNorms(x), 1e-6)
    return mul(x, div(this.norm.forward(norms), norms))
  }
}

/** Options of VectorLinearRelu. */
export interface VectorLinearReluOptions extends Omit<VectorReluOptions, 'inChannels'> {
  readonly inChannels: number
  /** Whether vectors are normalized before the nonlinearity; default true. */
  readonly norm?: boolean
}

/** A linear map of channels, batch normalization and the nonlinearity with directions made from the input. Law as VectorRelu. */
export class VectorLinearRelu extends Module {
  readonly linear: Linear
  readonly norm: VectorBatchNorm | undefined
  readonly relu: VectorRelu

  constructor({ inChannels, norm = true, ...options }: VectorLinearReluOptions) {
    super()
    this.linear = new Linear({ inChannels, outChannels: options.channels, bias: false })
    this.norm = norm ? new VectorBatchNorm({ channels: options.channels }) : undefined
    this.relu = new VectorRelu({ ...options, inChannels })
  }

  /** @param x - float32 [..., 3, inChannels]. @returns float32 [..., 3, channels]. */
  forward(x: Tensor): Tensor {
    const y = this.linear.forward(x)
    return this.relu.forward(this.norm === undefined ? y : this.norm.forward(y), x)
  }
}

/**
 * Max pooling of vectors over points: in each channel, the vector of the point with the largest <x, U x>.
 *
 * Law: f(Q x) = Q f(x) for rotations and reflections Q; invariant to permutations of the points (where the largest is one).
 */
export class VectorMaxPooling extends Module {
  readonly direction: Linear

  constructor({ channels }: { readonly channels: number }) {
    super()
    this.direction = new Linear({ inChannels: channels, outChannels: channels, bias: false })
  }

  /** @param x - float32 [..., points, 3, channels], with at least one point. @returns float32 [..., 3, channels]. */
  forward(x: Tensor): Tensor {
    const axis = x.rank - 3
    const scores = reduceSum(mul(x, this.direction.forward(x)), { axis: -2 })
    const best = unsqueeze(argMax(stopGradient(scores), axis, { keepDims: true }), x.rank - 2)
    const shape = x.shape.map((size, i) => (i === axis ? 1 : size))
    const chosen = gatherElements(x, expand(best, shape), axis)
    return reshape(
      chosen,
      shape.filter((_, i) => i !== axis),
    )
  }
}

/** Invariants of vectors: their products <x_a, T_b x> with learned reference vectors. Law: f(Q x) = f(x) for rotations and reflections Q. */
export class VectorInvariants extends Module {
  readonly reference: Linear

  constructor({ channels, references = 3 }: { readonly channels: number; readonly references?: number }) {
    super()
    this.reference = new Linear({ inChannels: channels, outChannels: references, bias: false })
  }

  /** @param x - float32 [..., 3, channels]. @returns float32 [..., channels, references]. */
  forward(x: Tensor): Tensor {
    const reference = this.reference.forward(x)
    return reduceSum(mul(unsqueeze(x, x.rank), unsqueeze(reference, x.rank - 1)), { axis: -3 })
  }
}

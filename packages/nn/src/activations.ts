import {
  add,
  clip,
  elu,
  erf,
  hardSigmoid,
  leakyRelu,
  logSoftmax,
  mul,
  relu,
  selu,
  sigmoid,
  softmax,
  softplus,
  softsign,
  type Tensor,
  tanh,
} from '@equivar/tensor'

/** x Phi(x), where Phi is the standard normal distribution function. @see Hendrycks, Gimpel 2016. */
export function gelu(x: Tensor): Tensor {
  return mul(mul(x, 0.5), add(1, erf(mul(x, Math.SQRT1_2))))
}
/** The tanh approximation of gelu. */
export function geluTanh(x: Tensor): Tensor {
  return mul(mul(x, 0.5), add(1, tanh(mul(Math.sqrt(2 / Math.PI), mul(x, add(1, mul(0.044715, mul(x, x))))))))
}
/** x sigmoid(x). @see Elfwing, Uchibe, Doya 2017. */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x))
}

/** The name of an activation. `hardSigmoid` is clip(x / 6 + 1 / 2, 0, 1), as in PyTorch. */
export type ActivationName =
  | 'relu'
  | 'leakyRelu'
  | 'elu'
  | 'selu'
  | 'gelu'
  | 'geluTanh'
  | 'silu'
  | 'tanh'
  | 'sigmoid'
  | 'hardSigmoid'
  | 'relu6'
  | 'softplus'
  | 'softsign'
  | 'softmax'
  | 'logSoftmax'
  | 'identity'

const activations: Readonly<Record<ActivationName, (x: Tensor) => Tensor>> = {
  relu,
  leakyRelu: (x) => leakyRelu(x),
  elu: (x) => elu(x),
  selu,
  gelu,
  geluTanh,
  silu,
  tanh,
  sigmoid,
  hardSigmoid: (x) => hardSigmoid(x, 1 / 6, 0.5),
  relu6: (x) => clip(x, 0, 6),
  softplus,
  softsign,
  softmax: (x) => softmax(x),
  logSoftmax: (x) => logSoftmax(x),
  identity: (x) => x,
}

/**
 * The activation function of a name.
 *
 * @throws RangeError that lists the names, if there is none.
 */
export function activation(name: ActivationName): (x: Tensor) => Tensor {
  if (!Object.hasOwn(activations, name)) {
    throw new RangeError(`activation: expected one of ${Object.keys(activations).join(', ')}, received "${name}".`)
  }
  return activations[name]
}

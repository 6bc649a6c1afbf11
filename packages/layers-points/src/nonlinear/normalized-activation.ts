import { type ActivationName, activation } from '@equivar/nn'
import { abs, evaluate, input, mul, program, type Tensor } from '@equivar/tensor'

/** An activation of scalars: a name, which is scaled to keep the second moment, or a function as it is with what it does to the sign of its argument. */
export type ScalarActivation =
  | ActivationName
  | 'abs'
  | { readonly apply: (x: Tensor) => Tensor; readonly parity?: 'even' | 'odd' | 'neither' }

/** What an activation makes of a pseudoscalar: odd functions keep it one, even ones make it a scalar. */
const parities: Readonly<Partial<Record<ActivationName | 'abs', 'even' | 'odd'>>> = {
  tanh: 'odd',
  softsign: 'odd',
  identity: 'odd',
  abs: 'even',
}

const constants = new Map<string, number>()
const POINTS = 2001
const WIDTH = 12

/** Ordinates of the trapezoidal rule for integrals over the standard normal density. Exact to rounding for smooth functions. */
const ordinates = Float64Array.from({ length: POINTS }, (_, i) => (2 * WIDTH * i) / (POINTS - 1) - WIDTH)

/**
 * 1 / sqrt(mean of f(z)^2) for a standard normal z: what an activation is multiplied by so that it keeps the second moment of its argument.
 *
 * @remarks e3nn estimates it from a million random numbers, to about 1e-3: its silu has 1.6792 in place of 1.6765.
 */
export function secondMomentFactor(f: (x: Tensor) => Tensor): number {
  const z = input('z', 'float32', [POINTS])
  const { y } = evaluate(program({ inputs: [z], outputs: { y: f(z) } }), { z: { dtype: 'float32', shape: [POINTS], data: ordinates } })
  const step = (2 * WIDTH) / (POINTS - 1)
  const sum = ordinates.reduce((total, x, i) => total + (y?.data[i] as number) ** 2 * Math.exp((-x * x) / 2), 0)
  return 1 / Math.sqrt((sum * step) / Math.sqrt(2 * Math.PI))
}

/** The factor of a named activation, computed at first use. */
function factorOf(name: ActivationName | 'abs', f: (x: Tensor) => Tensor): number {
  const factor = constants.get(name) ?? secondMomentFactor(f)
  constants.set(name, factor)
  return factor
}

/** An activation as a function, with its parity. */
export function scalarActivation(given: ScalarActivation): {
  readonly apply: (x: Tensor) => Tensor
  readonly parity: 'even' | 'odd' | 'neither'
} {
  if (typeof given !== 'string') return { apply: given.apply, parity: given.parity ?? 'neither' }
  const plain = given === 'abs' ? abs : activation(given)
  const factor = given === 'identity' ? 1 : factorOf(given, plain)
  return { apply: factor === 1 ? plain : (x) => mul(plain(x), factor), parity: parities[given] ?? 'neither' }
}

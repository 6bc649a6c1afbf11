import { type DimensionLike, dimension, product } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { add, div, mod, mul } from '../operators/binary.ts'
import { constant } from '../operators/constant.ts'
import { range } from '../operators/generators.ts'
import { reshape } from '../operators/shape.ts'
import { cast } from '../operators/unary.ts'

const HALF = 4096
const PRIME = 4091
const ROUNDS = 6

const int = (value: number): Tensor => constant(value, [], 'int64')

/** One round of a Feistel network on pairs of 12-bit numbers: (left, right) -> (right, left + (right + key)^3 mod p). No number reaches 2^24. */
function round([left, right]: readonly [Tensor, Tensor], key: Tensor): [Tensor, Tensor] {
  const x = mod(add(right, key), int(PRIME))
  const cube = mod(mul(mod(mul(x, x), int(PRIME)), x), int(PRIME))
  return [right, mod(add(left, cube), int(HALF))]
}

/**
 * Uniform random numbers in [0, 1) inside a Program, from a seed that is fed: element i is a block cipher's value at i, so the same seed
 * gives the same numbers on every backend and every run, WebGL included, where integers are float32 and so exact to 2^24 only.
 *
 * @param seed - int64 scalar; its lowest 24 bits count. Feed a new one every step.
 * @param stream - an integer that tells uses of one seed apart, such as the number of the dropout layer.
 * @returns float32 of that shape, multiples of 2^-24. Elements beyond 2^24 repeat.
 * @remarks A cube Feistel network (six rounds on 2 x 12 bits, keyed by six more), of int64 additions, products and remainders only;
 * made for dropout and noise, not for cryptography. Cost: about 50 elementwise int64 operations.
 */
export function randomUniform(seed: Tensor, stream: number, shape: readonly DimensionLike[]): Tensor {
  const halves = (x: Tensor): [Tensor, Tensor] => [mod(div(x, int(HALF)), int(HALF)), mod(x, int(HALF))]
  const keys: Tensor[] = []
  let state = halves(seed)
  for (let r = 0; r < 2 * ROUNDS; r++) {
    state = round(state, int((7919 * (r + 1) + 12289 * (stream % PRIME) + 1) % PRIME))
    if (r >= ROUNDS) keys.push(state[1])
  }
  const count = product(shape.map(dimension))
  let pair = halves(range(count))
  for (const key of keys) pair = round(pair, key)
  const bits = add(mul(pair[0], int(HALF)), pair[1])
  return reshape(mul(cast(bits, 'float32'), 2 ** -24), shape)
}

import type { Attributes, Node, Tensor } from './tensor.ts'
import { topological, withInputs } from './traverse.ts'

/** Constants up to this size are compared by value, larger ones by identity. */
const COMPARE_LIMIT = 64

/** Numbers objects in the order in which they are met, so that they can stand in a key. */
class Numbering {
  readonly #numbers = new Map<object, number>()

  of(object: object): number {
    const number = this.#numbers.get(object) ?? this.#numbers.size
    this.#numbers.set(object, number)
    return number
  }
}

function attributeKey(value: unknown, numbering: Numbering): string {
  if (ArrayBuffer.isView(value)) {
    const numbers = value as unknown as ArrayLike<number | bigint>
    if (numbers.length > COMPARE_LIMIT) return `#${numbering.of(value)}`
    // A Uint16Array holds bit patterns, not numbers.
    return `${value instanceof Uint16Array ? 'bits' : ''}<${Array.from(numbers, (n) => (Object.is(n, -0) ? '-0' : String(n))).join()}>`
  }
  if (Array.isArray(value)) return `[${value.map((one) => attributeKey(one, numbering)).join()}]`
  if (typeof value === 'object' && value !== null) return 'terms' in value ? String(value) : `#${numbering.of(value)}`
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Keys of attributes in which no object has a number of one walk. */
const knownKeys = new WeakMap<Attributes, string>()

function attributesKey(attributes: Attributes, numbering: Numbering): string {
  const known = knownKeys.get(attributes)
  if (known !== undefined) return known
  const key = Object.entries(attributes)
    .map(([name, value]) => `${name}=${attributeKey(value, numbering)}`)
    .join(';')
  if (!key.includes('#')) knownKeys.set(attributes, key)
  return key
}

/** A tensor that stands for all that are equal to it, and its name in keys. */
interface Kept {
  readonly tensor: Tensor
  readonly name: string
}

/**
 * Tensors with equal nodes merged, and nothing else changed; inputs stay what they are.
 *
 * @param nodes - all nodes that they depend on, each after those it reads.
 */
export function mergeEqual(tensors: readonly Tensor[], nodes: readonly Node[] = topological(tensors)): Tensor[] {
  const numbering = new Numbering()
  const kept = new Map<Tensor, Kept>()
  const of = (x: Tensor): Kept => kept.get(x) ?? { tensor: x, name: `#${numbering.of(x)}` }
  /** By a text that is equal for nodes that compute the same: one operator, the same inputs, equal attributes. */
  const known = new Map<string, readonly Kept[]>()
  for (const node of nodes) {
    if (node.operator.name === 'Input') continue
    const inputs = node.inputs.map(of)
    const key = `${node.operator.name}(${inputs.map(({ name }) => name).join()})${attributesKey(node.attributes, numbering)}`
    let outputs = known.get(key)
    if (outputs === undefined) {
      const made = withInputs(
        node,
        inputs.map(({ tensor }) => tensor),
      )
      outputs = made.outputs.map((tensor, i) => ({ tensor, name: `${known.size}.${i}` }))
      known.set(key, outputs)
    }
    for (const [i, y] of node.outputs.entries()) kept.set(y, outputs[i] as Kept)
  }
  return tensors.map((x) => of(x).tensor)
}

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

/** Equal for nodes that compute the same: one operator, the same inputs, equal attributes. */
function keyOf(node: Node, numbering: Numbering): string {
  if (node.operator.name === 'Input') return `input ${numbering.of(node)}`
  const inputs = node.inputs.map((x) => `${numbering.of(x.node)}.${x.index}`)
  return `${node.operator.name}(${inputs.join()})${attributesKey(node.attributes, numbering)}`
}

/** The same expressions with equal nodes merged, and nothing else changed; inputs stay what they are. */
export function mergeEqual(tensors: readonly Tensor[]): Tensor[] {
  const replaced = new Map<Tensor, Tensor>()
  const known = new Map<string, Node>()
  const numbering = new Numbering()
  for (const node of topological(tensors)) {
    const current = withInputs(
      node,
      node.inputs.map((x) => replaced.get(x) as Tensor),
    )
    const key = keyOf(current, numbering)
    const kept = known.get(key) ?? current
    known.set(key, kept)
    for (const [i, y] of node.outputs.entries()) replaced.set(y, kept.outputs[i] as Tensor)
  }
  return tensors.map((x) => replaced.get(x) as Tensor)
}

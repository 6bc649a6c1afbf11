import { type Dimension, isNode, type Node, type Program, printShape, type Tensor, toNumbers } from '@equivar/tensor'
import { readCounts } from '../src/passes/readers.ts'

const isDimension = (value: unknown): value is Dimension =>
  typeof value === 'number' || (typeof value === 'object' && value !== null && 'terms' in value)

const number = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

function shownAttribute(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'nodes' in value) return `{ ${shown(value as Program)} }`
  if (ArrayBuffer.isView(value)) return `#${value.byteLength}`
  if (Array.isArray(value)) return `[${value.map(shownAttribute).join(' ')}]`
  return isDimension(value) && typeof value !== 'number' ? String(value) : typeof value === 'number' ? number(value) : String(value)
}

/** A constant by its numbers: `2`, `[1 2]`, `int64 [1 2] of [1, 2]`. */
function shownConstant({ output, attributes }: Node): string {
  if (!('data' in attributes)) return ''
  const { dtype, shape } = output
  const numbers = [...toNumbers(attributes.data as Float64Array)].map(number)
  const type = dtype === 'float32' ? '' : `${dtype} `
  const list = shape.length === 0 ? numbers.join() : `[${numbers.join(' ')}]`
  return `${type}${list}${shape.length > 1 ? ` of ${printShape(shape)}` : ''}`
}

/** What a node is told: windows by name, as there are many numbers; others in their order. */
function shownAttributes(node: Node): string {
  const entries = Object.entries(node.attributes)
  if (entries.length === 0) return ''
  const named = node.has('windowed')
  return `(${entries.map(([name, value]) => (named ? `${name} ${shownAttribute(value)}` : shownAttribute(value))).join(', ')})`
}

/**
 * A Program as text: `Transpose([1 0])(x)`. What is read more than once is a line of its own, `a = Exp(x)`; results come last.
 *
 * Two Programs that print alike compute the same in the same way.
 */
export function shown(program: Program): string {
  const counts = readCounts(program)
  const texts = new Map<Tensor, string>(program.inputs.map(({ name, tensor }) => [tensor, name]))
  const lines: string[] = []
  for (const node of program.nodes) {
    const text = isNode(node, 'Constant')
      ? shownConstant(node)
      : `${node.operator.name}${shownAttributes(node)}(${node.inputs.map((x) => texts.get(x)).join(', ')})`
    const alone = node.outputs.length === 1 && (isNode(node, 'Constant') || (counts.get(node.output) ?? 0) < 2)
    const name = alone ? text : letters(lines.length)
    if (!alone) lines.push(`${name} = ${text}`)
    for (const [i, y] of node.outputs.entries()) texts.set(y, node.outputs.length === 1 ? name : `${name}.${i}`)
  }
  const results = program.outputs.map(({ tensor }) => texts.get(tensor))
  return [...lines, results.join(', ')].join('; ')
}

/** a to z, aa and so on. */
function letters(n: number): string {
  return (n >= 26 ? letters(Math.floor(n / 26) - 1) : '') + String.fromCharCode(97 + (n % 26))
}

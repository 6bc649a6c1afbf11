import { squeeze, type Tensor } from '@equivar/tensor'
import type { NodeReader } from './node-reader.ts'

/** The letters of each operand's axes, and of the result's. */
export interface EinsumLetters {
  readonly operands: readonly string[]
  readonly result: string
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const DOTS = '...'

/** Letters that occur once, in alphabetical order: the result where no arrow gives one. */
const implicitResult = (letters: string): string =>
  [...new Set(letters)]
    .filter((letter) => letters.split(letter).length === 2)
    .sort()
    .join('')

/**
 * The equation of an Einsum with letters in place of its ellipses: one for each axis that they stand for, the same ones in every operand.
 *
 * Example: `...ij,...jk->...ik` of ranks 4 is `ABij,ABjk->ABik`.
 *
 * @throws OnnxFormatError if the equation is none, an operand has fewer axes than letters, ellipses stand for different counts of axes, or the
 *   result lacks theirs; ONNX allows neither.
 */
export function withoutEllipsis(node: NodeReader): EinsumLetters {
  const equation = node.string('equation', '').replaceAll(' ', '')
  const [left = '', right, ...more] = equation.split('->')
  const operands = left.split(',')
  const sides = right === undefined ? operands : [...operands, right]
  if (more.length > 0 || !sides.every((side) => /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(side)))
    node.refuse('letters, commas, one arrow, and one ellipsis an operand at most, as in "...ij,...jk->...ik"', `"${equation}"`)
  if (operands.length !== node.inputs.length) node.refuse(`${operands.length} operands, as "${equation}" has`, `${node.inputs.length}`)
  const counts = operands.map((letters, i) => {
    const { rank } = node.tensor(i)
    const named = letters.replace(DOTS, '').length
    if (letters.includes(DOTS) ? rank < named : rank !== named)
      node.refuse(`${letters.includes(DOTS) ? 'at least ' : ''}${named} axes of operand ${i} ("${letters}")`, `${rank}`)
    return rank - named
  })
  const covered = counts.filter((_, i) => operands[i]?.includes(DOTS))
  const most = Math.max(0, ...covered)
  if (covered.some((count) => count !== most)) node.refuse('ellipses of equally many axes', covered.join(' and '))
  if (covered.length > 0 && right?.includes(DOTS) === false) node.refuse('an ellipsis in the result, as operands have one', `"${right}"`)
  const free = [...ALPHABET].filter((letter) => !equation.includes(letter))
  if (free.length < most) node.refuse('52 different axes at most', `${52 - free.length + most}`)
  const axes = free.slice(0, most).join('')
  return {
    operands: operands.map((letters) => letters.replace(DOTS, axes)),
    result: right === undefined ? axes + implicitResult(left.replaceAll(/[.,]/g, '')) : right.replace(DOTS, axes),
  }
}

/** The equation for operands without the axes of size 1 that another operand stretches. */
export function broadcastOnes(
  { operands, result }: EinsumLetters,
  tensors: readonly Tensor[],
): { readonly equation: string; readonly tensors: readonly Tensor[] } {
  const stretched = new Set(tensors.flatMap((x, k) => x.shape.flatMap((d, axis) => (d === 1 ? [] : [operands[k]?.[axis]]))))
  const kept = tensors.map((x, k) => {
    const letters = [...(operands[k] ?? '')]
    const dropped = letters.flatMap((letter, axis) => (x.shape[axis] === 1 && stretched.has(letter) ? [axis] : []))
    return { tensor: dropped.length === 0 ? x : squeeze(x, dropped), letters: letters.filter((_, i) => !dropped.includes(i)).join('') }
  })
  return { equation: `${kept.map(({ letters }) => letters).join(',')}->${result}`, tensors: kept.map(({ tensor }) => tensor) }
}

import { type Action, DomainError, naturalAction, orbitLabels, parseGroup, type SharingScheme, sharingScheme } from '@equivar/groups'
import { describeGroup } from '@equivar/groups/picture'

/** The largest number of points of the input or output that are drawn. */
const MOST_POINTS = 400

/** A group, what it acts on, and which weights its linear layer shares. */
export interface Symmetry {
  readonly inputText: string
  readonly outputText: string
  readonly input: Action
  readonly output: Action
  readonly scheme: SharingScheme
  /** The bias of each output point. */
  readonly biases: { readonly count: number; readonly labels: Int32Array }
  /** The first pair of output and input points of each weight, by its place in the matrix. */
  readonly first: Int32Array
  /** The number of elements of the group, in words. */
  readonly order: string
}

/** What a symmetry is called: its expression, and that of the output if it differs. */
export const titleOf = ({ inputText, outputText }: Symmetry): string => (outputText === '' ? inputText : `${inputText} to ${outputText}`)

/** The part of an expression that names the group, and what follows it and says what it acts on. */
export function splitExpression(text: string): { readonly group: string; readonly domain: string } {
  const at = text.search(/\bon\b/i)
  return at < 0 ? { group: text.trim(), domain: '' } : { group: text.slice(0, at).trim(), domain: text.slice(at).trim() }
}

/** The expression of the output: that of the input if nothing is said, and of the same group if it only says `on ...`. */
export function outputExpression(inputText: string, outputText: string): string {
  if (outputText.trim() === '') return inputText
  const { group, domain } = splitExpression(outputText)
  return group === '' ? `${splitExpression(inputText).group} ${domain}` : outputText
}

/** Ten thousand million and more are told by their power of ten. */
const LISTED = 10n ** 10n

function orderText(action: Action): string {
  const { order, orderLog10 } = describeGroup(action)
  if (order !== undefined && order < LISTED) return order.toLocaleString('en')
  return `about 10^${Math.floor(orderLog10)}`
}

function drawable(text: string): Action {
  const action = parseGroup(text)
  if (action.degree < 1 || action.degree > MOST_POINTS) {
    throw new RangeError(
      `Symmetry explorer: expected 1 to ${MOST_POINTS} points, received ${action.degree.toLocaleString('en')} (${text}). Choose a smaller group, or fewer points for it to act on.`,
    )
  }
  return action
}

function sharingOf(output: Action, input: Action, outputText: string): SharingScheme {
  try {
    return sharingScheme(output, input)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    throw new RangeError(
      `Output: expected the group of the input, received ${outputText}, which is another. Write only what it acts on, as in "on pairs" or "on nothing".`,
    )
  }
}

function firstPairs({ count, labels }: SharingScheme): Int32Array {
  const first = new Int32Array(count).fill(-1)
  labels.forEach((label, pair) => {
    if (first[label] === -1) first[label] = pair
  })
  return first
}

/**
 * Reads the expressions of an input and an output, and finds the weights that a linear layer between them shares.
 *
 * @param outputText - empty for an output like the input; `on pairs` and the like for the same group on other points.
 * @throws NotationError where an expression cannot be read; RangeError for more than `MOST_POINTS` points, or two different groups.
 */
export function readSymmetry(inputText: string, outputText = ''): Symmetry {
  const input = drawable(inputText)
  const toText = outputExpression(inputText, outputText)
  const output = toText === inputText ? input : drawable(toText)
  const scheme = sharingOf(output, input, toText)
  return {
    inputText: inputText.trim(),
    outputText: toText === inputText ? '' : toText.trim(),
    input,
    output,
    scheme,
    biases: orbitLabels(output),
    first: firstPairs(scheme),
    order: orderText(input),
  }
}

/** The name of a point: its number, or the numbers of the points that it is a tuple of, as `0,2`. */
export function pointName(action: Action, point: number): string {
  const { structure } = action
  if (structure.kind === 'product') return `${Math.floor(point / structure.right.degree)},${point % structure.right.degree}`
  if (structure.kind !== 'tuples') return String(point)
  const n = structure.of.degree
  return Array.from({ length: structure.length }, (_, k) => Math.floor(point / n ** (structure.length - 1 - k)) % n).join(',')
}

/** The orbits of the points that the group itself is given on, whatever it acts on here. */
export const pointOrbits = ({ group }: Action): { readonly count: number; readonly labels: Int32Array } => orbitLabels(naturalAction(group))

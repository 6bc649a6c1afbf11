import { type Example, type Examples, type Part, parts, sizeOf } from './example.ts'
import type { SplitExamples } from './split.ts'

const many = (count: number, noun: string): string => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

/** smallest, median and largest of some numbers. */
function range(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b)
  const [least, middle, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)]
  return least === most ? String(least) : `${least} to ${most}, median ${middle}`
}

const elementNouns: Readonly<Record<Examples['kind'], string>> = {
  set: 'elements',
  graph: 'nodes',
  'dense graph': 'nodes',
  molecule: 'atoms',
  nodes: 'nodes',
  image: 'pixels',
  'image set': 'images',
  'signal set': 'signals',
}

/** How often each class occurs, the most frequent first; the first ones if there are many. */
function classLine(labels: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  const shown = sorted.slice(0, 8).map(([name, count]) => `${name} ${((100 * count) / labels.length).toFixed(1)} %`)
  return `${sorted.length} class${sorted.length === 1 ? '' : 'es'}: ${shown.join(', ')}${sorted.length > 8 ? ', ...' : ''}`
}

function targetLine(examples: readonly Example[]): string {
  const labels = examples.flatMap(({ target }) =>
    target.kind === 'label' ? [target.label] : target.kind === 'labels' ? target.labels : [],
  )
  const known = labels.filter((label) => label !== undefined)
  if (known.length > 0)
    return classLine(known) + (known.length < labels.length ? `; ${many(labels.length - known.length, 'label')} missing` : '')
  const rows = examples.flatMap(({ target }) => (target.kind === 'y' ? target.y : target.kind === 'ys' ? Array.from(target.ys.data) : []))
  const numbers = rows.filter(Number.isFinite)
  if (numbers.length === 0) return 'one element of each set is to be chosen'
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  const deviation = Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length)
  return `numbers to predict: mean ${mean.toPrecision(4)}, standard deviation ${deviation.toPrecision(4)}${numbers.length < rows.length ? `; ${many(rows.length - numbers.length, 'number')} missing` : ''}`
}

/** The input of an example as text: equal for equal inputs. */
const fingerprint = ({ x, edges, molecule }: Example): string =>
  [
    x.shape,
    Buffer.from(x.data.buffer, x.data.byteOffset, x.data.byteLength).toString('base64'),
    edges?.sources ?? '',
    edges?.targets ?? '',
    molecule?.positions ?? '',
  ].join('|')

/** How many examples of the validation or the test part are also in an earlier part. */
function duplicates(split: SplitExamples): number {
  const seen = new Set<string>()
  let count = 0
  for (const part of parts) {
    const prints = split[part].map(fingerprint)
    if (part !== 'train') count += prints.filter((print) => seen.has(print)).length
    for (const print of prints) seen.add(print)
  }
  return count
}

/** What was found in own data, in a few lines. */
export function describeExamples({ kind, examples, channelNames, notes = [] }: Examples, split: SplitExamples | undefined): string[] {
  const [first] = examples
  if (first === undefined) return []
  const channels = first.x.shape[kind === 'image' ? 0 : 1] as number
  const names = channelNames === undefined ? '' : ` (${channelNames.slice(0, 8).join(', ')}${channelNames.length > 8 ? ', ...' : ''})`
  const sizes =
    kind === 'image'
      ? `${first.x.shape[1]} x ${first.x.shape[2]} pixels`
      : `${elementNouns[kind]}: ${range(examples.map((one) => sizeOf(kind, one)))}`
  const edges = examples.every((one) => one.edges === undefined)
    ? []
    : [`edges: ${range(examples.map((one) => one.edges?.sources.length ?? 0))}`]
  const attributes = first.edges?.attributes?.shape[1]
  if (attributes !== undefined) edges.push(`${many(attributes, 'feature')} of edges`)
  const noun = kind === 'nodes' ? 'graph' : kind
  const lines = [
    ...notes,
    [many(examples.length, noun), sizes, ...edges, `${many(channels, 'channel')}${names}`].join('; '),
    targetLine(examples),
  ]
  if (split === undefined) return lines
  const counts = parts.map((part: Part) => `${part} ${split[part].length}`).join(', ')
  const copies = duplicates(split)
  const warning =
    copies === 0 ? '' : `; ${many(copies, 'example')} of validation and test ${copies === 1 ? 'occurs' : 'occur'} in an earlier part, too`
  return [...lines, `${counts}${warning}`]
}

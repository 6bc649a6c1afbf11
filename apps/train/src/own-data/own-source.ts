import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { UsageError } from '../errors.ts'
import { exampleKinds } from './example.ts'
import type { OwnSource } from './source.ts'

/** The name of own data as a task. */
export const OWN = 'own-data'

/** The options of `equivar train` that say how own data are read. */
export interface OwnOptions {
  readonly data?: string
  readonly split?: string
  readonly kind?: string
  readonly label?: string
  readonly target?: string
  readonly edges?: string
  readonly directed?: boolean
  readonly nodeId?: string
  readonly setId?: string
  readonly splitColumn?: string
  readonly labels?: string
  readonly size?: string
}

/** The options that only own data have, as on the command line. */
const flags: Readonly<Partial<Record<keyof OwnOptions, string>>> = {
  split: '--split',
  kind: '--kind',
  label: '--label',
  target: '--target',
  edges: '--edges',
  directed: '--directed',
  nodeId: '--node-id',
  setId: '--set-id',
  splitColumn: '--split-column',
  labels: '--labels',
  size: '--size',
}

/** For a built-in task. @throws UsageError if an option is given that only own data have. */
export function demandNoOwn(task: string, options: OwnOptions): undefined {
  const given = Object.entries(flags).find(([name]) => options[name as keyof OwnOptions] !== undefined)
  if (given !== undefined) throw new UsageError(`${given[1]}: expected own data (--data FILE without a task), received the task ${task}`)
}

/** The paths that `--data` names: one, or three joined by commas. */
function pathsOf(data: string): string[] {
  if (existsSync(data)) return [resolve(data)]
  const several = data.split(',')
  return (several.length === 3 ? several : [data]).map((path) => resolve(path))
}

/** The shares that `--split` gives. @throws UsageError if they are not three shares that sum to 1. */
function sharesOf(text: string): [number, number, number] {
  const shares = text.split(',').map(Number)
  const sum = shares.reduce((a, b) => a + b, 0)
  if (shares.length !== 3 || !shares.every((share) => share >= 0) || !(Math.abs(sum - 1) < 1e-6) || shares[0] === 0)
    throw new UsageError(`--split: expected three shares that sum to 1, such as 0.8,0.1,0.1, received ${text}`)
  return shares as [number, number, number]
}

/** The size that `--size` gives. @throws UsageError if it is none. */
function sizeOf(text: string): [number, number] {
  const [, height, width] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? []
  const size: [number, number] = [Number(height), Number(width)]
  if (size.every((side) => side >= 1)) return size
  throw new UsageError(`--size: expected HEIGHTxWIDTH, such as 64x64, received ${JSON.stringify(text)}`)
}

/** Where own data are, from the options. @throws UsageError if there is none, or an option is none. */
export function ownSource({ data, split, kind, ...rest }: OwnOptions): OwnSource {
  if (data === undefined) throw new UsageError('expected a task (equivar tasks lists them) or your own data, --data FILE, received neither')
  const known = exampleKinds.find((each) => each === kind)
  if (kind !== undefined && known === undefined)
    throw new UsageError(`--kind: expected one of ${exampleKinds.join(', ')}, received ${JSON.stringify(kind)}`)
  const { label, target, nodeId, setId, splitColumn } = rest
  const names = { label, target, nodeId, setId, splitColumn }
  const files = { edges: rest.edges, labels: rest.labels }
  const pixels = rest.size === undefined ? undefined : sizeOf(rest.size)
  const given = (entries: Readonly<Record<string, string | undefined>>, change: (text: string) => string): Record<string, string> =>
    Object.fromEntries(Object.entries(entries).flatMap(([name, text]) => (text === undefined ? [] : [[name, change(text)]])))
  return {
    paths: pathsOf(data),
    ...(split === undefined ? {} : { shares: sharesOf(split) }),
    ...(known === undefined ? {} : { kind: known }),
    ...(rest.directed === undefined ? {} : { directed: rest.directed }),
    ...(pixels === undefined ? {} : { size: pixels }),
    ...given(names, (text) => text),
    ...given(files, (text) => resolve(text)),
  }
}

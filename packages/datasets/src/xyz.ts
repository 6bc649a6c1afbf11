import type { ReadOptions } from './allowance.ts'
import { decimal } from './decimal.ts'
import { elementSymbol } from './elements.ts'
import { gunzipped } from './gzip.ts'
import { TextLines } from './text-lines.ts'
import { commentPairs } from './xyz-comment.ts'

const READER = 'parseXyz'

/** A molecule: atoms with positions. */
export interface Molecule {
  /** The element symbol of each atom. */
  readonly elements: readonly string[]
  /** Positions in angstrom, [atoms, 3] row-major. */
  readonly positions: Float64Array
  /** The `key=number` pairs of the comment line. */
  readonly properties: Readonly<Record<string, number>>
  /** The other `key=text` pairs of the comment line, if there are any. */
  readonly texts?: Readonly<Record<string, string>>
  /** Forces on the atoms, [atoms, 3] row-major, if the file has a column `forces:R:3`. */
  readonly forces?: Float64Array
  /** The vectors of the cell in which the atoms repeat, [3, 3] row-major; absent if the file gives none, or says `pbc="F F F"`. */
  readonly lattice?: Float64Array
}

/** Where the columns of an atom's line are. */
interface Columns {
  /** The number of columns; undefined if further ones are allowed. */
  readonly width: number | undefined
  readonly element: number
  /** Whether the element is given by its atomic number. */
  readonly byNumber: boolean
  readonly position: number
  /** Where forces are, if the file has them. */
  readonly force?: number
  /** The form of a line, for error messages. */
  readonly form: string
}

const PLAIN: Columns = { width: undefined, element: 0, byNumber: false, position: 1, form: 'element x y z' }

/** The columns that `Properties=species:S:1:pos:R:3:...` describes; undefined if it describes no element and position. */
function columnsOf(properties: string): Columns | undefined {
  const parts = properties.split(':')
  if (parts.length % 3 !== 0) return undefined
  const starts = new Map<string, number>()
  let width = 0
  for (let i = 0; i < parts.length; i += 3) {
    const [name, type, size] = parts.slice(i, i + 3) as [string, string, string]
    if (!/^[RISL]$/.test(type) || !/^[1-9]\d{0,3}$/.test(size)) return undefined
    starts.set(`${name}:${type}:${size}`, width)
    width += Number(size)
  }
  const position = starts.get('pos:R:3')
  const symbols = starts.get('species:S:1')
  const element = symbols ?? starts.get('Z:I:1')
  if (position === undefined || element === undefined) return undefined
  const force = starts.get('forces:R:3') ?? starts.get('force:R:3')
  return { width, element, byNumber: symbols === undefined, position, form: properties, ...(force === undefined ? {} : { force }) }
}

/** The names of the numbers of QM9's comment lines, which start with `gdb` and the number of the molecule. */
const QM9 = 'A B C mu alpha homo lumo gap r2 zpve U0 U H G Cv'.split(' ')

function propertiesOf(comment: string, pairs: ReadonlyMap<string, string>): Record<string, number> {
  const [tag, , ...values] = comment.split(/\s+/)
  const qm9 = tag === 'gdb' && values.length === QM9.length ? QM9.map((name, i): [string, string] => [name, values[i]!]) : []
  const numbers = [...qm9, ...pairs].map(([key, value]): [string, number] => [key, decimal(value)])
  return Object.fromEntries(numbers.filter(([, value]) => !Number.isNaN(value)))
}

/** Keys that say how a file is to be read. */
const FORMAT_KEYS = ['lattice', 'pbc', 'properties']

/** The pairs that are neither numbers nor say how the file is to be read. */
function textsOf(pairs: ReadonlyMap<string, string>): Pick<Molecule, 'texts'> {
  const texts = [...pairs].filter(([key, value]) => Number.isNaN(decimal(value)) && !FORMAT_KEYS.includes(key.toLowerCase()))
  return texts.length === 0 ? {} : { texts: Object.fromEntries(texts) }
}

/** The value of a key, in capitals or not. */
const textOf = (pairs: ReadonlyMap<string, string>, key: string): string | undefined => pairs.get(key) ?? pairs.get(key.toLowerCase())

function latticeOf(lines: TextLines, pairs: ReadonlyMap<string, string>): Float64Array | undefined {
  const text = textOf(pairs, 'Lattice')
  if (text === undefined) return undefined
  const vectors = Float64Array.from(text.trim().split(/[\s,]+/), decimal)
  if (vectors.length !== 9 || vectors.some(Number.isNaN))
    throw lines.error('Lattice="..." with nine numbers', JSON.stringify(text.slice(0, 60)))
  const periodic = (textOf(pairs, 'pbc') ?? 'T').trim().split(/[\s,]+/)
  return periodic.every((axis) => /^(f|false|0)$/i.test(axis)) ? undefined : vectors
}

function readAtoms(
  lines: TextLines,
  count: number,
  { width, element, byNumber, position, force, form }: Columns,
): Pick<Molecule, 'elements' | 'positions' | 'forces'> {
  const elements: string[] = []
  const positions = new Float64Array(3 * count)
  const forces = force === undefined ? undefined : new Float64Array(3 * count)
  for (let atom = 0; atom < count; atom++) {
    const cells = (lines.next() ?? '').split(/\s+/)
    const place = cells.slice(position, position + 3).map(decimal)
    const push = force === undefined ? [] : cells.slice(force, force + 3).map(decimal)
    const named = cells[element] ?? ''
    const symbol = byNumber ? elementSymbol(decimal(named)) : /^[A-Z][a-z]?$/.test(named) ? named : undefined
    if (
      symbol === undefined ||
      place.length < 3 ||
      [...place, ...push].some(Number.isNaN) ||
      (width !== undefined && cells.length !== width)
    )
      throw lines.error(`atom ${atom + 1} of ${count} as "${form}"`)
    elements.push(symbol)
    positions.set(place, 3 * atom)
    forces?.set(push, 3 * atom)
  }
  return { elements, positions, ...(forces === undefined ? {} : { forces }) }
}

/** Skips the lines of QM9 behind the atoms: frequencies, SMILES, InChI. Lines of atoms are never skipped. */
function skipTail(lines: TextLines): void {
  const tail = lines.peek(3)
  const last = tail.findIndex((line) => line.startsWith('InChI='))
  const isAtom = (line: string): boolean =>
    /^[A-Z][a-z]?\s/.test(line) &&
    line
      .split(/\s+/)
      .slice(1, 4)
      .every((cell) => !Number.isNaN(decimal(cell)))
  if (last === -1 || tail.slice(0, last).some(isAtom)) return
  for (let i = 0; i <= last; i++) lines.next()
}

/**
 * Reads the molecules of an XYZ file, plain or extended. Each is a line with the number of atoms, a comment line, and one line `element x y z` per atom, or
 * whatever columns `Properties=...` in the comment names: species or Z, pos, and `forces`; further columns are passed over.
 *
 * Numbers may be written `-40.`, `.5`, `+1`, `1e-6`, `1d-6` and `1.9951*^-6`. Pairs `key=text` of the comment become `texts`, pairs `key=number` become `properties`, and so do the 15
 * numbers of QM9 by their names (A, B, C, mu, alpha, homo, lumo, gap, r2, zpve, U0, U, H, G, Cv). QM9's lines behind the atoms are passed over.
 *
 * @param bytes - text, optionally gzipped.
 * @throws FormatError that names the line, if the file does not have this form, counts more atoms than it can hold, or unpacks to more than `maxBytes`.
 * @see libatoms/extxyz for the extended form; Ramakrishnan et al. 2014, "Quantum chemistry structures and properties of 134 kilo molecules", table 2.
 */
export function parseXyz(bytes: Uint8Array, file: string = 'the file', options: ReadOptions = {}): Molecule[] {
  const lines = new TextLines(READER, file, gunzipped(READER, file, bytes, options))
  const molecules: Molecule[] = []
  for (;;) {
    lines.skipBlankLines()
    const first = lines.next()
    if (first === undefined || (first === '' && lines.bytesLeft === 0)) return molecules
    const count = decimal(first)
    if (!Number.isInteger(count) || count < 1) throw lines.error('the number of atoms')
    if (2 * count > lines.bytesLeft) throw lines.error(`no more atoms than fit into the ${lines.bytesLeft} bytes after this line`)
    const comment = lines.next() ?? ''
    const pairs = commentPairs(comment)
    const described = textOf(pairs, 'Properties')
    const columns = described === undefined ? PLAIN : columnsOf(described)
    if (columns === undefined)
      throw lines.error('Properties with species:S:1 or Z:I:1, and pos:R:3, in triples of name, type and number of columns')
    const lattice = latticeOf(lines, pairs)
    const properties = propertiesOf(comment, pairs)
    molecules.push({ ...readAtoms(lines, count, columns), properties, ...textsOf(pairs), ...(lattice === undefined ? {} : { lattice }) })
    skipTail(lines)
  }
}

/** Atoms at places in space. */
export interface Atoms {
  /** The symbol of each atom. */
  readonly elements: readonly string[]
  /** [atoms, 3], row-major, in angstrom. */
  readonly positions: Float64Array
}

/** Atomic numbers, and standard atomic weights in dalton. @see IUPAC 2021, "Standard atomic weights of the elements". */
const table: Readonly<Record<string, readonly [number: number, mass: number]>> = {
  H: [1, 1.008],
  C: [6, 12.011],
  N: [7, 14.007],
  O: [8, 15.999],
  F: [9, 18.998],
  Si: [14, 28.085],
  P: [15, 30.974],
  S: [16, 32.06],
  Cl: [17, 35.45],
  Ar: [18, 39.95],
  Br: [35, 79.904],
}

function known(element: string): readonly [number: number, mass: number] {
  const entry = table[element]
  if (entry === undefined) throw new Error(`expected one of the elements ${Object.keys(table).join(', ')}, received ${element}.`)
  return entry
}

/** The mass of each atom in dalton. @throws Error for an element that is not in the table. */
export const massesOf = ({ elements }: Atoms): Float64Array => Float64Array.from(elements, (element) => known(element)[1])

/** The column of each atom in the input `x` of a force field: elements in the order of their atomic numbers, as `equivar train forces` has them. */
export function columnsOf({ elements }: Atoms): { readonly columns: readonly number[]; readonly count: number } {
  const kinds = [...new Set(elements)].sort((a, b) => known(a)[0] - known(b)[0])
  return { columns: elements.map((element) => kinds.indexOf(element)), count: kinds.length }
}

/** Reads atoms in XYZ: their number, a comment, and a line `element x y z` for each, in angstrom. @throws Error that names the line. */
export function parseXyz(text: string): Atoms {
  const lines = text.split(/\r?\n/)
  const count = Number(lines[0])
  if (!Number.isInteger(count) || count < 1) throw new Error(`line 1: expected the number of atoms, received ${lines[0]}.`)
  const rows = Array.from({ length: count }, (_, i) => {
    const [element = '', ...rest] = (lines[2 + i] ?? '').trim().split(/\s+/)
    const place = rest.slice(0, 3).map(Number)
    if (place.length < 3 || !place.every(Number.isFinite))
      throw new Error(
        `line ${3 + i}: expected atom ${i + 1} of ${count} as "element x y z", received ${JSON.stringify(lines[2 + i] ?? '')}.`,
      )
    return { element, place }
  })
  return { elements: rows.map(({ element }) => element), positions: Float64Array.from(rows.flatMap(({ place }) => place)) }
}

/** Writes atoms in XYZ. */
export function formatXyz({ elements, positions }: Atoms, comment: string): string {
  const row = (element: string, i: number): string =>
    [element, ...Array.from(positions.subarray(3 * i, 3 * i + 3), (x) => x.toFixed(6))].join(' ')
  return `${elements.length}\n${comment}\n${elements.map(row).join('\n')}\n`
}

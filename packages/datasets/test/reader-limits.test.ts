import { gzipSync } from 'node:zlib'
import { formatGraph6, parseGraph6, parseIdx, parseOff, parseTuText, parseXyz } from '@equivar/datasets'
import { describe, expect, test } from 'vitest'
import { refusal } from './refusal.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
describe('graph6', () => {
  const empty = (nodes: number) => ({ nodes, edges: { sources: new Int32Array(0), targets: new Int32Array(0) } })
  test.each([0, 1, 2, 61, 62, 63, 64, 300])('a graph without edges of %i nodes comes back', (nodes) => {
    const code = formatGraph6([empty(nodes)])
    expect(code.length).toBe((nodes <= 62 ? 1 : 4) + Math.ceil((nodes * (nodes - 1)) / 12) + 1)
    expect(parseGraph6(code)).toEqual([empty(nodes)])
  })

  test.each([
    ['~', 'a size of 4 characters', '"~"'],
    ['~?@', 'a size of 4 characters', '"~?@"'],
    ['~~?????', 'a size of 8 characters', '"~~?????"'],
    ['B!', 'characters from ? to ~', '"!" in "B!"'],
    ['B>', 'characters from ? to ~', '">" in "B>"'],
    ['B\u007f', 'characters from ? to ~', '"\\u007f" in "B\\u007f"'],
    ['BA', 'zeros after the last pair of nodes', '"BA"'],
    ['>>digraph6<<&A?', 'graph6; sparse6 and digraph6 are different formats (convert with copyg -g of nauty)', '">>digraph6<<&A?"'],
    ['>>graph6<<:A', 'graph6; sparse6 and digraph6 are different formats (convert with copyg -g of nauty)', '":A"'],
  ])('%s is refused', (code, expected, received) => {
    expect(refusal(() => parseGraph6(bytes(code)))).toBe(`parseGraph6: the file, line 1: expected ${expected}, received ${received}.`)
  })

  test('a size of 8 characters may be small', () => {
    expect(parseGraph6(bytes('~~?????BW'))[0]).toEqual({
      nodes: 3,
      edges: { sources: Int32Array.of(2, 2, 0, 1), targets: Int32Array.of(0, 1, 2, 2) },
    })
  })
})

describe('IDX', () => {
  const start = 'parseIdx: the file: expected an IDX file, which starts with 0, 0, a type and the number of axes, received'
  test.each<[number[], string]>([
    [[], `${start} nothing.`],
    [[0, 0, 8], `${start} 0, 0, 8.`],
    [[1, 0, 8, 0, 5], `${start} 1, 0, 8, 0.`],
    [[0, 1, 8, 0, 5], `${start} 0, 1, 8, 0.`],
    [[0, 0, 7, 0, 5], `${start} 0, 0, 7, 0.`],
    [[0, 0, 10, 0, 5], `${start} 0, 0, 10, 0.`],
    [[0, 0, 8, 1, 0, 0, 0], 'parseIdx: the file: expected the sizes of 1 axes, received a file of 7 bytes.'],
    [[0, 0, 8, 1, 0, 0, 0, 1], 'parseIdx: the file: expected 9 bytes for the shape [1], received 8.'],
  ])('%j is refused', (file, message) => expect(refusal(() => parseIdx(Uint8Array.from(file)))).toBe(message))

  test('no axes are one number, and a size of 0 is no number', () => {
    expect(parseIdx(Uint8Array.of(0, 0, 8, 0, 5))).toEqual({ shape: [], data: Uint8Array.of(5) })
    expect(parseIdx(Uint8Array.of(0, 0, 14, 2, 0, 0, 0, 3, 0, 0, 0, 0))).toEqual({ shape: [3, 0], data: new Float64Array(0) })
    const inside = Uint8Array.of(9, 9, 0, 0, 8, 1, 0, 0, 0, 1, 7, 9).subarray(2, 11)
    expect(parseIdx(inside)).toEqual({ shape: [1], data: Uint8Array.of(7) })
  })
})

describe('OFF', () => {
  const counts = 'OFF and the numbers of vertices, faces and edges'
  test.each([
    ['OFF\n0 0 0', [], []],
    ['OFF\n1 0 0\n0 0 1', [0, 0, 1], []],
    ['OFF\n1 1 0\n0 0 1\n1 0', [0, 0, 1], []],
    ['OFF 1 2\n0 0 0\n2 0 0\n3 0 0 0', [0, 0, 0], [0, 0, 0]],
    ['OFF1 0\n0 0 1', [0, 0, 1], []],
    ['STCNOFF\n1 0\n0 0 1 9 9', [0, 0, 1], []],
  ])('%j is read', (text, vertices, triangles) => {
    expect(parseOff(bytes(text))).toEqual({ vertices: Float32Array.from(vertices), triangles: Int32Array.from(triangles) })
  })

  test.each([
    ['OFFX\n1 0', 1, counts, '"OFFX"'],
    ['XOFF\n1 0', 1, counts, '"XOFF"'],
    ['CCOFF\n1 0', 1, counts, '"CCOFF"'],
    ['-1 0 0', 1, counts, '"-1 0 0"'],
    ['OFF  BINARY\n', 1, 'the text form of OFF', '"OFF  BINARY"'],
    ['OFF\n1', 2, counts, '"1"'],
    ['OFF\n0 -1', 2, counts, '"0 -1"'],
    ['OFF\n1.5 0', 2, counts, '"1.5 0"'],
    ['OFF\n0 0.5', 2, counts, '"0 0.5"'],
    ['OFF\n', 2, counts, 'the end of the file'],
    ['OFF\n2 0\n0 0 0\n0 0', 2, 'no more vertices and faces than fit into the 9 bytes after this line', '"2 0"'],
    ['OFF\n0 2\n1 0\n1', 2, 'no more vertices and faces than fit into the 5 bytes after this line', '"0 2"'],
    ['OFF\n1 1\n0 0 0\n0 0 0', 4, 'face 0 of 1 as "corners vertex…", vertices from 0 to 0', '"0 0 0"'],
    ['OFF\n1 1\n0 0 0\n1 -1', 4, 'face 0 of 1 as "corners vertex…", vertices from 0 to 0', '"1 -1"'],
    ['OFF\n1 1\n0 0 0\n1.5 0 0', 4, 'face 0 of 1 as "corners vertex…", vertices from 0 to 0', '"1.5 0 0"'],
    ['OFF\n1 1\n0 0 0\n1 0.5', 4, 'face 0 of 1 as "corners vertex…", vertices from 0 to 0', '"1 0.5"'],
  ])('%j is refused', (text, line, expected, received) => {
    expect(refusal(() => parseOff(bytes(text)))).toBe(`parseOff: the file, line ${line}: expected ${expected}, received ${received}.`)
  })
})

test('graph texts: counts of lines, of nodes and of integers', () => {
  const read = (text: string): string => refusal(() => parseTuText(bytes(text), 'X'))
  expect(parseTuText(bytes('0\n'), 'X')).toEqual({ name: 'X', graphs: [], labels: new Int32Array(0), classes: [] })
  expect(read('-1\n')).toBe('parseTu: X.txt, line 1: expected the number of graphs, alone on its line, received "-1".')
  const form = 'expected the nodes and the label of graph 0 of 1, as in "23 1"'
  expect(read('1\n0 1\n')).toBe(`parseTu: X.txt, line 2: ${form}, received "0 1".`)
  expect(read('1\n1 1 1\n0 0\n')).toBe(`parseTu: X.txt, line 2: ${form}, received "1 1 1".`)
  expect(read('1\n2 1\n0 0\n0 0')).toBe('none')
  expect(read('1\n3 1\n0 0\n0 0')).toBe(`parseTu: X.txt, line 2: ${form}, received "3 1".`)
  expect(read('1\n1 1\n0 1 -1\n')).toBe('parseTu: X.txt, line 3: expected neighbours of node 0 from 0 to 0, received -1.')
  expect(read('1\n1 1\n0 1\n')).toBe(
    'parseTu: X.txt, line 3: expected node 0 as "tag degree neighbour…", so 3 integers, received 2 integers.',
  )
  expect(read('1\n1 1\n0\n')).toBe('parseTu: X.txt, line 3: expected node 0 as "tag degree neighbour…", received 1 integers.')
})

describe('.xyz', () => {
  const read = (text: string): string => refusal(() => parseXyz(bytes(text)))
  test('as many atoms as there are pairs of bytes may be counted', () => {
    expect(read('4\n\nH 0 0 0')).toBe('parseXyz: the file, line 4: expected atom 2 of 4 as "element x y z", received the end of the file.')
    expect(read('5\n\nH 0 0 0')).toBe(
      'parseXyz: the file, line 1: expected no more atoms than fit into the 8 bytes after this line, received "5".',
    )
  })

  test('columns, forces and lattices have all their numbers', () => {
    const form = 'expected Properties with species:S:1 or Z:I:1, and pos:R:3, in triples of name, type and number of columns'
    const described = (properties: string, line = 'H 0 0 0'): string => read(`1\nProperties=${properties}\n${line}\n`)
    for (const wrong of [
      'species:S:1:pos:R:3:',
      'species:S:1:pos:RR:3',
      'species:S:1:pos:R:3:x:xR:1',
      'species:S:1:pos:R:3:x:R:10000',
      'species:S:1:pos:R:3:x:R:1x',
      'species:S:1:pos:R:3:x:R:x1',
    ])
      expect(described(wrong)).toMatch(form)
    expect(described('species:S:1:pos:R:3:x:R:1000')).toMatch('expected atom 1 of 1')
    expect(described('species:S:1:pos:R:3:forces:R:3', 'H 0 0 0 1 2 x')).toMatch('expected atom 1 of 1 as "species:S:1:pos:R:3:forces:R:3"')
    for (const name of ['xH', 'Hxx', 'h', 'HX', 'H1'])
      expect(read(`1\n\n${name} 0 0 0\n`)).toMatch('expected atom 1 of 1 as "element x y z"')
    expect(parseXyz(bytes('1\nProperties=species:S:1:pos:R:3:force:R:3\nHe 0 0 0 1 2 3\n'))[0]).toMatchObject({
      elements: ['He'],
      forces: Float64Array.of(1, 2, 3),
    })
    const lattice = (text: string) => parseXyz(bytes(`1\n${text}\nH 0 0 0\n`))[0]!.lattice
    expect(lattice('lattice=" 1,0,0, 0 1\t0 0 0 1 "')).toEqual(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1))
    for (const periodic of ['F F F', 'false,0 f', 'F']) expect(lattice(`Lattice="1 0 0 0 1 0 0 0 1" pbc="${periodic}"`)).toBe(undefined)
    for (const periodic of ['F T F', 'xF F F', 'Fx F F', '1 0 0'])
      expect(lattice(`Lattice="1 0 0 0 1 0 0 0 1" PBC="T" pbc="${periodic}"`)).toHaveLength(9)
    expect(read('1\nLattice="1 0 0 0 1 0 0 0 x"\nH 0 0 0\n')).toBe(
      'parseXyz: the file, line 2: expected Lattice="..." with nine numbers, received "1 0 0 0 1 0 0 0 x".',
    )
    expect(read(`1\nLattice="${'1'.repeat(70)}"\nH 0 0 0\n`)).toMatch(`received "${'1'.repeat(60)}".`)
  })

  test('texts are the pairs that are no numbers and no format', () => {
    const [molecule] = parseXyz(bytes('1\nProperties=species:S:1:pos:R:3 pbc="F F F" a=x b=2 c="d e"\nH 0 0 0\n'))
    expect([molecule!.texts, molecule!.properties]).toEqual([{ a: 'x', c: 'd e' }, { b: 2 }])
    expect(parseXyz(bytes('1\n\nH 0 0 0\n'))[0]).not.toHaveProperty('texts')
  })
})

test('a gzipped file of every reader is named in the error of its stream', () => {
  const packed = gzipSync(bytes('1\n\nH 0 0 0\n'.repeat(2000)))
  const remedy = 'The file is truncated or damaged: download it again.'
  expect(refusal(() => parseXyz(packed.subarray(0, -1), 'x'))).toBe(
    `parseXyz: x: expected a complete gzip file, received ${packed.length - 1} bytes that cannot be unpacked (invalid gzip data). ${remedy}`,
  )
  expect(refusal(() => parseXyz(packed.with(packed.length - 8, packed.at(-8)! ^ 1), 'x'))).toBe(
    `parseXyz: x: expected a complete gzip file, received a file with the wrong checksum. ${remedy}`,
  )
  expect(refusal(() => parseXyz(packed.with(packed.length - 4, packed.at(-4)! ^ 1), 'x'))).toBe(
    `parseXyz: x: expected a complete gzip file, received a file that claims 22001 bytes and holds 22000. ${remedy}`,
  )
  expect(refusal(() => parseXyz(packed, 'x', { maxBytes: 100 }))).toBe(
    `parseXyz: x: expected at most 100 bytes after unpacking ${packed.length}, received more. If you trust the file, raise the option maxBytes.`,
  )
})

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Examples } from '../src/own-data/example.ts'
import { readExamples } from '../src/own-data/read.ts'
import type { OwnSource } from '../src/own-data/source.ts'
import { equivar, jsonLines } from './in-process.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-tables-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

const file = async (name: string, ...lines: string[]): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, `${lines.join('\n')}\n`)
  return path
}

const read = (path: string, more: Partial<OwnSource> = {}): Promise<Examples> => readExamples({ paths: [path], ...more })

describe('rows as elements of sets', () => {
  const table = ['set,size,colour,kind,mass', 'a,1,red,x,3', 'b,2.5,"green, dark",y,4', 'a,-3e1,,x,3', 'c,.5,red,x,5']

  test('are gathered by --set-id; texts are categories, in which an empty cell is a value', async () => {
    const found = await read(await file('sets.csv', ...table), { setId: 'set', label: 'kind' })
    expect(found).toMatchObject({
      kind: 'set',
      channelNames: ['size', 'colour', 'mass'],
      categoryNames: { 1: ['', 'green, dark', 'red'] },
    })
    expect(found.examples).toMatchObject([
      { where: 'sets.csv, line 2, set "a"', x: { shape: [2, 3], data: Float32Array.of(1, 2, 3, -30, 0, 3) }, target: { label: 'x' } },
      { where: 'sets.csv, line 3, set "b"', x: { shape: [1, 3], data: Float32Array.of(2.5, 1, 4) }, target: { label: 'y' } },
      { where: 'sets.csv, line 5, set "c"', x: { shape: [1, 3], data: Float32Array.of(0.5, 2, 5) }, target: { label: 'x' } },
    ])
  })

  test('have numbers to predict by --target, and parts by --split-column', async () => {
    const lines = table.map((line, i) => `${line},${['part', 'train', 'val', 'train', 'test'][i]}`)
    const found = await read(await file('parts.csv', ...lines), { setId: 'set', target: 'mass', splitColumn: 'part' })
    expect(found.examples).toMatchObject([
      { target: { kind: 'y', y: [3] }, part: 'train' },
      { target: { kind: 'y', y: [4] }, part: 'validation' },
      { target: { kind: 'y', y: [5] }, part: 'test' },
    ])
  })

  test('from tab-separated values, with a byte order mark, carriage returns and quotes', async () => {
    const found = await read(await file('sets.tsv', '\ufeffid\tv\tlabel\r', '', '1\t"2"\t"a ""b"""\r', '1\t3\t"a ""b"""\r'), {
      setId: 'id',
    })
    expect(found.examples).toMatchObject([{ x: { data: Float32Array.of(2, 3) }, target: { label: 'a "b"' } }])
  })

  test.each([
    ['set,v,label', ['a,1,x', 'a,2,y'], {}, /bad\.csv, line 3: expected "x" in column "label", as in line 2 of the same set, received "y"/],
    ['set,v,w,u', ['a,1,2,0', 'a,3,2,0'], { target: 'w, v' }, /bad\.csv, line 3: expected "1" in column "v", as in line 2 of the same set/],
    ['set,v,label', ['a,1,x', 'b,2'], {}, /bad\.csv, line 3: expected 3 cells, one for each column, received 2/],
    ['set,v,label', ['a,1,x', 'b,oops,x', 'c,2,x'], {}, /bad\.csv, line 3: expected a number in column "v", received "oops"/],
    ['set,v,label', ['a,1,x', 'b,,x'], {}, /bad\.csv, line 3: expected a number in column "v", received an empty cell/],
    ['set,v,label', ['a,1,x', 'b,1e40,x', 'c,1,x'], {}, /line 3: expected a number in column "v", received "1e40"/],
    ['set,v,label', ['a,1,'], {}, /bad\.csv, line 2: expected the class of the set in column "label", received an empty cell/],
    ['set,v,y', ['a,1,much'], {}, /bad\.csv, line 2: expected a number in column "y", received "much"/],
    ['set,v,w', ['a,1,2'], {}, /bad\.csv: expected --label COLUMN or --target COLUMN .* the columns are set, v, w/],
    ['set,v,label', ['a,1,x'], { setId: 'sets' }, /--set-id: expected one of the columns set, v, label of bad\.csv, received "sets"/],
    ['set,v,w,label', ['a,1,2,x'], { splitColumn: 'v' }, /bad\.csv, line 2: expected "v" to be train, validation, test, received "1"/],
    ['set,v,v', ['a,1,x'], {}, /bad\.csv, line 1: expected a name for each column, all different, received "v" twice/],
    ['set,v,label', ['a,"1,x'], {}, /bad\.csv: expected comma-separated values, received others \(Quote Not Closed/],
    ['set,v,label', [], {}, /bad\.csv: expected rows after the names of columns, received none/],
    ['set,label', ['a,x'], {}, /bad\.csv: expected a column with a feature of an element/],
  ] as const)('%s, then %j is refused', async (header, lines, more, message) => {
    await expect(read(await file('bad.csv', header, ...lines), { setId: 'set', ...more })).rejects.toThrow(message)
  })

  test('without --set-id and --edges, and without names that say it, are refused', async () => {
    const other = ['place', ...table.slice(1)].map((line, i) => (i === 0 ? 'place,size,colour,kind,mass' : line))
    await expect(read(await file('lonely.csv', ...other))).rejects.toThrow(
      /lonely\.csv: expected --set-id COLUMN .* or --edges FILE .*neither; the columns are place, size/,
    )
  })

  test('are gathered by a column called set, also between semicolons', async () => {
    const found = await read(await file('speaking.csv', 'Set_ID;v;class', 'a;1;x', 'b;2;y', 'a;3;x'))
    expect(found).toMatchObject({ kind: 'set', notes: ['column "Set_ID" says which set a row belongs to'] })
    expect(found.examples).toMatchObject([
      { x: { data: Float32Array.of(1, 3) }, target: { label: 'x' } },
      { x: { data: Float32Array.of(2) } },
    ])
  })
})

describe('rows as nodes of one graph', () => {
  const nodes = ['id,v,label', 'ann,1,x', 'bob,2,', 'cid,3,y']
  const edges = ['source,target', 'ann,bob', 'bob,ann', 'bob,cid', 'cid,cid']
  const ends = ({ examples: [one] }: Examples): unknown =>
    Array.from(one?.edges?.sources ?? [], (from, i) => [from, one?.edges?.targets[i]])

  test('have edges in both directions, or as listed with --directed; an empty label is not known', async () => {
    const source = { edges: await file('edges.csv', ...edges), nodeId: 'id' }
    const found = await read(await file('nodes.csv', ...nodes), source)
    expect(found).toMatchObject({ kind: 'nodes', channelNames: ['v'] })
    expect(found.examples).toMatchObject([
      {
        where: 'nodes.csv',
        x: { shape: [3, 1], data: Float32Array.of(1, 2, 3) },
        target: { kind: 'labels', labels: ['x', undefined, 'y'] },
      },
    ])
    expect(ends(found)).toEqual([
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 2],
      [2, 1],
    ])
    expect(ends(await read(await file('nodes.csv', ...nodes), { ...source, directed: true }))).toEqual([
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 2],
    ])
  })

  test('are found with their edges by the names of files and columns', async () => {
    const [table, list] = [
      ['node,v,label', '7,1,x', '5,2,y', '6,3,x'],
      ['from,to', '7,6'],
    ]
    await file('my_edges.csv', ...list)
    const found = await read(await file('my_nodes.csv', ...table))
    expect(found).toMatchObject({
      kind: 'nodes',
      channelNames: ['v'],
      notes: ['my_edges.csv: 1 edge, in both directions; column "node" names the nodes'],
    })
    expect(ends(found)).toEqual([
      [0, 2],
      [2, 0],
    ])
    // Numbers of rows, as not all of them are names.
    await file('my_edges.csv', ...list, '0,6')
    await expect(read(join(folder, 'my_nodes.csv'))).rejects.toThrow(/my_edges\.csv, line 2: expected a node from 0 to 2/)
  })

  test('have features of edges, numbers to predict and parts; without --node-id they are counted from 0', async () => {
    const source = {
      edges: await file('edges.csv', 'kind,target,weight,source', 'new,1,.5,0', 'old,2,2,1'),
      target: 'p,q',
      splitColumn: 'part',
    }
    const { examples, edgeCategoryNames } = await read(await file('nodes.csv', 'p,q,part', '1,2,train', ',3,test', '4,,'), source)
    expect(edgeCategoryNames).toEqual({ 0: ['new', 'old'] })
    expect(examples).toMatchObject([
      {
        x: { shape: [3, 1], data: Float32Array.of(1, 2, 1) },
        edges: { attributes: { shape: [4, 2], data: Float32Array.of(0, 0.5, 1, 2, 0, 0.5, 1, 2) } },
        target: { kind: 'ys', ys: { shape: [3, 2], data: Float32Array.of(1, 2, Number.NaN, 3, 4, Number.NaN) } },
        parts: ['train', 'test', undefined],
      },
    ])
  })

  test.each([
    [nodes, ['source,target', 'ann,eve'], {}, /edges\.csv, line 2: expected the name of a node in column "target", received "eve"/],
    [nodes, ['source,target', '0,3'], { nodeId: undefined }, /edges\.csv, line 2: expected a node from 0 to 2 \(--node-id/],
    [nodes, ['a,b', 'ann,bob'], {}, /edges\.csv: expected the columns source and target, received a, b/],
    [[...nodes, 'ann,4,x'], edges, {}, /nodes\.csv, line 5: expected another name than in line 2 in column "id", received "ann"/],
    [nodes, edges, { target: 'label' }, /nodes\.csv, line 2: expected a number or nothing in column "label", received "x"/],
    [nodes, edges, { setId: 'id' }, /nodes\.csv: expected --set-id COLUMN .* received both/],
  ] as const)('%j and %j are refused', async (rows, list, more, message) => {
    const source = { edges: await file('edges.csv', ...list), nodeId: 'id', ...more } as Partial<OwnSource>
    await expect(read(await file('nodes.csv', ...rows), source)).rejects.toThrow(message)
  })
})

test('tables train: sets with a text column, and nodes with two directions of edges', async () => {
  const sets = Array.from(
    { length: 240 },
    (_, i) =>
      `s${Math.floor(i / 3)},${(i * 37) % 11},${Math.floor(i / 3) % 2 === 0 ? 'red' : 'blue'},${Math.floor(i / 3) % 2 === 0 ? 'warm' : 'cold'}`,
  )
  const data = await file('train.csv', 'set,v,colour,label', ...sets)
  const out = join(folder, 'sets')
  const trained = await equivar('train', '--data', data, '--set-id', 'set', '--out', out, '--epochs', '4', '--json')
  expect([trained.stderr, trained.status]).toEqual(['', 0])
  const [result] = jsonLines<{ accuracy: number }>((await equivar('evaluate', out, '--split', 'test', '--json')).stdout)
  expect(result?.accuracy).toBeGreaterThan(0.9)
  const classesOf = async (x: unknown): Promise<unknown[]> => {
    await file('new.json', JSON.stringify({ x }))
    const { stdout, stderr } = await equivar('predict', join(out, 'model.onnx'), join(folder, 'new.json'))
    expect(stderr).toBe('')
    return jsonLines(stdout).map((line) => line.class)
  }
  const rows = (...colours: unknown[]) => colours.map((colour, i) => [i, colour])
  // A category by its name or its code.
  expect(await classesOf([rows('red', 'red', 'red'), rows('blue', 'blue', 'blue'), rows(1, 1, 1)])).toEqual(['warm', 'cold', 'warm'])
  const { status, stderr } = await equivar('predict', join(out, 'model.onnx'), await file('odd.json', '{"x": [[[1, "green"]]]}'))
  expect([status, stderr]).toEqual([
    2,
    expect.stringMatching(/"x": expected a number or one of "blue", "red" in channel 1, received "green"/),
  ])

  const people = Array.from({ length: 60 }, (_, i) => `p${i},${i % 2 === 0 ? 1 : -1},${i % 2 === 0 ? 'even' : 'odd'}`)
  const friends = Array.from({ length: 58 }, (_, i) => `p${i},p${i + 2}`)
  const [table, edges] = [await file('people.csv', 'name,v,group', ...people), await file('friends.csv', 'source,target', ...friends)]
  const run = join(folder, 'people')
  const flags = ['--edges', edges, '--node-id', 'name', '--label', 'group']
  const second = await equivar('train', '--data', table, ...flags, '--out', run, '--epochs', '30', '--json')
  expect([second.stderr, second.status]).toEqual(['', 0])
  const [nodes] = jsonLines<{ accuracy: number }>((await equivar('evaluate', run, '--split', 'train', '--json')).stdout)
  expect(nodes?.accuracy).toBeGreaterThan(0.9)
})

test('options of own data come from --config, too; what leaves the run directory names no folder', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => `s${i},${i},${i % 2 === 0 ? 'a' : 'b'}`)
  const data = await file('plain.csv', 'place,v,what', ...rows)
  const config = await file('config.mjs', `export default ${JSON.stringify({ data, setId: 'place', label: 'what', epochs: 0 })}`)
  const out = join(folder, 'configured')
  const { stderr, status } = await equivar('train', '--config', config, '--out', out)
  expect([stderr, status]).toEqual(['', 0])
  for (const name of ['model.onnx', 'train-step.onnx', 'report.html']) {
    const text = await readFile(join(out, name), 'utf8')
    expect(text).toContain('plain.csv')
    // The report says the command as it was typed, folders and all, and nothing of them besides.
    expect(text.replace(/<td>command<\/td><td>.*?<\/td>/, '')).not.toContain(folder)
  }
  expect((await equivar('evaluate', out, '--split', 'test')).status).toBe(0)
})

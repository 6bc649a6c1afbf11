import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportOnnx } from '@equivar/export-onnx'
import { LiftingConvolution } from '@equivar/layers-grids'
import { DeepSetsLayer } from '@equivar/layers-sets'
import { initialize, parametersOf } from '@equivar/nn'
import {
  add,
  cast,
  constant,
  gather,
  input,
  matMul,
  mul,
  type Program,
  program,
  reduceMax,
  reduceSum,
  segmentSum,
  slice,
  squeeze,
  sub,
  type Tensor,
} from '@equivar/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { equivar, jsonLines, type Ran } from './in-process.ts'
import { expectRefused } from './small-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-action-'))
const at = (name: string): string => join(folder, `${name}.onnx`)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, p: Program, values = {}): void => writeFileSync(at(name), exportOnnx(p, { values }))

/** Writes a layer with random weights. */
function writeLayer(
  name: string,
  layer: Parameters<typeof parametersOf>[0],
  x: ReturnType<typeof input>,
  y: Parameters<typeof program>[0]['outputs'],
): void {
  write(name, program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: y }), initialize(layer, 1))
}

beforeAll(() => {
  const sets = input('x', 'float32', ['batch', 'n', 3])
  const layer = new DeepSetsLayer({ inChannels: 3, outChannels: 2 })
  writeLayer('sets', layer, sets, { y: layer.forward(sets) })
  const images = input('x', 'float32', ['batch', 1, 'h', 'w'])
  const lifting = new LiftingConvolution({ group: 'p4', inChannels: 1, outChannels: 2, kernel: 3, padding: 'same' })
  writeLayer('lifting', lifting, images, { y: lifting.forward(images) })
  const [x, adj] = [input('x', 'float32', ['nodes', 2]), input('adj', 'float32', ['rows', 'nodes'])]
  write('graph', program({ inputs: { x, adj }, outputs: { y: matMul(adj, x) } }))
  const four = input('x', 'float32', ['batch', 4])
  write('weighted', program({ inputs: { x: four }, outputs: { y: reduceSum(mul(four, constant([1, 1, 1, 2], [4])), { axis: 1 }) } }))
  const [ids, table] = [input('ids', 'int64', ['n']), constant([0, 5, 7], [3, 1])]
  write('embedding', program({ inputs: { ids }, outputs: { y: gather(table, ids), sum: reduceSum(gather(table, ids), { axis: 0 }) } }))
  const [nodes, edges] = [input('x', 'float32', ['nodes', 2]), input('edge_index', 'int64', [2, 'edges'])]
  const [from, to] = [0, 1].map((i) => squeeze(slice(edges, { axis: 0, start: i, end: i + 1 }), 0)) as [Tensor, Tensor]
  const sums = segmentSum(gather(nodes, from), to, 'nodes')
  write('messages', program({ inputs: { x: nodes, edge_index: edges }, outputs: { y: add(nodes, sums) } }))
  write(
    'named',
    program({ inputs: { x: nodes, edge_index: edges }, outputs: { y: add(nodes, mul(sums, cast(reduceMax(to), 'float32'))) } }),
  )
  const positions = input('positions', 'float32', ['nodes', 3])
  const lengths = sub(gather(positions, from), gather(positions, to))
  write('distances', program({ inputs: { positions, edge_index: edges }, outputs: { y: reduceSum(mul(lengths, lengths)) } }))
  const points = input('x', 'float32', ['n', 3])
  const centred = sub(points, gather(points, constant([0], [1], 'int64')))
  write('points', program({ inputs: { x: points }, outputs: { forces: centred, moved: add(points, centred) } }))
})

const verify = (name: string, ...args: string[]): Promise<Ran> => equivar('verify', at(name), ...args)

const relabelled = ['--action', 'x:S on axis 0', '--action', 'edge_index:S on entries']

describe('edges as a list', () => {
  test('messages follow a relabelling of the nodes', async () => {
    const { status, stdout, stderr } = await verify('messages', ...relabelled, '--output', 'y:S on axis 0')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/holds {2}S: generator \(0 1 2 3 4\)/)
  })

  test('a network that reads the numbers of nodes does not: the generator is said', async () => {
    const { status, stderr } = await verify('named', ...relabelled, '--output', 'y:S on axis 0')
    expect(status).toBe(1)
    expect(stderr).toMatch(/in component \d+ of "y" for g = S: generator \(0 1/)
  })

  test('rows alone are no relabelling', async () => {
    const { status } = await verify('messages', '--action', 'x:S on axis 0', '--output', 'y:S on axis 0')
    expect(status).toBe(1)
  })

  test('distances along edges are invariant under motions', async () => {
    expect((await verify('distances', '--action', 'positions:E(3) on axes 0 1')).status).toBe(0)
    expect((await verify('distances', '--action', 'positions:S on axis 0', '--action', 'edge_index:S on entries')).status).toBe(0)
  })

  test('entries need points', async () => {
    expectRefused(
      await verify('messages', '--action', 'edge_index:S on entries'),
      /"S on entries" beside an action of the same group on an axis, such as "S on axis 0" of the features of the points, received none/,
    )
    expectRefused(await verify('messages', '--action', 'edge_index:SO(3) on entries'), /S, or a group of permutations, on entries/)
  })
})

describe('equivar verify --action', () => {
  test('a layer on sets follows permutations: at several sizes, also 1', async () => {
    const { status, stdout, stderr } = await verify('sets', '--action', 'x:S on axis 1', '--output', 'y:S on axis 1')
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(/holds {2}S: generator \(0 1 2\)/)
    expect(stdout).toMatch(/holds {2}random elements/)
    expect(stdout).toMatch(/sets.onnx has this symmetry, up to \d\.\de[-+]\d+ of its largest output/)
  })

  test('it is not invariant: status 1, the generator, component and size; the worst input in a file', async () => {
    const worst = join(folder, 'worst.json')
    const { status, stdout, stderr } = await verify('sets', '--action', 'x:S5 on axis 1', '--worst', worst)
    expect(status).toBe(1)
    expect(stdout).toMatch(/FAILS {2}S5: generator \(0 1\)/)
    expect(stderr).toMatch(
      /expected f\(g x\) = g f\(x\) to 0.0001, received a relative difference of \d.* in component \d+ of "y" for g = S5: generator \(0 1.* at x \[\d, 5, 3\]; 3 of 3 rows fail/,
    )
    const inputs = JSON.parse(readFileSync(worst, 'utf8')) as { x: number[][][] }
    expect(inputs.x[0]).toHaveLength(5)
    expect((await equivar('predict', at('sets'), worst)).status).toBe(0)
  })

  test('a single generator that fails is named, and how much', async () => {
    const { status, stdout } = await verify('weighted', '--action', 'x:(0 1 2), (2 3) on axis 1', '--json')
    expect(status).toBe(1)
    const rows = jsonLines<{ element: string; error: number; holds: boolean; output: string }>(stdout)
    expect(rows.map(({ element, holds }) => [element.replace(/element .*/, ''), holds])).toEqual([
      ['(0 1 2), (2 3): generator (0 1 2)', true],
      ['(0 1 2), (2 3): generator (2 3)', false],
      ['(0 1 2), (2 3): ', false],
    ])
    expect(rows[1]?.error).toBeGreaterThan(0.01)
    expect((await verify('weighted', '--action', 'x:S3 x I1 on axis 1')).status).toBe(0)
  })

  test('one permutation acts on nodes and adjacency, and sizes agree though the file does not say so', async () => {
    const joint = ['--action', 'x:S on axis 0', '--action', 'adj:S on axes 0 1']
    expect((await verify('graph', ...joint, '--output', 'y:S on axis 0')).status).toBe(0)
    expect((await verify('graph', '--action', 'x:S4 on axis 0', '--size', 'rows=4', '--output', 'y:S4 on axis 0')).status).toBe(1)
  })

  test('turns of an image turn a feature map and its orientations', async () => {
    const output = 'y:C4[g] on axis 2 x C4[g] on axes 3 4'
    expect(await verify('lifting', '--action', 'x:C4[g] on axes 2 3', '--output', output)).toMatchObject({ status: 0, stderr: '' })
    expect((await verify('lifting', '--action', 'x:C4 on axes 2 3', '--output', 'y:C4 on axes 3 4')).status).toBe(1)
    expect((await verify('lifting', '--action', 'x:shifts on axes 2 3', '--output', 'y:shifts on axes 3 4')).status).toBe(1)
  })

  test('forces rotate, positions move', async () => {
    const outputs = ['--output', 'forces:O(3) on axis 1', '--output', 'moved:E(3) on axes 0 1']
    expect(await verify('points', '--action', 'x:E(3) on axes 0 1', ...outputs)).toMatchObject({ status: 0, stderr: '' })
    expect((await verify('points', '--action', 'x:E(3) on axes 0 1', '--output', 'moved:O(3) on axis 1')).status).toBe(1)
  })

  test('integers come from a range; each output without an action is invariant', async () => {
    const ids = ['--action', 'ids:S on axis 0', '--range', 'ids:0..2']
    expect((await verify('embedding', ...ids, '--output', 'y:S on axis 0')).status).toBe(0)
    expect((await verify('embedding', ...ids)).stderr).toMatch(/of "y" for g = S/)
    expectRefused(
      await verify('embedding', '--action', 'ids:S on axis 0', '--range', 'ids:7..9'),
      /does not run at ids \[5\]: .*--range name:0..9/,
    )
  })
})

describe('what does not fit is refused', () => {
  test.each<[string, string[], RegExp]>([
    [
      'words that cannot be read',
      ['--action', 'x:Q5 on axis 1'],
      /--action x: parseAction: expected a group such as S5.*received "Q" at character 1/,
    ],
    ['no name', ['--action', 'S5 on axis 1'], /--action: expected NAME:"...", such as x:"S on axis 1", received "S5 on axis 1"/],
    ['an unknown input', ['--action', 'z:S on axis 1'], /--action: expected one of x, received "z"/],
    ['an unknown output', ['--action', 'x:S on axis 1', '--output', 'z:S on axis 1'], /--output: expected one of y, received "z"/],
    ['a size of the file', ['--action', 'x:S5 on axis 2'], /axis 2: expected size 3, received an action on size 5/],
    ['no such axis', ['--action', 'x:S on axis 3'], /expected axes of "x" \[batch, n, 3\], received axis 3/],
    ['twice', ['--action', 'x:S on axis 1', '--action', 'x:S on axis 0'], /expected "x" once, received it twice; join actions by x/],
    ['another group on the output', ['--action', 'x:S on axis 1', '--output', 'y:O(2) on axis 2'], /to name groups that act on an input/],
    ['an output of another size', ['--action', 'x:O(3) on axis 2', '--output', 'y:O(3) on axis 2'], /y: expected axis 2 of size 3/],
    ['a range', ['--action', 'x:S on axis 1', '--range', 'x:9..0'], /--range x: expected two numbers such as 0..9/],
    ['a size by name', ['--action', 'x:S on axis 1', '--size', 'k=3'], /--size: expected a symbolic size of the file, received "k"/],
    ['a huge size', ['--action', 'x:S9999999 on axis 1'], /expected at most 67108864 elements/],
    ['options without --action', ['--output', 'y:S on axis 1'], /--output: expected --action beside it/],
    ['nothing claimed', [], /say which symmetry to check, such as --action x:"S on axis 1" \(its inputs: x float32 \[batch, n, 3\]\)/],
  ])('%s', async (_, args, message) => {
    expectRefused(await verify('sets', ...args), message)
  })
})

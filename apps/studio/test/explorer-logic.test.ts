import * as groups from '@equivar/groups'
import * as sharing from '@equivar/layers-sharing'
import * as tensor from '@equivar/tensor'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { sampleErrors, sampleOptions } from '../../site/src/checks/samples.ts'
import { gallery } from '../../site/src/known-groups.ts'
import { automorphismExpression } from '../src/explorer/drawn-symmetry.ts'
import { explorerLink, readExplorer, withBoardToggled, withExpressions, withGraph } from '../src/explorer/explorer-state.ts'
import { formulaOf, shownTerms, termsOf } from '../src/explorer/formula.ts'
import { largestDifference, moved, randomLayer } from '../src/explorer/moved.ts'
import { shapes } from '../src/explorer/shapes.ts'
import { outputExpression, pointName, readSymmetry } from '../src/explorer/symmetry.ts'
import { typescriptOf } from '../src/explorer/typescript.ts'
import { adjacencyOf, emptyGraph, withEdgeToggled, withNode } from '../src/parts/drawn-graph.ts'
import { path, petersen, prism, ring, star } from '../src/parts/shapes.ts'

const { graphAutomorphisms, Permutation, parseGroup, seededRandom } = groups

const expressions = gallery.map(([expression]) => expression)
const pairs: (readonly [string, string])[] = [
  ...expressions.map((one) => [one, ''] as const),
  ['S4 on pairs', 'on points'],
  ['D6', 'on nothing'],
  ['S4', 'S4 on 2-subsets'],
]

describe('a symmetry', () => {
  test('of an output that differs is of the same group', () => {
    expect(outputExpression('S4 on pairs', '')).toBe('S4 on pairs')
    expect(outputExpression('S4 on pairs', 'on points')).toBe('S4 on points')
    expect(outputExpression('S4', 'S4 on triples')).toBe('S4 on triples')
    const { scheme, biases } = readSymmetry('S4 on pairs', 'on points')
    expect([scheme.rows, scheme.columns, scheme.count, biases.count]).toEqual([4, 16, 5, 1])
    expect(() => readSymmetry('S4', 'C4')).toThrow(
      'Output: expected the group of the input, received C4, which is another. Write only what it acts on, as in "on pairs" or "on nothing".',
    )
  })

  test('has the first pair of each weight, and says how many elements', () => {
    const { scheme, first, order } = readSymmetry('D4')
    expect([...first].map((pair) => scheme.labels[pair])).toEqual([0, 1, 2])
    expect(first[2]).toBe(2)
    expect(order).toBe('8')
    expect(readSymmetry('S100').order).toBe('about 10^157')
  })

  test('of too many points says how many there may be', () => {
    expect(readSymmetry('C400').scheme.rows).toBe(400)
    expect(() => readSymmetry('S21 on pairs')).toThrow(
      'Symmetry explorer: expected 1 to 400 points, received 441 (S21 on pairs). Choose a smaller group, or fewer points for it to act on.',
    )
    expect(() => readSymmetry('S4', 'S4 on 5-tuples')).toThrow('received 1,024')
    expect(() => readSymmetry('Q8')).toThrow('expected a group such as S5')
  })

  test('names points by what they are tuples of', () => {
    expect(Array.from({ length: 4 }, (_, point) => pointName(parseGroup('S2 on pairs'), point))).toEqual(['0,0', '0,1', '1,0', '1,1'])
    expect(pointName(parseGroup('S4 on triples'), 27)).toBe('1,2,3')
    expect(pointName(parseGroup('S3 x C4 on pairs'), 7)).toBe('1,3')
    expect(pointName(parseGroup('S5 on 2-subsets'), 7)).toBe('7')
  })
})

describe('a formula', () => {
  test.each([
    ['S8', '', 'y_i = w_0 x_i + w_1 Σ_{j≠i} x_j + b'],
    ['C5', '', 'y_i = Σ_k w_k x_{i+k} + b'],
    ['D5', '', 'y_i = Σ_k w_{orbit of k} x_{i+k} + b'],
    ['I3', '', 'y_i = Σ_j w_{ij} x_j + b_i'],
    ['S4', 'on nothing', 'y = w_0 Σ_j x_j + b'],
    ['S4 x C3', '', 'y_i = Σ_j w_{orbit of (i,j)} x_j + b_{orbit of i}'],
    ['C2 wr C4', '', 'y_i = Σ_j w_{orbit of (i,j)} x_j + b'],
  ])('of %s %s', (input, output, text) => expect(formulaOf(readSymmetry(input, output)).text).toBe(text))

  test.each(['S8', 'C5', 'D5', 'I3'])('of %s is right where it says more than the table: each weight is where the formula says', (text) => {
    const { scheme } = readSymmetry(text)
    const { rows: n, labels } = scheme
    const formula = formulaOf(readSymmetry(text)).text
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const label = labels[i * n + j]!
        const offset = (j - i + n) % n
        if (text === 'S8') expect(label).toBe(i === j ? 0 : 1)
        else if (text === 'I3') expect(label).toBe(i * n + j)
        else expect(label).toBe(formula.includes('w_k') ? offset : Math.min(offset, n - offset))
      }
  })

  test('of a long row shows the first terms, and the one that is lit', () => {
    const terms = termsOf(readSymmetry('C9').scheme, 2)
    const labels = (lit: number | undefined): number[] => shownTerms(terms, 3, lit).map(({ label }) => label)
    expect([labels(undefined), labels(8), labels(1)]).toEqual([
      [7, 8, 0],
      [7, 8, 0],
      [7, 8, 1],
    ])
  })

  test('of one row names each input once, with its weight', () => {
    const { scheme } = readSymmetry('S3 on pairs')
    for (let row = 0; row < 9; row++) {
      const terms = termsOf(scheme, row)
      expect(terms.flatMap(({ columns }) => columns).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
      for (const { label, columns } of terms) for (const column of columns) expect(scheme.labels[row * 9 + column]).toBe(label)
    }
  })
})

test.each(pairs)('the layer of %s %s commutes with what moves its input', (input, output) => {
  const symmetry = readSymmetry(input, output)
  const layer = randomLayer(symmetry, 3)
  const element = symmetry.input.group.random(seededRandom(7))
  const [onInput, onOutput] = [symmetry.input.image(element), symmetry.output.image(element)]
  const y = layer.apply(layer.x)
  expect(largestDifference(layer.apply(moved(layer.x, onInput)), moved(y, onOutput))).toBeLessThan(1e-12)
  expect(largestDifference(y, layer.apply(layer.x.map((value) => value + 1)))).toBeGreaterThan(1e-6)
})

test('a large matrix is evaluated as it stands', () => {
  const layer = randomLayer(readSymmetry('C100'), 1)
  expect(layer.apply(layer.x)).toHaveLength(100)
})

test('moving takes each value along', () => {
  expect([...moved([10, 20, 30], Permutation.parse(3, '(0 1 2)'))]).toEqual([30, 10, 20])
})

describe('the program of a layer', () => {
  const sources = Object.fromEntries(pairs.map(([input, output], i) => [`explorer-${i}.ts`, typescriptOf(readSymmetry(input, output))]))
  const modules: Readonly<Record<string, unknown>> = {
    '@equivar/groups': groups,
    '@equivar/layers-sharing': sharing,
    '@equivar/tensor': tensor,
  }

  test('compiles for all thirty groups, and for outputs that differ', () => {
    const options = { ...sampleOptions, customConditions: ['@equivar/source'], allowImportingTsExtensions: true }
    const errors = sampleErrors({ ...sources, 'mistake.ts': "import { neverExported } from '@equivar/groups'\nneverExported()" }, options)
    for (const [name, source] of Object.entries(sources)) expect(errors[name], source).toEqual([])
    expect(errors['mistake.ts']).toEqual([expect.stringContaining('neverExported')])
  }, 120_000)

  test.each(pairs.map(([input, output], i) => ({ input, output, source: sources[`explorer-${i}.ts`]! })))(
    'runs for $input $output',
    ({ input, output, source }) => {
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
      })
      const lines: string[] = []
      new Function('require', 'exports', 'console', outputText)(
        (name: string) => modules[name],
        {},
        { log: (shape: string) => lines.push(shape) },
      )
      expect(lines).toEqual([`batch,${readSymmetry(input, output).scheme.rows},16`])
    },
  )

  test('says how many weights there are, and quotes what was typed', () => {
    expect(typescriptOf(readSymmetry('S4 on pairs', 'on points'))).toBe(`import { parseGroup } from '@equivar/groups'
import { SharingLinear } from '@equivar/layers-sharing'
import { input } from '@equivar/tensor'

// For each pair of channels 5 weights instead of 64, and 1 bias for each output channel.
const from = parseGroup('S4 on pairs')
const to = parseGroup('S4 on points')
const layer = new SharingLinear({ input: from, output: to, inChannels: 16, outChannels: 16 })
const y = layer.forward(input('x', 'float32', ['batch', 16, 16]))
console.log(String(y.shape), layer.evaluation.name)
`)
    expect(typescriptOf(readSymmetry('S4\n on  pairs'))).toContain("parseGroup('S4 on pairs')")
  })
})

describe('a drawn graph', () => {
  const lonely = withNode(ring(4), { x: 50, y: 50 })
  test.each([
    ['a ring', ring(6), 12n],
    ['a path', path(5), 2n],
    ['a star', star(6), 120n],
    ['Petersen', petersen(), 120n],
    ['a cube', prism(4), 48n],
    ['houses and wells', shapes['Three houses, three wells']!(), 72n],
    ['a grid', shapes['Grid of 3 by 3']!(), 8n],
    ['a house', shapes.House!(), 2n],
    ['a ring beside a node', lonely, 8n],
    ['an edge taken from a ring beside a node', withEdgeToggled(lonely, 0, 1), 2n],
    ['one node', withNode(emptyGraph, { x: 9, y: 9 }), 1n],
  ])('%s: its automorphisms come back from their expression', (_, graph, order) => {
    const { group, degree } = parseGroup(automorphismExpression(graph))
    expect(degree).toBe(graph.places.length)
    expect(group.order()).toBe(order)
    for (const generator of graphAutomorphisms(adjacencyOf(graph)).generators) expect(group.contains(generator)).toBe(true)
  })

  test('keeps what its group acts on, and goes when another group is named', () => {
    const start = withBoardToggled(readExplorer(new URLSearchParams('')))
    expect(start.input).toBe('(1 5)(2 4), (0 1 2 3 4 5)')
    const onPairs = withExpressions(start, `${start.input} on pairs`, 'on points')
    expect(onPairs.graph).toBe(start.graph)
    expect([onPairs.symmetry.scheme.rows, onPairs.symmetry.scheme.columns]).toEqual([6, 36])
    const cut = withGraph(onPairs, withEdgeToggled(ring(6), 0, 5))
    expect([cut.input, cut.output]).toEqual(['(0 5)(1 4)(2 3) on pairs', 'on points'])
    expect(withExpressions(cut, 'S3', '').graph).toBeUndefined()
    expect(withBoardToggled(cut).graph).toBeUndefined()
    expect(withGraph(cut, emptyGraph).symmetry).toBe(cut.symmetry)
  })
})

describe('the link', () => {
  test('brings the page back', () => {
    const state = withExpressions(withBoardToggled(readExplorer(new URLSearchParams(''))), 'S3', 'on pairs')
    const back = readExplorer(new URLSearchParams(explorerLink(state)))
    expect([back.input, back.output, back.fault, back.symmetry.scheme.rows]).toEqual(['S3', 'on pairs', '', 9])
    const drawn = withBoardToggled(state)
    expect(readExplorer(new URLSearchParams(explorerLink(drawn))).graph).toEqual(drawn.graph)
  })

  test('that cannot be read is told, and the page goes on', () => {
    const bad = readExplorer(new URLSearchParams({ group: 'S4 on', output: '' }))
    expect(bad.fault).toContain('expected points, pairs')
    expect([bad.input, bad.symmetry.inputText]).toEqual(['S4 on', 'D8'])
    expect(withExpressions(bad, 'C3', '').fault).toBe('')
    expect(readExplorer(new URLSearchParams({ graph: 'ring' })).fault).toBe(
      'The link\'s graph: expected places of nodes and pairs of them, as in 20.50_80.50*0-1, received "ring". Take the link from the page again.',
    )
  })
})

import { costOf, explain, isNode, optimize, type Program, symbolsOf, type Target } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { type RandomProgram, type RandomProgramOptions, randomProgram } from '../random-programs.ts'
import { type Compared, violation } from './law.ts'

/** How many random programs a target is tested on: `EQUIVAR_PROGRAMS`, or what continuous integration has time for. */
export const programCount = (usual: number): number => Number(process.env.EQUIVAR_PROGRAMS ?? usual)

/** Programs of one test. */
const PART = 100

/** Names of the operators in a Program and in the bodies of its loops. */
function operatorsIn({ nodes }: Program): string[] {
  return nodes.flatMap((node) => [node.operator.name, ...(isNode(node, 'Loop') ? operatorsIn(node.attributes.body) : [])])
}

/** What explain says of a target is what optimize does. */
function expectExplained({ program }: RandomProgram, target: Target): void {
  const { before, after } = explain(program, target)
  const sizes = new Map([...program.symbols].map((name) => [name, 16]))
  expect(before).toEqual(costOf(program, sizes))
  expect(after.nodes).toBe(costOf(optimize(program, target), new Map([...sizes, ...missing(program, sizes)])).nodes)
}

const missing = (program: Program, known: ReadonlyMap<string, number>): [string, number][] =>
  program.nodes
    .flatMap(({ outputs }) => outputs.flatMap(({ shape }) => shape.flatMap((d) => [...symbolsOf(d)])))
    .filter((name) => !known.has(name))
    .map((name) => [name, 16])

/** What random programs, many of them, were made of. */
export interface Seen {
  readonly operators: Set<string>
  readonly recipes: Set<string>
}

/**
 * The law of a target on random programs, from a seed on: `violation`'s, in parts that say which seed failed. Run more with
 * `EQUIVAR_PROGRAMS=20000 npx vitest run ...`.
 *
 * @returns what occurred in the programs, once the tests have run.
 */
export function describeLaw(target: Target, count: number, firstSeed: number, options: RandomProgramOptions = {}): Seen {
  const seen: Seen = { operators: new Set(), recipes: new Set() }
  const parts = Array.from({ length: Math.ceil(count / PART) }, (_, i) => firstSeed + i * PART)
  describe(`random programs, optimized for ${target.name}, keep their values`, () => {
    const counts: Compared = { compared: 0, sensitive: 0 }
    test.each(parts)('seeds from %i', (from) => {
      for (let seed = from; seed < Math.min(from + PART, firstSeed + count); seed++) {
        const random = randomProgram(seed, options)
        expect(violation(random, target, counts)).toBeUndefined()
        if (seed % 10 === 0) expectExplained(random, target)
        for (const name of operatorsIn(random.program)) seen.operators.add(name)
        for (const name of random.written) seen.recipes.add(name)
      }
    })
    test('nearly all numbers could be compared', () => {
      expect(counts.sensitive / (counts.sensitive + counts.compared)).toBeLessThan(0.1)
    })
  })
  return seen
}

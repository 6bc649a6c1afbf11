import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseGraph6 } from '@equivar/datasets'
import { layerChecks } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { indistinguishablePairs } from '../src/index.ts'
import { spans } from './spans.ts'

describe.each(spans(5, 6))('$name', (description) => {
  for (const { name, run } of layerChecks(description)) test(name, { timeout: 3_600_000 }, run)
})

const shared = process.env.EQUIVAR_SHARED ?? join(dirname(fileURLToPath(import.meta.url)), '../../../../shared')
const collection = join(shared, 'data/expressive/small/graph8c.g6')

test.skipIf(!existsSync(collection))(
  'of the 61.8 million pairs of connected graphs with 8 nodes, colour refinement leaves 312 equal and folklore 2-WL none (skipped without the data folder)',
  () => {
    const graphs = parseGraph6(readFileSync(collection), 'graph8c.g6')
    expect(graphs.length).toBe(11_117)
    expect(indistinguishablePairs(graphs)).toBe(312)
    expect(indistinguishablePairs(graphs, { k: 2, folklore: true })).toBe(0)
  },
)

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { whatStrykerSees } from './what-stryker-sees.ts'

const root = process.cwd()

interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

/** The sources behind every name that a package exports, in this copy of the workspace: the links in node_modules lead to the sources without mutants. */
const alias = readdirSync(join(root, 'packages')).flatMap((folder) => {
  const { name, exports = {} } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest
  return Object.entries(exports).flatMap(([path, target]) => {
    const source = typeof target === 'string' ? undefined : target['@equivar/source']
    if (source === undefined) return []
    return [{ find: new RegExp(`^${name}${path.slice(1)}$`), replacement: join(root, 'packages', folder, source) }]
  })
})

/** The tests of layers take most of their time to compile for ONNX Runtime. */
const isLayers = /^packages\/layers-/.test(process.env.EQUIVAR_MUTATED ?? '')
const backend = { find: /^@equivar\/backend-onnx$/, replacement: join(root, 'tooling/mutation/reference-backend.ts') }

/**
 * Tests that take long, of laws that others check at smaller sizes or by exact numbers: the files `large.test.ts`; and of `tensor`, many random programs, the
 * test of that law, and statistics of many draws.
 */
const long = ['large', 'random-programs', 'wrong-rules', 'random-mask'].map((name) => `**/${name}.test.ts`)

/** Small files first, those in folders of their own last: a mutant is given up at the first test that notices it. */
class SmallFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = ({ moduleId }: TestSpecification): number => moduleId.split('/').length * 2 ** 30 + statSync(moduleId).size
    return [...files].sort((a, b) => cost(a) - cost(b))
  }
}

/** Runs the tests of the package whose mutants are tried. */
export default defineConfig({
  plugins: [whatStrykerSees],
  resolve: { alias: isLayers ? [backend, ...alias] : alias, conditions: ['@equivar/source'] },
  ssr: { resolve: { conditions: ['@equivar/source'] } },
  test: {
    include: [`${process.env.EQUIVAR_MUTATED}/test/**/*.test.ts`],
    exclude: long,
    sequence: { sequencer: SmallFirst },
    testTimeout: 120_000,
  },
})

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Tests of packages that replace modules. What imported one would keep the replacement, so they have a process of their own, as tests of programs have. */
const replacing = readdirSync('packages')
  .map((name) => join('packages', name, 'test'))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
  .filter((file) => file.endsWith('.test.ts') && readFileSync(file, 'utf8').includes('vi.mock('))

export default defineConfig({
  resolve: { conditions: ['@equivar/source'] },
  ssr: { resolve: { conditions: ['@equivar/source'] } },
  test: {
    testTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'programs',
          include: ['apps/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'tooling/test/**/*.test.ts', ...replacing],
        },
      },
      {
        extends: true,
        test: {
          name: 'packages',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: replacing,
          // Two thirds of the time of short tests would go to loading the same modules again.
          isolate: false,
          restoreMocks: true,
          unstubGlobals: true,
        },
      },
    ],
  },
})

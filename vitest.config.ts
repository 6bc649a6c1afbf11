import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@equivar/source'] },
  ssr: { resolve: { conditions: ['@equivar/source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'tooling/test/**/*.test.ts'],
    testTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})

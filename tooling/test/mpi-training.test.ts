import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { launched, launchers } from '../../packages/mpi/test/launch.ts'

/** The job imports the packages as they are built. */
const job = [process.execPath, fileURLToPath(new URL('jobs/train-over-ranks.js', import.meta.url))] as const

type Losses = Readonly<Record<string, readonly number[]>>

let alone: Losses

beforeAll(() => {
  alone = JSON.parse(execFileSync(job[0], [job[1]], { encoding: 'utf8' })) as Losses
}, 120_000)

for (const launcher of launchers)
  describe.skipIf(!launcher.isThere && process.env.CI !== 'true')(`training on ${launcher.name}`, () => {
    test.each([2, 3, 4])(
      '%i ranks have the losses of one for 50 steps: GIN with dropout and batch norm, 2-IGN, DSS',
      { timeout: 240_000 },
      async (size) => {
        const { status, stdout, stderr } = await launched(launcher, size, [...job])
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
        const together = JSON.parse(stdout) as Losses
        expect(Object.keys(together)).toEqual(['gin', 'ign', 'dss'])
        for (const [name, losses] of Object.entries(together)) {
          expect(losses).toHaveLength(50)
          const differences = losses.map((loss, i) => Math.abs(loss - (alone[name]?.[i] ?? Number.NaN)))
          expect({ name, worst: Math.max(...differences) < 1e-5 ? 0 : Math.max(...differences) }).toEqual({ name, worst: 0 })
        }
      },
    )
  })

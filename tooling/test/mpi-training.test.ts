import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { launched, launchers } from '../../packages/mpi/test/launch.ts'

/** The job imports the packages as they are built. */
const job = [process.execPath, fileURLToPath(new URL('jobs/train-over-ranks.js', import.meta.url))] as const

const networks = ['gin', 'ign', 'dss']

type Losses = Readonly<Record<string, readonly number[]>>

let alone: Losses

beforeAll(() => {
  alone = JSON.parse(execFileSync(job[0], [job[1]], { encoding: 'utf8' })) as Losses
}, 120_000)

for (const launcher of launchers)
  describe.skipIf(!launcher.isThere && process.env.CI !== 'true')(`training on ${launcher.name}`, () => {
    // GIN has dropout and batch norm. MPICH never yields: where ranks share cores, each waits for the other's time slice to end.
    const many = launcher.name === 'MPICH' ? ['gin'] : networks
    test.each([[2, networks] as const, [3, many] as const, [4, many] as const])(
      '%i ranks have the losses of one for 50 steps of %j',
      { timeout: 240_000 },
      async (size, names) => {
        const { status, stdout, stderr } = await launched(launcher, size, [...job, ...names])
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
        const together = JSON.parse(stdout) as Losses
        expect(Object.keys(together)).toEqual(names)
        for (const [name, losses] of Object.entries(together)) {
          expect(losses).toHaveLength(50)
          const differences = losses.map((loss, i) => Math.abs(loss - (alone[name]?.[i] ?? Number.NaN)))
          expect({ name, worst: Math.max(...differences) < 1e-5 ? 0 : Math.max(...differences) }).toEqual({ name, worst: 0 })
        }
      },
    )
  })

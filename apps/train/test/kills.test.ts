import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('../bench/experiments/kill-training.mjs', import.meta.url))

/** A small part of the command, with a fixed seed; the moments of the kills still depend on the machine. */
test('runs that are killed at random moments end as if never killed, or are refused with the reason', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--kills', '4', '--fold-kills', '1', '--seed', '3'], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  const counts = JSON.parse(stdout) as { kills: Record<string, number>; resumed: number; different: number; failures: string[] }
  expect(counts).toMatchObject({ different: 0, failures: [] })
  expect(Object.values(counts.kills).reduce((a, b) => a + b, 0)).toBe(5)
  expect(counts.resumed).toBeGreaterThan(0)
  expect(status).toBe(0)
}, 360_000)

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { main } from '@equivar/cli'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'equivar-example-task-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the task trains, its network respects the rotations of the cube, and knows opposite faces from adjacent ones', async () => {
  const out = join(folder, 'cube')
  expect(await main(['train', resolve(import.meta.dirname, '../task.ts'), '--out', out, '--epochs', '6', '--threads', '1'])).toBe(0)
  const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n')
  const accuracies = lines.map((line) => (JSON.parse(line) as { val: { accuracy: number } }).val.accuracy)
  expect(Math.max(...accuracies)).toBeGreaterThan(0.95)
  expect(await main(['verify', out])).toBe(0)
})

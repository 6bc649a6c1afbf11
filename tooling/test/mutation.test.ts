import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startVitest } from 'vitest/node'
import { collectionFailures } from '../mutation/collection-failures.ts'

const files = {
  'broken.test.ts': "describe('a', () => { throw new Error('no case') })\ntest('runs', () => {})",
  'failing.test.ts': "test('fails', () => { throw new Error('no') })\ntest('passes', () => {})",
  'sound.test.ts': "describe('b', () => test('passes', () => {}))",
}
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'equivar-mutation-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
})
afterAll(() => rm(folder, { recursive: true }))

test('a file whose tests cannot be collected has a failed test', async () => {
  const include = ['*.test.ts']
  const options = { root: folder, config: false as const, watch: false, globals: true, include, reporters: [{}], maxWorkers: 1 }
  const vitest = await startVitest('test', [], options, { plugins: [collectionFailures] })
  const states = Object.fromEntries(
    vitest.state
      .getFiles()
      .map(({ filepath, tasks }) => [basename(filepath), tasks.map(({ name, result }) => `${name}: ${result?.state}`)]),
  )
  await vitest.close()
  process.exitCode = undefined
  expect(states['broken.test.ts']).toContain('the tests are collected: fail')
  expect(states['failing.test.ts']).toEqual(['fails: fail', 'passes: pass'])
  expect(states['sound.test.ts']).toEqual(['b: pass'])
})

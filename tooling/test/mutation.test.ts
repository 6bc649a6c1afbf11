import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startVitest } from 'vitest/node'
import { whatStrykerSees, withSharedCoverage } from '../mutation/what-stryker-sees.ts'

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
  const vitest = await startVitest('test', [], options, { plugins: [whatStrykerSees] })
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

test('a test reaches what the other tests of its describe reach, and no other test', () => {
  type File = Parameters<typeof withSharedCoverage>[0]
  const file = { filepath: '/a.test.ts', tasks: [] as object[], meta: {} }
  const suite = (name: string, within?: object) => ({ type: 'suite', name, suite: within, tasks: [] as object[] })
  const [outer, alone] = [suite('outer'), { type: 'test', name: 'alone' }]
  const inner = suite('inner', outer)
  inner.tasks = ['a', 'b'].map((name) => ({ type: 'test', name, suite: inner }))
  outer.tasks = [{ type: 'test', name: 'c', suite: outer }, inner]
  file.tasks = [outer, alone]
  const reached = (perTest: object): object => ({ static: {}, perTest })
  const id = (name: string): string => `/a.test.ts#${name}`
  const before = {
    [id('outer inner a')]: { 1: 2, 3: 1 },
    [id('outer inner b')]: { 1: 1 },
    [id('outer c')]: { 4: 1 },
    [id('alone')]: { 5: 1 },
  }
  const { meta } = withSharedCoverage({ ...file, meta: { mutantCoverage: reached(before) } } as unknown as File)
  const both = { 1: 3, 3: 1 }
  const after = reached({ ...before, [id('outer inner a')]: both, [id('outer inner b')]: both })
  expect(meta).toEqual({ mutantCoverage: after })
  expect(withSharedCoverage(file as unknown as File)).toBe(file)
})

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tensorValue } from '@equivar/tensor'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CheckpointError } from '../src/index.ts'
import { loadCheckpoint, saveCheckpoint, writeAtomically } from '../src/node.ts'

/** What was asked of the file system, in order; `syncOfFolder` fails with that error. */
const system = vi.hoisted(() => ({ calls: [] as string[], syncOfFolder: undefined as Error | undefined }))

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>()
  return {
    ...real,
    open: async (path: string, flags: string) => {
      const handle = await real.open(path, flags)
      const recorded = (name: 'writeFile' | 'sync' | 'close') => {
        const call = handle[name].bind(handle) as (content?: string) => Promise<void>
        return async (content?: string): Promise<void> => {
          system.calls.push(`${name} ${flags}`)
          if (name === 'sync' && flags === 'r' && system.syncOfFolder !== undefined) throw system.syncOfFolder
          await call(content)
        }
      }
      system.calls.push(`open ${flags} ${path}`)
      return { writeFile: recorded('writeFile'), sync: recorded('sync'), close: recorded('close') }
    },
    rename: async (from: string, to: string) => {
      system.calls.push(`rename ${from} ${to}`)
      await real.rename(from, to)
    },
  }
})

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'equivar-write-'))
  system.calls = []
})
afterEach(async () => {
  system.syncOfFolder = undefined
  await rm(folder, { recursive: true })
})

describe('writeAtomically', () => {
  test('writes beside the file, syncs, renames, and syncs the folder', async () => {
    const path = join(folder, 'a.txt')
    await writeAtomically(path, 'one')
    await writeAtomically(path, Uint8Array.of(0x74, 0x77, 0x6f))
    expect(await readFile(path, 'utf8')).toBe('two')
    expect(await readdir(folder)).toEqual(['a.txt'])
    const temporary = /^open wx (.*)$/.exec(system.calls[0] ?? '')?.[1] ?? ''
    expect(temporary.slice(path.length)).toMatch(new RegExp(`^\\.${process.pid}\\.[0-9a-z]{4,8}\\.tmp$`))
    const calls = [`open wx ${temporary}`, 'writeFile wx', 'sync wx', 'close wx', `rename ${temporary} ${path}`]
    expect(system.calls.slice(0, 8)).toEqual([...calls, `open r ${folder}`, 'sync r', 'close r'])
    expect(system.calls[8]).not.toBe(system.calls[0])
  })

  test('a failure leaves nothing behind, and is that of the file system', async () => {
    await writeAtomically(join(folder, 'kept'), 'old')
    await expect(writeAtomically(folder, 'text')).rejects.toMatchObject({ syscall: 'rename' })
    await expect(writeAtomically(join(folder, 'none', 'a'), 'text')).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' })
    const noText = 3 as unknown as string
    await expect(writeAtomically(join(folder, 'kept'), noText)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(system.calls.at(-1)).toBe('close wx')
    expect(await readdir(folder)).toEqual(['kept'])
    expect(await readFile(join(folder, 'kept'), 'utf8')).toBe('old')
  })

  test.each(['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'])('a folder that cannot be synced (%s) is no failure', async (code) => {
    system.syncOfFolder = Object.assign(new Error('no sync'), { code })
    await writeAtomically(join(folder, 'a'), 'text')
    expect(system.calls.at(-1)).toBe('close r')
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('text')
  })

  test.each([{ code: 'EIO' }, {}])('another error of the folder is one: %j', async (properties) => {
    system.syncOfFolder = Object.assign(new Error('no sync'), properties)
    await expect(writeAtomically(join(folder, 'a'), 'text')).rejects.toThrow(system.syncOfFolder)
  })
})

test('what is saved is loaded, and errors name the file', async () => {
  const path = join(folder, 'checkpoint.safetensors')
  const checkpoint = { values: { weight: tensorValue('float32', [2], [1, 2]) }, metadata: { step: '3' } }
  await saveCheckpoint(path, checkpoint)
  expect(await loadCheckpoint(path)).toEqual(checkpoint)
  await writeAtomically(path, 'short')
  await expect(loadCheckpoint(path)).rejects.toThrow(
    new CheckpointError(`${path}: expected a header of 8 bytes, received 5 bytes. The file is damaged or no safetensors file.`),
  )
})

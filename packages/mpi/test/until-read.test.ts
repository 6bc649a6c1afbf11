import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Koffi } from '../src/library.ts'
import { waitUntilRead } from '../src/until-read.ts'

const koffi = createRequire(import.meta.url)('koffi') as Koffi

describe.skipIf(process.platform !== 'linux')('waitUntilRead', () => {
  let folder: string
  let pipe: number

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'equivar-mpi-'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    // Open for both, so that opening waits for nobody.
    pipe = openSync(join(folder, 'pipe'), 'r+')
  })

  afterEach(() => {
    closeSync(pipe)
    rmSync(folder, { recursive: true })
  })

  test('an empty pipe, a file and a closed descriptor are not waited for', () => {
    const file = openSync(join(folder, 'file'), 'w')
    writeSync(file, 'kept')
    expect(waitUntilRead(koffi, [pipe, file, 987], 60_000)).toBe(true)
    closeSync(file)
  })

  test('what nobody reads is waited for so long', () => {
    writeSync(pipe, 'the reason')
    const start = performance.now()
    expect(waitUntilRead(koffi, [pipe], 50)).toBe(false)
    expect(performance.now() - start).toBeGreaterThanOrEqual(50)
  })

  test('returns when all was read, not when it was begun', async () => {
    writeSync(pipe, 'the reason')
    const start = performance.now()
    const reader = spawn('sh', ['-c', 'head -c 3 pipe; sleep 0.2; head -c 7 pipe'], { cwd: folder })
    expect(waitUntilRead(koffi, [pipe], 60_000)).toBe(true)
    expect(performance.now() - start).toBeGreaterThanOrEqual(200)
    expect(await text(reader.stdout)).toBe('the reason')
  })
})

import { fstatSync } from 'node:fs'
import type { Koffi } from './library.ts'

/** What `ioctl` is asked on Linux: how many bytes wait in a pipe. */
const FIONREAD = 0x541b

/** Milliseconds between two looks. */
const PAUSE = 1

/** Whether this is an open pipe. */
function isPipe(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFIFO()
  } catch {
    return false
  }
}

/**
 * Waits, without the event loop, until what was written to these pipes has been read, at most so many milliseconds. What is no pipe is not waited for.
 *
 * Where the system cannot be asked, which is everywhere but on Linux, it waits a tenth of that time.
 *
 * @returns whether it is known that all was read.
 */
export function waitUntilRead(koffi: Koffi, descriptors: readonly number[], milliseconds: number): boolean {
  const pipes = descriptors.filter(isPipe)
  if (pipes.length === 0) return true
  const sleep = (time: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time)
  if (process.platform !== 'linux') {
    sleep(milliseconds / 10)
    return false
  }
  const ask = koffi.load(null).func('int ioctl(int descriptor, unsigned long request, ...)')
  const waiting = new Int32Array(1)
  const isRead = (pipe: number): boolean => ask(pipe, FIONREAD, 'void *', waiting) !== 0 || waiting[0] === 0
  for (const end = performance.now() + milliseconds; performance.now() < end; sleep(PAUSE)) if (pipes.every(isRead)) return true
  return false
}

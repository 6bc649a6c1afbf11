import { vi } from 'vitest'
import { main } from '../src/index.ts'

/** What a command did. */
export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs the command in this process, in the folder that it is in: a process of its own takes longer to start than most commands to run.
 *
 * What only a process has is tested on one: signals, pipes, a full disk, worker threads.
 */
export async function equivar(...args: string[]): Promise<Ran> {
  const [stdout, stderr] = [process.stdout, process.stderr].map((stream) => {
    const lines: string[] = []
    const spy = vi.spyOn(stream, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
    return { text: () => lines.join(''), restore: () => spy.mockRestore() }
  }) as [Caught, Caught]
  try {
    const status = await main(args)
    return { status, stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    stdout.restore()
    stderr.restore()
  }
}

interface Caught {
  text(): string
  restore(): void
}

/** The objects of lines of JSON. */
export const jsonLines = <Line = Record<string, unknown>>(text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

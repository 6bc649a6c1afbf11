import { vi } from 'vitest'
import { main } from '../src/index.ts'

/** The result of a command. */
export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs the command in this process and its current folder, because a separate process takes longer to start than most commands to run.
 *
 * Signals, pipes, a full disk and worker threads are tested in a separate process.
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

/** Parses lines of JSON. */
export const jsonLines = <Line = Record<string, unknown>>(text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

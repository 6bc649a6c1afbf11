import { Presets, SingleBar } from 'cli-progress'
import colors from 'picocolors'

/** Output of results and progress. With `json`, standard output gets one object per line and nothing else. */
export interface Output {
  readonly json: boolean
  /** A line for people; silent with `json`. */
  say(line: string): void
  /** A result for programs; silent without `json`. */
  result(value: unknown): void
  /** A bar for a terminal; undefined elsewhere. */
  bar(total: number): SingleBar | undefined
}

/** Standard output. */
export function standardOutput(json: boolean): Output {
  return {
    json,
    say: (line) => {
      if (!json) process.stdout.write(`${line}\n`)
    },
    result: (value) => {
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`)
    },
    bar: (total) => {
      if (json || !process.stderr.isTTY) return undefined
      const format = `  ${colors.cyan('{bar}')} {value}/{total} steps | loss {loss} | {speed} steps/s | {eta_formatted} left`
      const bar = new SingleBar({ format, hideCursor: true, stream: process.stderr, clearOnComplete: true }, Presets.shades_classic)
      bar.start(total, 0, { loss: '-', speed: '-' })
      return bar
    },
  }
}

/** A progress bar of the bytes read and the lines written; undefined without a terminal. */
export function progress(bytes: number): { update(read: number, lines: number): void; stop(): void } | undefined {
  if (!process.stderr.isTTY) return undefined
  const format = `  ${colors.cyan('{bar}')} {percentage} % | {lines} lines | {speed} lines/s | {eta_formatted} left`
  const bar = new SingleBar({ format, hideCursor: true, stream: process.stderr, clearOnComplete: true }, Presets.shades_classic)
  const started = performance.now()
  bar.start(bytes, 0, { lines: 0, speed: '-' })
  return {
    update: (read, lines) => bar.update(read, { lines, speed: ((1000 * lines) / (performance.now() - started)).toFixed(0) }),
    stop: () => bar.stop(),
  }
}

import { Presets, SingleBar } from 'cli-progress'
import colors from 'picocolors'
import { printable } from './printable.ts'

/** A progress bar on a terminal. */
interface Bar {
  update(at: number, figures: Readonly<Record<string, string | number>>): void
  stop(): void
}

/** Output of results and progress. With `json`, standard output gets one object per line and nothing else. */
export interface Output {
  readonly json: boolean
  /** A line for people, without control characters; silent with `json`. It appears above the bar. */
  say(line: string): void
  /** A picture of our own, whose colours may reach the terminal; silent with `json`. */
  draw(picture: string): void
  /** A result for programs; silent without `json`. */
  result(value: unknown): void
  /** A bar for a terminal; undefined elsewhere. */
  bar(total: number): Bar | undefined
}

/** Of a process beside the one that speaks. */
export const silentOutput: Output = { json: false, say: () => {}, draw: () => {}, result: () => {}, bar: () => undefined }

/** Where output goes. */
interface Streams {
  readonly stdout: Pick<NodeJS.WriteStream, 'write'>
  readonly stderr: NodeJS.WriteStream
}

/** What stands behind a bar: as many figures as the terminal has columns for. */
interface Figures {
  readonly format: string
  /** Columns that they take at most. */
  readonly width: number
}

/** The figures of a training, the most first: a wide terminal shows all. */
const trainingFigures: readonly Figures[] = [
  { format: '{value}/{total} steps | epoch {epoch} | loss {loss} | validation {validation} | {speed} steps/s', width: 102 },
  { format: 'epoch {epoch} | loss {loss} | validation {validation}', width: 64 },
  { format: 'epoch {epoch} | loss {loss}', width: 44 },
]

const lineFigures: readonly Figures[] = [{ format: '{percentage} % | {lines} lines | {speed} lines/s', width: 60 }]

/** The shortest and the longest bar, and the columns around it. */
const [SHORTEST, LONGEST, AROUND] = [8, 40, 3]

/** A bar of those figures; undefined without a terminal. */
function terminalBar(
  stream: NodeJS.WriteStream,
  total: number,
  choices: readonly Figures[],
  start: Readonly<Record<string, string>>,
): SingleBar | undefined {
  if (!stream.isTTY) return undefined
  const room = (stream.columns ?? 80) - AROUND
  const { format: figures, width } = choices.find((each) => each.width + SHORTEST <= room) ?? (choices.at(-1) as Figures)
  const barsize = Math.max(4, Math.min(LONGEST, room - width))
  const format = `  ${colors.cyan('{bar}')} ${figures} | {eta_formatted} left`
  const bar = new SingleBar({ format, barsize, hideCursor: true, stream, clearOnComplete: true, forceRedraw: true }, Presets.shades_classic)
  bar.start(total, 0, start)
  return bar
}

/** Wraps long lines again, which a bar switches off, and clears the line of the bar. */
const CLEAR_LINE = '\u001b[?7h\r\u001b[2K'
/** Remembers the line, to which the bar returns when it ends, and cuts long lines, as the bar needs it. */
const HERE = '\u001b7\u001b[?7l'

/** Standard output. */
export function standardOutput(json: boolean, { stdout, stderr }: Streams = process): Output {
  let shown: SingleBar | undefined
  /** Writes a line above the bar, which is drawn again under it. */
  const write = (text: string): void => {
    if (json) return
    if (shown === undefined) stdout.write(`${text}\n`)
    else {
      stderr.write(CLEAR_LINE)
      stdout.write(`${text}\n`)
      stderr.write(HERE)
      shown.render()
    }
  }
  return {
    json,
    say: (line) => write(printable(line)),
    draw: write,
    result: (value) => {
      if (json) stdout.write(`${printable(JSON.stringify(value))}\n`)
    },
    bar: (total) => {
      const bar = json ? undefined : terminalBar(stderr, total, trainingFigures, { epoch: '-', loss: '-', validation: '-', speed: '-' })
      if (bar === undefined) return undefined
      shown = bar
      return {
        update: (at, figures) => bar.update(at, figures),
        stop: () => {
          shown = undefined
          bar.stop()
        },
      }
    },
  }
}

/** A progress bar of the bytes read and the lines written; undefined without a terminal. */
export function progress(bytes: number): { update(read: number, lines: number): void; stop(): void } | undefined {
  const bar = terminalBar(process.stderr, bytes, lineFigures, { lines: '0', speed: '-' })
  if (bar === undefined) return undefined
  const started = performance.now()
  return {
    update: (read, lines) => bar.update(read, { lines, speed: ((1000 * lines) / (performance.now() - started)).toFixed(0) }),
    stop: () => bar.stop(),
  }
}

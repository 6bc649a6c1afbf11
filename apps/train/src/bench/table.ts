import colors from 'picocolors'
import type { Quantity, Ratio, Result } from './compare.ts'
import type { Figures } from './turns.ts'

const NAME = 24
const CELL = 13

/** Three digits, or all of a large number. */
const digits = (value: number | undefined): string =>
  value === undefined ? '-' : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

const row = (name: string, cells: readonly string[], width = NAME): string => `  ${name.padEnd(width)}${cells.join('')}`
const cell = (text: string): string => text.padStart(CELL)

/** Below 1 is ours. */
const judged = (ratio: number | undefined): string => {
  const text = cell(ratio === undefined ? '-' : ratio.toFixed(2))
  return ratio === undefined ? text : ratio <= 1 ? colors.green(text) : colors.red(text)
}

/** What a column shows: with one thread the processor's time, which other programs on the machine do not change. */
const columns = (threads: number): readonly { title: string; of(figures: Figures): number | undefined; wins: Quantity | undefined }[] => {
  const unit = threads === 1 ? 'cpu ms' : 'ms'
  return [
    { title: `train ${unit}`, of: ({ trainMs, cpuMs }) => (threads === 1 ? cpuMs.train : trainMs), wins: 'train' },
    { title: `infer ${unit}`, of: ({ inferMs, cpuMs }) => (threads === 1 ? cpuMs.infer : inferMs), wins: 'infer' },
    { title: `one ${unit}`, of: ({ infer1Ms, cpuMs }) => (threads === 1 ? cpuMs.infer1 : infer1Ms), wins: 'infer1' },
    { title: 'peak MiB', of: ({ peakMiB }) => peakMiB, wins: 'memory' },
    { title: 'above MiB', of: ({ aboveMiB }) => aboveMiB, wins: undefined },
  ]
}

const ratioCells = (ratio: Ratio, threads: number): string[] =>
  [
    threads === 1 ? ratio.cpu.train : ratio.train,
    threads === 1 ? ratio.cpu.infer : ratio.infer,
    threads === 1 ? ratio.cpu.infer1 : ratio.infer1,
    ratio.memory,
    ratio.above,
  ].map(judged)

const coldLine = (name: string, { importMs, loadMs, firstMs, totalMs }: NonNullable<Result['cold']>): string =>
  `  ${name.padEnd(NAME)} first answer after ${digits(totalMs)} ms: import ${digits(importMs)}, load ${digits(loadMs)}, answer ${digits(firstMs)}`

/** A workload: a line for each side, PyTorch's best in every column in bold, and the ratio to those. */
export function resultLines(result: Result, { description, threads }: { description: string; threads: number }): string[] {
  const shown = columns(threads)
  const forms = Object.entries(result.forms ?? {})
  const bests = shown.map(({ of }) => Math.min(...forms.map(([, figures]) => of(figures) ?? Number.POSITIVE_INFINITY)))
  const line = (name: string, figures: Figures, isPeer: boolean): string =>
    row(
      name,
      shown.map(({ of }, i) => {
        const text = cell(digits(of(figures)))
        return isPeer && of(figures) === bests[i] ? colors.bold(text) : text
      }),
    )
  const colds = [['equivar', result.cold] as const, ...forms.map(([name, { cold }]) => [`torch ${name}`, cold] as const)]
  return [
    `${colors.bold(result.workload)}: ${description}`,
    row(
      '',
      shown.map(({ title }) => cell(title)),
    ),
    line('equivar', result, false),
    ...forms.map(([name, figures]) => line(`torch ${name}`, figures, true)),
    ...(result.ratio === undefined ? [] : [row('ratio to the best', ratioCells(result.ratio, threads))]),
    ...colds.flatMap(([name, cold]) => (cold === undefined ? [] : [coldLine(name, cold)])),
    `  the products of a training step take ${digits(result.floorMs)} ms at the rate of a large one`,
    '',
  ]
}

/** Ratios of all workloads, and their geometric mean. */
export function summaryLines(results: readonly Result[], { mean, threads }: { mean: Ratio; threads: number }): string[] {
  const width = Math.max(NAME, ...results.map(({ workload }) => workload.length))
  const titles = columns(threads).map(({ title }) => cell(title.split(' ')[0] as string))
  const lines = results.flatMap(({ workload, ratio }) => (ratio === undefined ? [] : [row(workload, ratioCells(ratio, threads), width)]))
  return [
    `Equivar over PyTorch's best form${threads === 1 ? ', processor time of one thread' : ''}: below 1 Equivar is ahead`,
    row('', titles, width),
    ...lines,
    row(colors.bold('geometric mean'.padEnd(width)), ratioCells(mean, threads), 0),
  ]
}

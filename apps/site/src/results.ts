import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './repository.ts'

/** A measured workload as the benchmark wrote it. */
interface Workload {
  readonly workload: string
  readonly trainMs: number
  readonly inferMs: number
  readonly infer1Ms: number
  readonly compileMs: number
  readonly peakMiB: number
  readonly peer?: { readonly trainMs: number; readonly inferMs: number; readonly infer1Ms: number; readonly peakMiB?: number }
}

const shown = (value: number | undefined): string => (value === undefined ? '-' : value < 10 ? value.toFixed(2) : value.toFixed(0))
const ratio = (own: number, other: number | undefined): string => (other === undefined ? '-' : (own / other).toFixed(2))

/** The place of a page that becomes the table of the committed benchmark. */
const PLACE = '<!-- table: workloads -->'

/** The committed benchmark as a table. */
function workloadTable(): string {
  const rows = readFileSync(join(root, 'apps/train/bench/results/workloads.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Workload)
    .map(
      ({ workload, trainMs, inferMs, infer1Ms, peakMiB, peer }) =>
        `| ${workload} | ${shown(trainMs)} | ${shown(peer?.trainMs)} | ${ratio(trainMs, peer?.trainMs)} | ${ratio(inferMs, peer?.inferMs)} | ${ratio(infer1Ms, peer?.infer1Ms)} | ${shown(peakMiB)} | ${shown(peer?.peakMiB)} |`,
    )
  return `| workload | training step, ms | PyTorch, ms | ratio | inference of the batch, ratio | of one example, ratio | peak, MiB | PyTorch, MiB |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}`
}

/** A page with the table of the committed benchmark in its place. */
export function withWorkloadTable(page: string): string {
  if (!page.includes(PLACE)) throw new Error(`benchmarks: expected a place for the table, ${PLACE}`)
  return page.replace(PLACE, workloadTable)
}

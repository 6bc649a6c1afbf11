import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from './repository.ts'

const folder = 'apps/train/bench/results'

/** The committed result tables, each with the command that makes it, as one page. @param pictures - the folder that charts are copied to. */
export function resultsPage(pictures: string): string {
  mkdirSync(pictures, { recursive: true })
  const files = readdirSync(join(root, folder)).filter((name) => name.endsWith('.md'))
  const sections = files.map((name) => {
    const [first = '', ...rest] = readFileSync(join(root, folder, name), 'utf8')
      .trim()
      .split('\n')
    const [title = '', ...more] = first.split('. ')
    const body = rest.join('\n').replaceAll(/!\[([^\]]*)\]\(([^)]+)\)/g, (_, label: string, path: string) => {
      copyFileSync(join(root, folder, path), join(pictures, basename(path)))
      return `![${label}](/pictures/${basename(path)})`
    })
    return `## ${title}\n\n${more.join('. ')}\n${body}\n`
  })
  return `# Results\n\nTrained networks, by the commands that stand with them.\n\n${sections.join('\n')}`
}

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

/** The committed benchmark as a page. */
export function benchmarksPage(): string {
  const file = join(root, folder, 'workloads.jsonl')
  const all = existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Workload)
    : []
  const rows = all.map(
    ({ workload, trainMs, inferMs, infer1Ms, peakMiB, peer }) =>
      `| ${workload} | ${shown(trainMs)} | ${shown(peer?.trainMs)} | ${ratio(trainMs, peer?.trainMs)} | ${ratio(inferMs, peer?.inferMs)} | ${ratio(infer1Ms, peer?.infer1Ms)} | ${shown(peakMiB)} |`,
  )
  return `# Benchmarks

Made by \`equivar bench --against torch --threads 2 --json\`: medians of interleaved rounds on one machine with two cores, beside PyTorch's fastest uncompiled form.
Ratios below 1 mean that Equivar is faster.

| workload | training step, ms | PyTorch, ms | ratio | inference of the batch, ratio | of one example, ratio | peak, MiB |
|---|---|---|---|---|---|---|
${rows.join('\n')}
`
}

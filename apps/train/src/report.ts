import type { Assessment } from './assess.ts'
import type { Goal } from './goals.ts'
import { escapeHtml } from './html.ts'
import { lineChart, type Series } from './line-chart.ts'
import { ownVersion } from './own-version.ts'
import { describeJob, type RankJob } from './ranks/rank-job.ts'
import { answersSection } from './report-answers.ts'
import { dataName } from './run/data-name.ts'
import { type RunConfig, withoutFolders } from './run/run-config.ts'
import { scheduleOf } from './schedule.ts'
import { shownBesides } from './split-metrics.ts'
import type { Recipe } from './task.ts'

/** One line of metrics.jsonl. */
export interface EpochMetrics {
  readonly epoch: number
  readonly step: number
  readonly train: Readonly<Record<string, number>>
  readonly val?: Readonly<Record<string, number>>
  readonly seconds: number
  /** Seconds of them that the training waited for batches. */
  readonly waited?: number
}

/** One check of a model. */
export interface Check {
  readonly name: string
  readonly error: number
  readonly tolerance: number
}

const textOf = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))

/** An SVG chart of a metric by epoch, for training and validation. */
function curve(metrics: readonly EpochMetrics[], name: string): Promise<string> {
  const points = (of: (epoch: EpochMetrics) => number | undefined): Series['points'] =>
    metrics.flatMap((epoch) => {
      const y = of(epoch)
      return y === undefined ? [] : [{ x: epoch.epoch, y }]
    })
  const series = [
    { name: 'training', points: points(({ train }) => train[name]) },
    { name: 'validation', points: points(({ val }) => val?.[name]) },
  ]
  return lineChart({ x: { title: 'epoch' }, y: { title: name }, series })
}

function confusionTable({ confusion }: Assessment, classes: readonly string[]): string {
  const head = classes.map((name) => `<th>${escapeHtml(name)}</th>`).join('')
  const rows = confusion.map((row, i) => {
    const total = Math.max(
      1,
      row.reduce((a, b) => a + b, 0),
    )
    const colours = (share: number): string => `background:rgba(76,120,168,${share.toFixed(2)});color:${share > 0.5 ? '#fff' : '#222'}`
    const cells = row.map((count) => `<td style="${colours(count / total)}">${count}</td>`).join('')
    return `<tr><th>${escapeHtml(classes[i] as string)}</th>${cells}</tr>`
  })
  return `<table><tr><th>true \\ predicted</th>${head}</tr>${rows.join('')}</table>`
}

/** The learning rate of each epoch. @param epochs - how many there were. */
function rateCurve(config: RunConfig, recipe: Recipe, epochs: number): Promise<string> {
  const rate = scheduleOf(recipe, config)
  const points = Array.from({ length: epochs }, (_, epoch) => ({ x: epoch + 1, y: rate(epoch) }))
  return lineChart({ x: { title: 'epoch' }, y: { title: 'learning rate' }, series: [{ name: 'learning rate', points }] })
}

/** What a report shows besides the configuration. */
export interface ReportContents {
  readonly metrics: readonly EpochMetrics[]
  readonly test: Assessment
  readonly checks: readonly Check[]
  readonly goal: Goal
  /** The goal of a further output. */
  readonly further?: Goal | undefined
  readonly recipe: Recipe
  readonly command: string | undefined
  /** Where a test example is from. */
  readonly nameOf?: ((example: number) => string) | undefined
  /** The processes that trained together. */
  readonly job?: RankJob | undefined
}

/** Seconds of all epochs. */
export const totalOf = (metrics: readonly EpochMetrics[], name: 'seconds' | 'waited'): number =>
  metrics.reduce((sum, epoch) => sum + (epoch[name] ?? 0), 0)

/** The report of a run as one self-contained HTML file. */
export async function report(
  config: RunConfig,
  { metrics, test, checks, goal, further, recipe, command, nameOf, job }: ReportContents,
): Promise<string> {
  const charts = await Promise.all([
    ...['loss', goal.metric, ...Object.keys(test.further)].map((name) => curve(metrics, name)),
    rateCurve(config, recipe, metrics.length),
  ])
  const rows = checks.map(({ name, error, tolerance }) => {
    const verdict = error <= tolerance ? 'holds' : 'does not hold'
    return `<tr><td>${escapeHtml(name)}</td><td>${error.toExponential(1)}</td><td>${tolerance.toExponential(0)}</td><td>${verdict}</td></tr>`
  })
  const settings = Object.entries({
    ...(command === undefined ? {} : { command }),
    versions: `Equivar ${ownVersion()}, Node ${process.version}, ${process.platform} ${process.arch}`,
    ...(job === undefined ? {} : { processes: `${describeJob(job)}; ${job.communicated().toFixed(1)} s of communication on rank 0` }),
    ...withoutFolders(config),
    classes: config.classes.join(', ') || 'none',
    symmetries: config.symmetries.join('; '),
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(dataName(config))}: ${escapeHtml(config.model)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 960px; color: #222 }
table { border-collapse: collapse; margin: 0.5rem 0 }
th, td { border: 1px solid #ddd; padding: 0.3rem 0.7rem; text-align: right }
th:first-child, td:first-child { text-align: left }
table.settings td { text-align: left }
.charts { display: flex; flex-wrap: wrap; gap: 1rem }
</style>
</head>
<body>
<h1>${escapeHtml(dataName(config))}: ${escapeHtml(config.model)}</h1>
<p>${goal.metric === 'mae' ? 'Mean absolute error' : 'Accuracy'} on the test set <strong>${goal.show(test.metric)}</strong>${shownBesides({ goal, further: further === undefined ? undefined : { goal: further } }, test)}, loss ${test.loss.toFixed(4)}, after ${metrics.length} epochs
(${totalOf(metrics, 'seconds').toFixed(0)} s, of which it waited ${totalOf(metrics, 'waited').toFixed(1)} s for data).</p>
<h2>Curves</h2>
<div class="charts">${charts.join('')}</div>
${test.confusion.length === 0 ? '' : `<h2>Confusion matrix, test set</h2>\n${confusionTable(test, config.classes)}`}
${await answersSection(test.answers, { classes: config.classes, areNumbers: goal.metric === 'mae', nameOf })}
<h2>Checks</h2>
<p>Largest relative difference of the output when the input is changed in a way that it must not notice (or must follow), and between the exported file and the float64 reference.</p>
<table><tr><th>check</th><th>error</th><th>tolerance</th><th></th></tr>${rows.join('')}</table>
<h2>Settings</h2>
<table class="settings">${settings.map(([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(textOf(value))}</td></tr>`).join('')}</table>
</body>
</html>
`
}

import type { Answer } from './answers.ts'
import { escapeHtml } from './html.ts'
import { scatterChart } from './scatter-chart.ts'

/** How many of the worst examples a report shows. */
const WORST = 10
/** Points of a chart: more are no clearer. */
const MOST_POINTS = 1000
/** Most outputs that have a chart of their own. */
const CHARTS = 4

const number = (value: number): string => value.toPrecision(5)

/** Predicted against true numbers, one chart for each output. */
function charts(answers: readonly Answer[]): Promise<string[]> {
  const some = answers.filter((_, i) => i % Math.ceil(answers.length / MOST_POINTS) === 0)
  const outputs = Math.min(CHARTS, answers[0]?.truth.length ?? 0)
  return Promise.all(
    Array.from({ length: outputs }, (_, output) => {
      const points = some.map(({ truth, predicted }) => ({ x: truth[output] as number, y: predicted[output] as number }))
      const which = (answers[0]?.truth.length ?? 0) > 1 ? ` ${output + 1}` : ''
      return scatterChart(points, { x: `true${which}`, y: `predicted${which}` })
    }),
  )
}

/** What answers are, and where their examples are from. */
export interface AnswersDescription {
  /** Names of the classes; none for numbers, and for elements that are chosen. */
  readonly classes: readonly string[]
  /** Whether numbers are predicted, rather than a class or an element. */
  readonly areNumbers: boolean
  readonly nameOf?: ((example: number) => string) | undefined
}

/** The part of a report on single test examples: predicted against true numbers, and the examples with the largest loss. Names are escaped. */
export async function answersSection(
  answers: readonly Answer[],
  { classes, areNumbers, nameOf = (example) => `test example ${example}` }: AnswersDescription,
): Promise<string> {
  const finite = answers.filter(({ truth, predicted }) => [...truth, ...predicted].every(Number.isFinite))
  if (finite.length === 0) return ''
  const named = (values: readonly number[]): string =>
    areNumbers ? values.map(number).join(', ') : values.map((value) => classes[value] ?? String(value)).join(', ')
  const worst = finite
    .filter(({ truth, predicted }) => areNumbers || truth[0] !== predicted[0])
    .sort((a, b) => b.loss - a.loss)
    .slice(0, WORST)
  const rows = worst.map(({ example, truth, predicted, probability }) => {
    const sure = probability === undefined ? '' : ` (${(100 * probability).toFixed(1)} %)`
    return `<tr><td>${escapeHtml(nameOf(example))}</td><td>${escapeHtml(named(truth))}</td><td>${escapeHtml(named(predicted))}${sure}</td></tr>`
  })
  const table = `<table><tr><th>example</th><th>true</th><th>predicted</th></tr>${rows.join('')}</table>`
  const compared = areNumbers
    ? `<h2>Predicted against true, test set</h2>\n<div class="charts">${(await charts(finite)).join('')}</div>\n`
    : ''
  const found = worst.length === 0 ? '<p>None: the model is right on every test example.</p>' : table
  return `${compared}<h2>Test examples it got most wrong</h2>\n${found}`
}

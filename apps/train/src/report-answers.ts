import { escapeHtml } from './html.ts'
import { scatterChart } from './scatter-chart.ts'

/** What a model says of a test example, beside the truth. */
export interface TestAnswer {
  /** Where the example is from, or its number in the test part. */
  readonly name: string
  readonly loss: number
  /** A class, or numbers. */
  readonly truth: readonly number[]
  readonly answer: readonly number[]
  /** Of the class that is answered. */
  readonly probability?: number
}

/** How many of the worst examples a report shows. */
const WORST = 10
/** Most outputs that have a chart of their own. */
const CHARTS = 4

const number = (value: number): string => value.toPrecision(5)

/** Predicted against true numbers, one chart for each output. */
function charts(answers: readonly TestAnswer[]): Promise<string[]> {
  const outputs = Math.min(CHARTS, answers[0]?.truth.length ?? 0)
  return Promise.all(
    Array.from({ length: outputs }, (_, output) => {
      const points = answers.map(({ truth, answer }) => ({ x: truth[output] as number, y: answer[output] as number }))
      const which = (answers[0]?.truth.length ?? 0) > 1 ? ` ${output + 1}` : ''
      return scatterChart(points, { x: `true${which}`, y: `predicted${which}` })
    }),
  )
}

/**
 * The part of a report on single test examples: predicted against true numbers, and the examples with the largest loss. Names are escaped.
 *
 * @param classes - names of the classes; empty for numbers.
 */
export async function answersSection(answers: readonly TestAnswer[], classes: readonly string[]): Promise<string> {
  const finite = answers.filter(({ truth, answer }) => [...truth, ...answer].every(Number.isFinite))
  if (finite.length === 0) return ''
  const named = (values: readonly number[]): string =>
    classes.length > 0 ? (classes[values[0] as number] ?? '') : values.map(number).join(', ')
  const wrong = (each: TestAnswer): boolean => classes.length === 0 || each.truth[0] !== each.answer[0]
  const worst = finite
    .filter(wrong)
    .sort((a, b) => b.loss - a.loss)
    .slice(0, WORST)
  const rows = worst.map(({ name, truth, answer, probability }) => {
    const sure = probability === undefined ? '' : ` (${(100 * probability).toFixed(1)} %)`
    return `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(named(truth))}</td><td>${escapeHtml(named(answer))}${sure}</td></tr>`
  })
  const table = `<table><tr><th>example</th><th>true</th><th>predicted</th></tr>${rows.join('')}</table>`
  const compared =
    classes.length > 0 ? '' : `<h2>Predicted against true, test set</h2>\n<div class="charts">${(await charts(finite)).join('')}</div>\n`
  const found = worst.length === 0 ? '<p>None: every test example has the right class.</p>' : table
  return `${compared}<h2>Test examples it got most wrong</h2>\n${found}`
}

import * as vega from 'vega'

/** One line of a chart. */
export interface Series {
  readonly name: string
  /** Points from left to right; `deviation` draws an error bar of this half-length. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly deviation?: number }[]
}

/** An axis of a chart. */
export interface Axis {
  readonly title: string
  /** Default linear. */
  readonly scale?: 'linear' | 'log'
  /** Positions of the labels; default: chosen by vega. */
  readonly ticks?: readonly number[]
}

/** The contents and size of a chart. */
export interface LineChart {
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  /** How a series is drawn; default: as a line. */
  readonly as?: 'line' | 'points'
  /** Default 380. */
  readonly width?: number
  /** Default 240. */
  readonly height?: number
}

const axisOf = (orient: 'bottom' | 'left', { title, ticks, scale }: Axis): vega.Axis => ({
  orient,
  scale: orient === 'bottom' ? 'x' : 'y',
  title,
  grid: orient === 'left',
  labelOverlap: true,
  ...(scale === 'log' ? { format: '~g' } : orient === 'bottom' ? { tickMinStep: 1 } : {}),
  ...(ticks === undefined ? {} : { values: [...ticks] }),
})

/** The marks of each series: error bars, and a line or points. */
function seriesMarks(as: 'line' | 'points'): vega.Mark[] {
  const placed = { x: { scale: 'x', field: 'x' }, stroke: { scale: 'color', field: 'name' } }
  const bar = { ...placed, y: { scale: 'y', field: 'low' }, y2: { scale: 'y', field: 'high' } }
  const line = { ...placed, y: { scale: 'y', field: 'y' }, strokeWidth: { value: 2 } }
  const point = { ...placed, y: { scale: 'y', field: 'y' }, size: { value: 12 } }
  const drawn: vega.Mark =
    as === 'line'
      ? { type: 'line', from: { data: 'line' }, encode: { enter: line } }
      : { type: 'symbol', from: { data: 'line' }, encode: { enter: point } }
  return [
    {
      type: 'group',
      from: { facet: { name: 'line', data: 'table', groupby: 'name' } },
      marks: [{ type: 'rule', from: { data: 'line' }, encode: { enter: bar } }, drawn],
    },
  ]
}

/** A line chart as SVG. */
export function lineChart({ x, y, series, as = 'line', width = 380, height = 240 }: LineChart): Promise<string> {
  const values = series.flatMap(({ name, points }) =>
    points.map((point) => ({ ...point, name, low: point.y - (point.deviation ?? 0), high: point.y + (point.deviation ?? 0) })),
  )
  const heights = { data: 'table', fields: ['low', 'high'] }
  const isMany = series.length > 2
  const spec: vega.Spec = {
    width,
    height,
    padding: 5,
    background: 'white',
    data: [{ name: 'table', values }],
    scales: [
      { name: 'x', type: x.scale ?? 'linear', range: 'width', domain: { data: 'table', field: 'x' }, zero: false },
      { name: 'y', type: y.scale ?? 'linear', range: 'height', domain: heights, nice: true, zero: false },
      { name: 'color', type: 'ordinal', domain: series.map(({ name }) => name), range: { scheme: 'tableau10' } },
    ],
    axes: [axisOf('bottom', x), axisOf('left', y)],
    legends: [{ stroke: 'color', orient: isMany ? 'right' : 'top', symbolType: 'stroke', labelLimit: 0, columns: isMany ? 1 : 2 }],
    marks: seriesMarks(as),
  }
  return new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG()
}

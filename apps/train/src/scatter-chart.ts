import * as vega from 'vega'

/** A point of a scatter chart. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Points and the line y = x, as SVG. Both axes have the same range. */
export function scatterChart(points: readonly Point[], titles: { readonly x: string; readonly y: string }): Promise<string> {
  const all = points.flatMap(({ x, y }) => [x, y])
  const [least, most] = [
    all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ]
  const range = { type: 'linear', domain: [least, most], nice: true, zero: false } satisfies Partial<vega.Scale>
  const placed = { x: { scale: 'x', field: 'x' }, y: { scale: 'y', field: 'y' } }
  const ends = [
    { x: least, y: least },
    { x: most, y: most },
  ]
  const spec: vega.Spec = {
    width: 320,
    height: 320,
    padding: 5,
    background: 'white',
    data: [
      { name: 'points', values: [...points] },
      { name: 'ends', values: ends },
    ],
    scales: [
      { name: 'x', range: 'width', ...range },
      { name: 'y', range: 'height', ...range },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: titles.x, labelOverlap: true },
      { orient: 'left', scale: 'y', title: titles.y, labelOverlap: true, grid: true },
    ],
    marks: [
      { type: 'line', from: { data: 'ends' }, encode: { enter: { ...placed, stroke: { value: '#999' } } } },
      {
        type: 'symbol',
        from: { data: 'points' },
        encode: { enter: { ...placed, size: { value: 16 }, fill: { value: '#4c78a8' }, fillOpacity: { value: 0.6 } } },
      },
    ],
  }
  return new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG()
}

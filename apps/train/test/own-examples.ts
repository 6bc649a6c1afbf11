import { writeFileSync } from 'node:fs'
import { Random } from '@equivar/tensor'

/** An example as a line of newline-delimited JSON. */
export type Line = Readonly<Record<string, unknown>>

/** Writes examples, one a line. @returns the path. */
export function writeLines(path: string, lines: readonly Line[]): string {
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return path
}

const round = (value: number): number => Math.round(value * 1000) / 1000

/** Sets of 2 to 6 points around 100 or 103, far from 0. @param answer - the keys to predict, from the points and whether they are the far ones. */
export function sets(count: number, answer: (x: readonly (readonly number[])[], far: boolean) => Line): Line[] {
  const random = new Random({ seed: 1, stream: 'sets' })
  return Array.from({ length: count }, (_, i) => {
    const far = i % 3 === 0
    const x = Array.from({ length: 2 + (i % 5) }, () => [round((far ? 103 : 100) + random.normal()), round(random.normal())])
    return { x, ...answer(x, far) }
  })
}

/** Cycles and stars of 4 to 7 nodes with one constant channel. */
export function graphs(count: number): Line[] {
  return Array.from({ length: count }, (_, i) => {
    const [size, star] = [4 + (i % 4), i % 3 === 0]
    const pairs = Array.from({ length: star ? size - 1 : size }, (_, k) => (star ? [0, k + 1] : [k, (k + 1) % size]))
    const sources = pairs.flat()
    const targets = pairs.flatMap(([a, b]) => [b, a])
    return { x: Array.from({ length: size }, () => [1]), edge_index: [sources, targets], label: star ? 'star' : 'cycle' }
  })
}

/** One graph of two communities, with a label on every node but each seventh. */
export function communities(nodes: number): Line {
  const random = new Random({ seed: 2, stream: 'communities' })
  const side = (node: number): number => (node % 3 === 0 ? 1 : 0)
  const ends: [number, number][] = []
  for (let a = 0; a < nodes; a++)
    for (let b = 0; b < nodes; b++) if (a !== b && random.uniform() < (side(a) === side(b) ? 0.3 : 0.02)) ends.push([a, b])
  return {
    x: Array.from({ length: nodes }, (_, node) => [round(side(node) + random.normal() / 2)]),
    edge_index: [ends.map(([a]) => a), ends.map(([, b]) => b)],
    labels: Array.from({ length: nodes }, (_, node) => (node % 7 === 0 ? null : side(node) === 1 ? 'few' : 'many')),
  }
}

/** Cycles of 4 to 7 nodes whose edges have a length: those of `long` graphs are longer. Nothing else differs. */
export function lengths(count: number): Line[] {
  const random = new Random({ seed: 3, stream: 'lengths' })
  return Array.from({ length: count }, (_, i) => {
    const [size, long] = [4 + (i % 4), i % 3 === 0]
    const nodes = Array.from({ length: size }, (_, node) => node)
    const edge_attr = nodes.map(() => [round((long ? 210 : 200) + 3 * random.normal())])
    return {
      x: nodes.map(() => [1]),
      edge_index: [nodes, nodes.map((node) => (node + 1) % size)],
      edge_attr,
      label: long ? 'long' : 'short',
    }
  })
}

/** One graph in which a node is warm if the edges to it are heavy. */
export function weights(nodes: number): Line {
  const random = new Random({ seed: 4, stream: 'weights' })
  const targets = Array.from({ length: 4 * nodes }, (_, edge) => edge % nodes)
  return {
    x: Array.from({ length: nodes }, () => [1]),
    edge_index: [targets.map(() => random.integer(nodes)), targets],
    edge_attr: targets.map((node) => round((node % 3 === 0 ? 5 : 1) + random.normal())),
    labels: Array.from({ length: nodes }, (_, node) => (node % 3 === 0 ? 'warm' : 'cold')),
  }
}

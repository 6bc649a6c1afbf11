import type { Permutation } from '@equivar/groups'
import { useRef, useState } from 'preact/hooks'
import { colourOf } from '../colours.ts'
import { draggable, onArrows, type Place } from '../drag.ts'
import type { PictureProps } from '../kind.ts'
import { swapped } from '../order.ts'
import { slider } from '../slider.ts'
import { COUNT, edgesOf, toggleEdge, type ValuedGraph } from './graph.ts'

type Props = PictureProps<ValuedGraph, Permutation>

/** Where a row is drawn: on a circle, the first at the top, clockwise. */
const slot = (row: number): Place => {
  const angle = (2 * Math.PI * row) / COUNT
  return { x: Math.sin(angle), y: -Math.cos(angle) }
}

const between = (a: Place, b: Place, share: number): Place => ({ x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) })

/** The place of each row, on its way from where the node was before, and the number of the node in x. */
function nodesOf({ journey }: Props): { readonly place: Place; readonly node: number }[] {
  const rows = Array.from({ length: COUNT }, (_, row) => row)
  if (journey === undefined) return rows.map((row) => ({ place: slot(row), node: row }))
  const back = journey.to.inverse()
  return rows.map((row) => {
    const node = back.apply(row)
    return { place: between(slot(journey.from.apply(node)), slot(row), journey.share), node }
  })
}

/** Numbers are drawn as different from this difference on. */
const VISIBLE = 0.02

/** The name of a node of x. */
const letter = (node: number): string => 'ABCDEF'.charAt(node)

/** A disc in the colour of a number from -1 to 1. */
function Disc({ value, radius, kind }: { readonly value: number; readonly radius: number; readonly kind?: '' | 'apart' }) {
  const strength = `${(100 * Math.min(1, Math.abs(value))).toFixed(1)}%`
  return <circle class={kind} r={radius} style={{ fill: `color-mix(in srgb, ${colourOf(Math.sign(value))} ${strength}, var(--card))` }} />
}

/** What is said of a node of x. */
const nodeSlider = (row: number, value: number, isChosen: boolean): object =>
  slider({
    label: `Node ${letter(row)}${isChosen ? ', chosen' : ''}. Up and down change its number, Enter on two nodes joins or parts them`,
    least: -1,
    most: 1,
    value,
  })

/** What a node of x does: its number follows the pointer up and down, and two that are chosen one after the other are joined or parted. */
function useEditing({ x, onInput, keys }: Props): (row: number) => object {
  const [chosen, choose] = useState<number | undefined>(undefined)
  const press = useRef({ y: 0, value: 0, dragged: false })
  if (onInput === undefined) return () => ({})
  const set = (row: number, value: number): void => {
    const rounded = Number(Math.max(-1, Math.min(1, value)).toFixed(2))
    onInput({ ...x, values: x.values.map((old, i) => (i === row ? rounded : old)) })
  }
  const select = (row: number): void => {
    if (chosen !== undefined && chosen !== row) onInput(toggleEdge(x, chosen, row))
    choose(chosen === undefined ? row : undefined)
  }
  const reached = (row: number): object => ({
    ...nodeSlider(row, x.values[row]!, chosen === row),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault()
        select(row)
      }
      onArrows((step) => set(row, x.values[row]! + 0.1 * (step.x - step.y)))(event)
    },
  })
  const pointer = (row: number): object =>
    draggable(({ y }, first) => {
      if (first) press.current = { y, value: x.values[row]!, dragged: false }
      else if (press.current.dragged || Math.abs(y - press.current.y) > 0.06) {
        press.current.dragged = true
        set(row, press.current.value + (press.current.y - y) * 1.2)
      }
    })
  return (row) => ({
    class: `node editable${chosen === row ? ' chosen' : ''}`,
    onClick: () => press.current.dragged || select(row),
    ...pointer(row),
    ...(keys ? reached(row) : {}),
  })
}

/** What a node of g x does: it is dragged onto another, and they swap their places. */
function useSwapping({ journey, onMove, keys }: Props): {
  readonly held: { row: number; at: Place } | undefined
  readonly props: (row: number) => object
} {
  const [held, hold] = useState<{ row: number; at: Place } | undefined>(undefined)
  if (onMove === undefined || journey === undefined) return { held: undefined, props: () => ({}) }
  const swap = (a: number, b: number): void => {
    if (a !== b) onMove(swapped(journey.to, a, b), 'glide')
  }
  const letGo = (): void => {
    if (held === undefined) return
    const distance = (row: number): number => Math.hypot(slot(row).x - held.at.x, slot(row).y - held.at.y)
    const nearest = Array.from({ length: COUNT }, (_, row) => row).reduce((best, row) => (distance(row) < distance(best) ? row : best), 0)
    hold(undefined)
    swap(held.row, nearest)
  }
  const reached = (row: number): object => ({
    ...slider({
      label: `Node ${letter(journey.to.inverse().apply(row))} in g x. Arrow keys swap it with a neighbour`,
      least: 1,
      most: COUNT,
      value: row + 1,
      text: `Place ${row + 1}`,
    }),
    onKeyDown: onArrows((step) => swap(row, (row + step.x + step.y + COUNT) % COUNT)),
  })
  const pointer = (row: number): object =>
    draggable((at, first) => {
      if (!first) hold({ row, at })
    }, letGo)
  const props = (row: number): object => ({ class: 'node editable', ...pointer(row), ...(keys ? reached(row) : {}) })
  return { held, props }
}

/** A graph on a circle, the rows of its matrix clockwise from the top. */
export function GraphPicture(props: Props) {
  const { x, outputs = [x.values], label, onInput, onMove } = props
  const editing = useEditing(props)
  const { held, props: swapping } = useSwapping(props)
  const nodes = nodesOf(props).map((each, row) => (held?.row === row ? { ...each, place: held.at } : each))
  return (
    <svg viewBox="-1.3 -1.3 2.6 2.6" role={onInput || onMove ? 'group' : 'img'} aria-label={label}>
      {edgesOf(x).map(([a, b]) => {
        const [from, to] = [nodes[a]!.place, nodes[b]!.place]
        return <line key={`${a} ${b}`} class="edge" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      })}
      {nodes
        .map((each, row) => ({ ...each, row }))
        // In the order of x, so that a node keeps the focus when it changes its row.
        .sort((a, b) => a.node - b.node)
        .map(({ place, node, row }) => (
          <g key={node} class="node" transform={`translate(${place.x} ${place.y})`} {...editing(row)} {...swapping(row)}>
            <circle class="reach" r="0.36" />
            <Disc value={outputs[0]![row]!} radius={0.26} />
            {outputs[1] !== undefined && (
              <Disc value={outputs[1][row]!} radius={0.14} kind={Math.abs(outputs[1][row]! - outputs[0]![row]!) > VISIBLE ? 'apart' : ''} />
            )}
            <circle class="rim" r="0.26" />
            {outputs.length < 2 && (
              <text class="on-node" font-size="0.22" dy="0.08">
                {letter(node)}
              </text>
            )}
          </g>
        ))}
    </svg>
  )
}

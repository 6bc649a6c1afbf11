import type { ComponentType } from 'preact'
import type { BoardProps } from './board.tsx'

/** A kind of input in the menu. Its code is loaded when it is chosen. */
export interface Choice {
  readonly title: string
  load(): Promise<{ readonly default: ComponentType<BoardProps> }>
}

/** The kinds of input by their part of the address. The first is shown when none is named. */
export const kinds: Readonly<Record<string, Choice>> = {
  points: { title: 'Points', load: () => import('./points/index.tsx') },
  graph: { title: 'Graph', load: () => import('./graph/index.tsx') },
  image: { title: 'Image', load: () => import('./image/index.tsx') },
  signals: { title: 'Set of signals', load: () => import('./signals/index.tsx') },
  sphere: { title: 'Sphere', load: () => import('./sphere/index.tsx') },
}

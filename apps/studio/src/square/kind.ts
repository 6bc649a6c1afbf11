import type { ComponentType } from 'preact'
import type { Compiled } from './network.ts'

/** How a new element of the group is reached. */
export type Motion = 'at once' | 'glide'

/** The way from one element of the group to another: all of it at share 1. */
export interface Journey<G> {
  readonly from: G
  readonly to: G
  readonly share: number
}

/** What one corner of the square draws: an input, or the outputs over it, one or two of which should be equal. */
export interface PictureProps<X, G> {
  readonly x: X
  readonly outputs?: readonly Float64Array[]
  /** What the picture shows, for those who do not see it. */
  readonly label: string
  /** Given where the corner is moved by g. */
  readonly journey?: Journey<G>
  /** Whether keys reach what can be moved. The second square can be dragged only, so that nothing is reached twice. */
  readonly keys?: boolean
  /** Given where the input can be changed. */
  readonly onInput?: (x: X) => void
  /** Given where g can be changed by hand. */
  readonly onMove?: (g: G, motion: Motion) => void
}

/** What the controls of g are given. */
export interface ControlsProps<G> {
  readonly g: G
  readonly onMove: (g: G, motion: Motion) => void
}

/** What is said of a kind of input. */
export interface Words {
  /** What can be done, in a sentence. */
  readonly hint: string
  readonly symmetric: string
  readonly plain: string
  /** What the output is. */
  readonly output: string
  /** How the two outputs in the last corner are told apart. */
  readonly legend: string
}

/** A kind of input with a group that moves it, a network that commutes with the group, and one that does not. */
export interface Kind<X, G> {
  readonly name: string
  readonly words: Words
  /** The input that is shown first. */
  readonly start: X
  readonly identity: G
  /** The element that is shown first. */
  readonly first: G
  readonly symmetric: Compiled<X>
  readonly plain: Compiled<X>
  /** g x. */
  move(g: G, x: X): X
  /** g y, for an output y. */
  moveOutput(g: G, y: Float64Array): Float64Array
  /** The element at a share of the way from one to another, both left out. */
  between(from: G, to: G, share: number): G
  /** Reads an element from an address. @throws RangeError that says what was expected. */
  read(state: URLSearchParams): G
  write(g: G): Record<string, string>
  /** Which outputs are compared; all of them if left out. */
  compares?(g: G): (output: number) => boolean
  /** Why the network with the symmetry may commute with g only nearly. Undefined where it commutes exactly. */
  whyNearly?(g: G): string | undefined
  /** Why the other network commutes where it does. */
  readonly whyPlain?: string
  readonly Picture: ComponentType<PictureProps<X, G>>
  readonly Controls: ComponentType<ControlsProps<G>>
}

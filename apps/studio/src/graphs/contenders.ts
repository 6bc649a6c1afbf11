import type { TestName } from './refinement.ts'

/** A network that can separate at most what a test separates. */
export interface Contender {
  readonly name: 'gin' | 'ign' | 'ppgn'
  readonly title: string
  /** The test that separates the same graphs. */
  readonly as: TestName
  /** The same in words, under the names that papers use. */
  readonly theory: string
}

/** The networks of the page, the weakest first. */
export const contenders: readonly Contender[] = [
  { name: 'gin', title: 'GIN', as: 'wl', theory: 'as colour refinement, 1-WL' },
  { name: 'ign', title: '2-IGN', as: 'wl', theory: 'as oblivious 2-WL, which is no more than 1-WL' },
  { name: 'ppgn', title: 'PPGN', as: 'fwl2', theory: 'as folklore 2-WL, which is 3-WL' },
]

/** What a network with random weights gives for two graphs. */
export interface Outcome {
  /** The largest difference of its outputs, relative to the largest output. */
  readonly difference: number
  readonly separates: boolean
}

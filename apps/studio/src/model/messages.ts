import type { Values } from '@equivar/verify'

/** What the page asks of the worker that holds a model. */
export type Question =
  | { readonly type: 'open'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'run'; readonly feeds: Values }
  /** How long runs take. */
  | { readonly type: 'time'; readonly feeds: Values; readonly runs: number }

/** The answers, by the type of the question. */
export interface Answers {
  readonly open: undefined
  readonly run: Values
  /** Milliseconds of each run. */
  readonly time: readonly number[]
}

/** A question with its number. */
export interface Asked {
  readonly id: number
  readonly question: Question
}

/** An answer with the number of its question. */
export type Told = { readonly id: number; readonly answer: Answers[Question['type']] } | { readonly id: number; readonly error: string }

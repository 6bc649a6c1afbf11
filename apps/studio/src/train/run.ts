import type { Judged, News, Order } from './messages.ts'
import type { Side } from './task.ts'
import { Trace } from './trace.ts'

/** `paused` and `finished` have networks to look at; `starting` loads the backend. */
export type Phase = 'idle' | 'starting' | 'running' | 'paused' | 'finished'

/** What a network has come to at a step. */
export interface Milestone extends Judged {
  readonly step: number
}

/** What the page knows of a run. */
export interface Run {
  readonly phase: Phase
  /** What the run draws: one training, or the curve of ever more examples. */
  readonly kind: 'train' | 'curve'
  readonly step: number
  readonly parameters?: Readonly<Record<Side, number>>
  readonly device?: string
  readonly losses: Readonly<Record<Side, Trace>>
  readonly milestones: Readonly<Record<Side, readonly Milestone[]>>
  readonly predicted: Readonly<Record<Side, readonly number[]>>
  readonly sizes: readonly Extract<News, { type: 'size' }>[]
  readonly files?: Readonly<Record<Side, Uint8Array<ArrayBuffer>>>
  readonly message?: string
}

/** What changes a run: news of the worker, and what the visitor asks. */
export type Change =
  | News
  | { readonly type: 'start'; readonly kind: Extract<Order['type'], 'train' | 'curve'> }
  | { readonly type: 'pause' | 'continue' | 'reset' }

/** Nothing learned yet. */
export const noRun = (): Run => ({
  phase: 'idle',
  kind: 'train',
  step: 0,
  losses: { symmetric: new Trace(), plain: new Trace() },
  milestones: { symmetric: [], plain: [] },
  predicted: { symmetric: [], plain: [] },
  sizes: [],
})

/** A run that starts: a training forgets the one before, the curve keeps it; and the other way round. */
function started(run: Run, kind: Run['kind']): Run {
  const { message: _, ...kept } = run
  if (kind === 'curve') return { ...kept, kind, phase: 'starting', sizes: [] }
  return { ...noRun(), sizes: run.sizes, kind, phase: 'starting' }
}

function withSteps(run: Run, { losses }: Extract<News, { type: 'steps' }>): Run {
  for (const { side, step, loss } of losses) run.losses[side].add([step, loss])
  return { ...run, step: Math.max(run.step, ...losses.map(({ step }) => step)) }
}

function withMilestone(run: Run, { side, step, judged, predicted }: Extract<News, { type: 'judged' }>): Run {
  return {
    ...run,
    milestones: { ...run.milestones, [side]: [...run.milestones[side], { step, ...judged }] },
    predicted: { ...run.predicted, [side]: predicted },
  }
}

/** A run after something has changed it. Points are added to its traces as they stand. */
export function changed(run: Run, change: Change): Run {
  switch (change.type) {
    case 'start':
      return started(run, change.kind)
    case 'reset':
      return noRun()
    case 'pause':
      return { ...run, phase: 'paused' }
    case 'continue':
      return { ...run, phase: 'running' }
    case 'started':
      return { ...run, phase: 'running', parameters: change.parameters, ...(change.device === undefined ? {} : { device: change.device }) }
    case 'steps':
      return withSteps(run, change)
    case 'judged':
      return withMilestone(run, change)
    case 'size':
      return { ...run, sizes: [...run.sizes, change] }
    case 'files':
      return { ...run, files: change.files }
    case 'finished':
      return { ...run, phase: 'finished' }
    case 'failed':
      return { ...run, phase: 'idle', message: change.message }
  }
}

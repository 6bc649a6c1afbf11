import { explain, openBackend } from './backends.ts'
import { Learner, modelsOf } from './learner.ts'
import type { News, Order, Settings } from './messages.ts'
import { efficiencySizes } from './sizes.ts'
import { type Side, sides } from './task.ts'
import { tasks } from './tasks/index.ts'

/** Milliseconds after which the worker listens for orders, and tells of its steps. */
const LISTEN = 50

type Learners = Readonly<Record<Side, Learner>>
type Step = Extract<News, { type: 'steps' }>['losses'][number]

const tell = (news: News): void => postMessage(news)
const bySide = <T>(make: (side: Side) => T): Readonly<Record<Side, T>> => ({ symmetric: make('symmetric'), plain: make('plain') })

let resume: (() => void) | undefined
let resumed: Promise<void> | undefined

function pause(): void {
  resumed ??= new Promise((resolve) => {
    resume = resolve
  })
}

function goOn(): void {
  resume?.()
  resumed = undefined
}

/** Lets orders in: WebAssembly computes without a pause. Waits while the run is paused. */
async function listen(atPause: () => void): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve))
  if (resumed === undefined) return
  atPause()
  await resumed
}

/** Both networks learn, a step of one after a step of the other. */
async function together(
  runs: readonly ReturnType<Learner['learn']>[],
  { atPause, each }: { atPause(): void; each(news: News): void },
): Promise<void> {
  let waiting = [...runs]
  let listened = performance.now()
  let losses: Step[] = []
  const flush = (): void => {
    if (losses.length > 0) each({ type: 'steps', losses })
    losses = []
  }
  while (waiting.length > 0) {
    for (const run of waiting) {
      const { done, value } = await run.next()
      if (done) waiting = waiting.filter((other) => other !== run)
      else if (value.type === 'steps') losses.push(...value.losses)
      else {
        flush()
        each(value)
      }
    }
    if (performance.now() - listened < LISTEN) continue
    flush()
    await listen(atPause)
    listened = performance.now()
  }
  flush()
}

const learnersOf = ({ task: name, seed }: Settings): Learners => {
  const models = modelsOf(tasks[name])
  return bySide((side) => new Learner(tasks[name], side, models[side], seed))
}

async function train(settings: Settings): Promise<void> {
  const { backend, ...device } = await openBackend(settings.backend)
  const learners = learnersOf(settings)
  const examples = tasks[settings.task].data(settings.examples)
  tell({ type: 'started', parameters: bySide((side) => learners[side].parameters), ...device })
  const offer = (): void => tell({ type: 'files', files: bySide((side) => learners[side].file()) })
  await together(
    sides.map((side) => learners[side].learn(backend, examples, settings)),
    { atPause: offer, each: tell },
  )
  offer()
}

/** Trains both networks on ever more examples. */
async function drawCurve(settings: Settings): Promise<void> {
  const { backend, ...device } = await openBackend(settings.backend)
  for (const [i, count] of efficiencySizes.entries()) {
    const learners = learnersOf(settings)
    if (i === 0) tell({ type: 'started', parameters: bySide((side) => learners[side].parameters), ...device })
    const accuracy = { symmetric: 0, plain: 0 }
    const each = (news: News): void => {
      if (news.type === 'judged') accuracy[news.side] = news.judged.accuracy
    }
    const examples = tasks[settings.task].data(count)
    await together(
      sides.map((side) => learners[side].learn(backend, examples, settings, 1)),
      { atPause: () => {}, each },
    )
    tell({ type: 'size', examples: count, accuracy })
  }
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  if (!('settings' in data)) return data.type === 'pause' ? pause() : goOn()
  const work = data.type === 'train' ? train : drawCurve
  work(data.settings).then(
    () => tell({ type: 'finished' }),
    (error: unknown) => tell({ type: 'failed', message: explain(error) }),
  )
})

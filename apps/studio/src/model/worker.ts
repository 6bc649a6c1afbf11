import { type LoadedOnnx, loadOnnx } from '@equivar/backend-onnx'
import { runToHost, type Values } from '@equivar/verify'
import { messageOf } from '../parts/message-of.ts'
import { runtime } from '../parts/onnx-runtime.ts'
import type { Answers, Asked, Question, Told } from './messages.ts'

let model: LoadedOnnx | undefined

/** The model. @throws Error if none was opened. */
function opened(): LoadedOnnx {
  if (model === undefined) throw new Error('run: expected a model that was opened, received none.')
  return model
}

async function time(feeds: Values, runs: number): Promise<number[]> {
  const durations: number[] = []
  for (let i = 0; i < runs; i++) {
    const started = performance.now()
    await runToHost(opened(), feeds)
    durations.push(performance.now() - started)
  }
  return durations
}

async function answer(question: Question): Promise<Answers[Question['type']]> {
  if (question.type === 'open') {
    model = await loadOnnx(question.bytes, { runtime })
    return undefined
  }
  return question.type === 'run' ? runToHost(opened(), question.feeds) : time(question.feeds, question.runs)
}

const tell = (told: Told): void => postMessage(told)

/** One question after the other: ONNX Runtime runs a session once at a time. */
let last: Promise<void> = Promise.resolve()

addEventListener('message', ({ data: { id, question } }: MessageEvent<Asked>) => {
  last = last.then(() =>
    answer(question).then(
      (found) => tell({ id, answer: found }),
      (error: unknown) => tell({ id, error: messageOf(error) }),
    ),
  )
})

import './style.css'
import { loadOnnx } from '@equivar/backend-onnx'
import { backends, runtime } from './backends.ts'
import { classes, pointSets } from './network.ts'
import type { News } from './worker.ts'

const form = document.querySelector('form') as HTMLFormElement
const choice = document.querySelector('select') as HTMLSelectElement
const [train, run] = Array.from(form.querySelectorAll('button')) as [HTMLButtonElement, HTMLButtonElement]
const status = document.querySelector('[role=status]') as HTMLElement
const answer = document.querySelector('output') as HTMLOutputElement

choice.append(...Object.keys(backends).map((name) => new Option(name)))

let worker: Worker | undefined
let file: Uint8Array<ArrayBuffer> | undefined

function show(news: News): void {
  if (news.type === 'epoch') {
    status.textContent = `Epoch ${news.epoch}: loss ${news.loss.toFixed(3)}, ${(100 * news.accuracy).toFixed(1)} % right.`
    return
  }
  train.disabled = false
  if (news.type === 'failed') {
    status.textContent = `It failed: ${news.message}`
    return
  }
  file = news.file
  run.disabled = false
  status.textContent += ` Trained: model.onnx has ${Math.ceil(file.length / 1024)} kB.`
}

// WebAssembly computes without a pause: in a worker the page stays quick.
function startTraining(): void {
  train.disabled = true
  status.textContent = 'Loading …'
  worker?.terminate()
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  worker.addEventListener('message', ({ data }: MessageEvent<News>) => show(data))
  worker.postMessage(choice.value)
}

/** Runs the trained file on examples that it has not seen. */
async function runFile(model: Uint8Array): Promise<void> {
  const network = await loadOnnx(model, { runtime })
  const test = pointSets(200, 'test')
  const { x, mask } = test.batch(Uint32Array.from({ length: test.length }, (_, i) => i))
  const { logits } = await network.run({ x, mask } as Parameters<typeof network.run>[0])
  const numbers = (await logits?.data()) as Float32Array
  const right = Array.from(test.labels).filter((label, i) => Number((numbers[2 * i + 1] as number) > (numbers[2 * i] as number)) === label)
  answer.textContent = `ONNX Runtime tells ${classes.join(' from ')} in ${right.length} of ${test.length} sets that it has not seen.`
  await network.dispose()
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  startTraining()
})
run.addEventListener('click', () => {
  if (file === undefined) return
  runFile(file).catch((error: unknown) => {
    answer.textContent = `It failed: ${String(error)}`
  })
})

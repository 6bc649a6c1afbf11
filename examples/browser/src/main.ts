import './style.css'
import { type BackendName, backendTitles } from './backends.ts'
import { drawChart, type Point, Trace } from './chart.ts'
import type { News, Order } from './messages.ts'
import { type Example, examplesOf, runFile } from './run-file.ts'
import { type TaskName, tasks } from './tasks.ts'

const element = <T extends Element = HTMLElement>(id: string): T => document.getElementById(id) as unknown as T
const field = (id: string): HTMLInputElement => element(id)
const button = (id: string): HTMLButtonElement => element(id)
const say = (id: string, text: string): void => {
  element(id).textContent = text
}

let worker: Worker | undefined
let file: Uint8Array<ArrayBuffer> | undefined
let losses = new Trace()
/** The highest of the first losses, where the chart ends. */
let highest = 0
let accuracies: Point[] = []
let steps: number | undefined
let done = 0
let epochs = 0
let drawing = 0

const chosenTask = (): TaskName => (document.querySelector('input[name=task]:checked') as HTMLInputElement).value as TaskName

function complain(text: string | undefined): void {
  element('message').hidden = text === undefined
  say('message', text ?? '')
  // On a narrow screen it would be out of sight.
  if (text !== undefined) element('message').scrollIntoView({ block: 'nearest' })
}

/** Draws both charts at the next frame, once, whatever has come in by then. */
function redraw(): void {
  cancelAnimationFrame(drawing)
  drawing = requestAnimationFrame(() => {
    const curves = [{ points: losses.raw, look: 'raw' as const }, { points: losses.smooth }]
    drawChart(element('loss-chart'), { curves, right: steps, top: highest || 1 })
    drawChart(element('accuracy-chart'), { curves: [{ points: accuracies, look: 'dots' }], right: steps, top: 1, percent: true })
  })
}

function setBusy(busy: boolean): void {
  button('train').disabled = busy
  button('stop').disabled = !busy
  element('progress').hidden = !busy
}

/** How far the run is; unknown while it starts. */
function showProgress(step: number): void {
  if (steps !== undefined) element<HTMLProgressElement>('progress').value = step / steps
}

/** A small number, as one writes it by hand. */
const power = (value: number): string => {
  const [digits, exponent] = value.toExponential(1).split('e')
  return value === 0 ? '0' : `${digits} · 10<sup>${Number(exponent)}</sup>`
}

function showExamples(examples: readonly Example[]): void {
  element('gallery').innerHTML = examples
    .map(({ picture, predicted, truth }) => {
      const label =
        predicted === undefined
          ? truth
          : predicted === truth
            ? `<span class="right">${predicted} ✓</span>`
            : `<span class="wrong">${predicted} ✗</span> ${truth}`
      return `<div><svg viewBox="0 0 100 100" aria-hidden="true">${picture}</svg>${label}</div>`
    })
    .join('')
}

/** Forgets what an earlier run or another task left on the page. */
function clear(): void {
  complain(undefined)
  file = undefined
  ;[losses, highest, accuracies, steps] = [new Trace(), 0, [], undefined]
  element<HTMLProgressElement>('progress').removeAttribute('value')
  for (const id of ['loss', 'accuracy', 'equivariance']) say(id, '–')
  say('outcome', 'Some of the examples, with what they are:')
  showExamples(examplesOf(tasks[chosenTask()]))
  button('run').disabled = true
  button('download').disabled = true
  say('download', 'Download model.onnx')
  redraw()
}

function offer(bytes: Uint8Array<ArrayBuffer>): void {
  file = bytes
  button('download').disabled = false
  say('download', `Download model.onnx (${Math.ceil(bytes.length / 1024)} kB)`)
  button('run').disabled = false
}

function download(bytes: Uint8Array<ArrayBuffer>): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
  link.download = 'model.onnx'
  link.click()
  URL.revokeObjectURL(link.href)
}

function show(news: News): void {
  if (news.type === 'started') {
    steps = news.steps
    const on = news.device === undefined ? '' : `, on ${news.device}`
    say('status', `${news.parameters.toLocaleString('en')} parameters, ${news.steps} steps${on}.`)
  } else if (news.type === 'step') {
    losses.add([news.step, news.loss])
    if (news.step <= 20) highest = Math.max(highest, news.loss, 0.1)
    done = news.step
    showProgress(done)
    redraw()
  } else if (news.type === 'epoch') {
    accuracies.push([news.step, news.accuracy])
    say('loss', news.loss.toFixed(3))
    say('accuracy', `${(100 * news.accuracy).toFixed(1)} %`)
    element('equivariance').innerHTML = power(news.equivariance)
    element('equivariance').dataset.value = String(news.equivariance)
    say('status', `Epoch ${news.epoch} of ${epochs}: ${news.seconds.toFixed(1)} s, step ${news.step} of ${steps}.`)
    redraw()
  } else if (news.type === 'trained') {
    offer(news.file)
    say('status', `Trained: ${done} of ${steps} steps. The file is ready.`)
    setBusy(false)
  } else fail(news.message)
}

/** A worker that failed may hold a GPU that is gone: the next run gets a new one. */
function fail(text: string): void {
  worker?.terminate()
  worker = undefined
  complain(text)
  say('status', 'Stopped by an error.')
  setBusy(false)
}

function train(): void {
  clear()
  setBusy(true)
  ;[done, epochs] = [0, field('epochs').valueAsNumber]
  say('status', 'Loading the backend …')
  worker?.terminate()
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  worker.addEventListener('message', ({ data }: MessageEvent<News>) => show(data))
  worker.addEventListener('error', (event) => fail(event.message || 'The worker could not be loaded.'))
  const order: Order = {
    type: 'train',
    task: chosenTask(),
    backend: element<HTMLSelectElement>('backend').value as BackendName,
    epochs,
    seed: field('seed').valueAsNumber,
  }
  worker.postMessage(order)
}

async function run(bytes: Uint8Array, name: string): Promise<void> {
  complain(undefined)
  say('outcome', 'Loading ONNX Runtime …')
  const task = tasks[chosenTask()]
  try {
    const { accuracy, milliseconds, examples } = await runFile(name, bytes, task)
    say(
      'outcome',
      `${name}: ${(100 * accuracy).toFixed(1)} % right of ${examples.total} unseen examples, in ${milliseconds.toFixed(0)} ms.`,
    )
    showExamples(examples.shown)
  } catch (error) {
    say('outcome', '')
    element('gallery').replaceChildren()
    complain(error instanceof Error ? error.message : String(error))
  }
}

function chooseTask(): void {
  field('epochs').value = String(tasks[chosenTask()].epochs)
  if (worker === undefined || button('stop').disabled) clear()
}

element('tasks').insertAdjacentHTML(
  'beforeend',
  Object.entries(tasks)
    .map(
      ([name, task], i) =>
        `<label><input type="radio" name="task" value="${name}" ${i === 0 ? 'checked' : ''}><strong>${task.title}</strong><small>${task.description}</small></label>`,
    )
    .join(''),
)
element('backend').innerHTML = Object.entries(backendTitles)
  .map(([name, title]) => `<option value="${name}">${title}</option>`)
  .join('')
element('tasks').addEventListener('change', chooseTask)
element('controls').addEventListener('submit', (event) => {
  event.preventDefault()
  train()
})
button('stop').addEventListener('click', () => worker?.postMessage({ type: 'stop' } satisfies Order))
button('download').addEventListener('click', () => {
  if (file !== undefined) download(file)
})
button('run').addEventListener('click', () => {
  if (file !== undefined) void run(file, 'model.onnx')
})
field('file').addEventListener('change', async ({ target }) => {
  const [chosen] = (target as HTMLInputElement).files ?? []
  if (chosen !== undefined) await run(new Uint8Array(await chosen.arrayBuffer()), chosen.name)
  ;(target as HTMLInputElement).value = ''
})
chooseTask()

import './style.css'
import * as ort from 'onnxruntime-web/wasm'
import { type Atoms, parseXyz } from './atoms.ts'
import { drawAtoms, drawLines } from './draw.ts'
import { driftOf } from './drift.ts'
import { velocityVerlet } from './dynamics.ts'
import { loadForceField, type OnnxForceField } from './force-field.ts'
import { thermalStart } from './thermal.ts'
import { MEV, temperatureOf } from './units.ts'

// A page has threads only if its host sends special headers; one is enough for a small molecule.
ort.env.wasm.numThreads = 1

const element = <T extends Element = HTMLElement>(id: string): T => document.getElementById(id) as unknown as T
const field = (id: string): HTMLInputElement => element(id)
const button = (id: string): HTMLButtonElement => element(id)
const say = (id: string, text: string): void => {
  element(id).textContent = text
}

/** What is loaded so far. */
let model: { readonly name: string; readonly bytes: Uint8Array } | undefined
let atoms: Atoms | undefined
let forceField: OnnxForceField | undefined
let isStopped = false

function complain(text: string | undefined): void {
  element('message').hidden = text === undefined
  say('message', text ?? '')
}

/** Does something, and shows what went wrong. @param name - of the file that it is about. */
async function attempt(name: string, action: () => Promise<void>): Promise<void> {
  complain(undefined)
  try {
    await action()
  } catch (error) {
    complain(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Opens the force field once there are both files. */
async function open(): Promise<void> {
  await forceField?.release()
  forceField = undefined
  button('run').disabled = true
  if (atoms !== undefined) drawAtoms(element('view'), atoms)
  if (model === undefined || atoms === undefined) return
  forceField = await loadForceField(ort, model.bytes, atoms)
  button('run').disabled = false
  say('loaded', `${model.name}, ${atoms.elements.length} atoms.`)
  say('status', 'Ready.')
}

async function openModel(name: string, bytes: Uint8Array): Promise<void> {
  model = { name, bytes }
  await open()
}

async function openAtoms(text: string): Promise<void> {
  atoms = parseXyz(text)
  await open()
}

/** The energies of each step from the start on, in meV per atom. */
class Energies {
  readonly potential: number[] = []
  readonly kinetic: number[] = []
  readonly total: number[] = []

  add(potential: number, kinetic: number): void {
    this.potential.push(potential)
    this.kinetic.push(kinetic)
    this.total.push(potential + kinetic)
  }
}

const changes = (values: readonly number[]): number[] => values.map((value) => value - (values[0] as number))

function show({ potential, kinetic, total }: Energies, { steps, step }: { steps: number; step: number }): void {
  const time = { steps, end: steps * step }
  const lines = [
    { values: changes(potential), color: '--ink' },
    { values: changes(kinetic), color: '--kinetic' },
    { values: changes(total), color: '--accent' },
  ]
  drawLines(element('energies'), lines, time)
  drawLines(element('error'), lines.slice(2), time)
  const { drift, fluctuation } = driftOf(total)
  for (const [id, value] of Object.entries({ drift, fluctuation })) {
    say(id, value.toPrecision(2))
    element(id).dataset.value = String(value)
  }
}

async function run(
  field: OnnxForceField,
  moving: Atoms,
  options: Record<'temperature' | 'step' | 'seed' | 'steps', number>,
): Promise<void> {
  const [count, { steps, step }] = [moving.elements.length, options]
  const energies = new Energies()
  let drawn = Number.NEGATIVE_INFINITY
  for await (const { positions, potential, kinetic } of velocityVerlet(field, thermalStart(moving, options))) {
    energies.add((MEV * potential) / count, (MEV * kinetic) / count)
    const done = energies.total.length - 1
    const isLast = done >= steps || isStopped
    if (isLast || performance.now() - drawn > 50) {
      drawn = performance.now()
      show(energies, options)
      drawAtoms(element('view'), { ...moving, positions })
      say('now', temperatureOf(kinetic, count).toFixed(0))
      say('status', `${isLast ? 'Done' : 'Running'}: ${done} of ${steps} steps, ${(done * step) / 1000} ps.`)
      // WebAssembly computes without a pause: without one, the page would not be drawn, and nobody could stop it.
      await new Promise((resolve) => setTimeout(resolve))
    }
    if (isLast) return
  }
}

async function start(): Promise<void> {
  if (forceField === undefined || atoms === undefined) return
  isStopped = false
  const number = (id: string): number => field(id).valueAsNumber
  const options = { temperature: number('temperature'), step: number('step'), seed: number('seed'), steps: number('steps') }
  const idle = ['run', 'model', 'atoms'].map((id) => element<HTMLButtonElement | HTMLInputElement>(id))
  for (const each of idle) each.disabled = true
  button('stop').disabled = false
  say('status', 'Running …')
  const [chosen, moving] = [forceField, atoms]
  await attempt(model?.name ?? '', () => run(chosen, moving, options))
  for (const each of idle) each.disabled = false
  button('stop').disabled = true
}

const fileOf = ({ target }: Event): File | undefined => (target as HTMLInputElement).files?.[0]
field('model').addEventListener('change', async (event) => {
  const file = fileOf(event)
  if (file !== undefined) await attempt(file.name, async () => openModel(file.name, new Uint8Array(await file.arrayBuffer())))
})
field('atoms').addEventListener('change', async (event) => {
  const file = fileOf(event)
  if (file !== undefined) await attempt(file.name, async () => openAtoms(await file.text()))
})
element('controls').addEventListener('submit', (event) => {
  event.preventDefault()
  void start()
})
button('stop').addEventListener('click', () => {
  isStopped = true
})

/** Loads what `npm run train` left beside the page. A host that has nothing may answer with a page of its own. */
async function loadOwn(): Promise<void> {
  const [ownModel, ownAtoms] = await Promise.all(['model.onnx', 'start.xyz'].map((name) => fetch(name)))
  if (!ownModel?.ok || !ownAtoms?.ok || ownAtoms.headers.get('content-type')?.includes('html')) return
  await attempt('start.xyz', async () => openAtoms(await ownAtoms.text()))
  await attempt('model.onnx', async () => openModel('model.onnx', new Uint8Array(await ownModel.arrayBuffer())))
}
void loadOwn()

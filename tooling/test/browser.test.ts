import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onnxBackend } from '@equivar/backend-onnx'
import { program } from '@equivar/tensor'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { caseInputs, operatorCases } from '../../packages/tensor/test/operator-cases.ts'
import { type BackendName, backendNames, nodeBackends } from '../browser/backend-names.ts'
import { bundleTestPage, bundleTestProcess } from '../browser/bundle.ts'
import { describeInChromium } from '../browser/chromium.ts'
import { pageHost, processHost } from '../browser/hosts.ts'
import { type TestModel, testModels, trainedModels, trainSteps } from '../browser/models.ts'
import { type FileServer, serve } from '../browser/server.ts'
import { Session } from '../browser/session.ts'
import { softwareVulkan } from '../scripts/chromium.js'
import { root } from './workspace.ts'

/** Largest difference of a value or a derivative from the float64 reference. The functions of a GPU are less exact. */
const tolerance = (backend: BackendName): number => (/webgl|webgpu/.test(backend) ? 1e-4 : 1e-5)
const STEPS = 50
/** GPUs in software take a second for a step: the tests give them fewer steps and narrower models than the documented table. */
const isSpared = (backend: BackendName): boolean => /webgl|webgpu/.test(backend) && process.env.EQUIVAR_PARITY === undefined
/** Seconds for one operator; the first of a kind compiles shaders. */
const PATIENCE = 30
/** Seconds for a model. */
const LONG_PATIENCE = 4 * PATIENCE

const worst: Partial<Record<BackendName, Record<string, number>>> = {}
const trainingOf = (name: TestModel): string => `training ${name}`
const keep = (backend: BackendName, what: string, difference: number): void => {
  const row = worst[backend] ?? {}
  worst[backend] = { ...row, [what]: Math.max(row[what] ?? 0, difference) }
}

const introduction = [
  '# Backends against the reference',
  '',
  'What `tooling/test/browser.test.ts` measured, in Chromium and in Node; `EQUIVAR_PARITY=tooling/browser/parity.md` writes it down. The largest',
  'difference from the float64 reference, as a part of the largest magnitude (1 at least): of every operator, value and derivative, and of the exported',
  'files of five models. WebGL and WebGPU ran on SwiftShader, a software adapter. Where ONNX Runtime 1.30 is wrong on WebGPU, `backend-onnx` leaves',
  'single operators to the cpu.',
  '',
]
const trainingIntroduction = [
  '',
  `The largest difference of a loss from that of ONNX Runtime in Node, over ${STEPS} steps of Adam from the same first values (ign in narrower layers than`,
  'published):',
  '',
]

const rowsOf = (columns: readonly string[], heads = columns): string[] => {
  const cell = (value: number | undefined): string => (value === undefined ? '' : value.toExponential(0))
  const rows = Object.entries(worst).map(([name, row]) => `| ${[name, ...columns.map((column) => cell(row[column]))].join(' | ')} |`)
  return [`| backend | ${heads.join(' | ')} |`, `|${' --- |'.repeat(columns.length + 1)}`, ...rows]
}

/** The tables that the documentation shows. */
function report(): string {
  const training = rowsOf(trainedModels.map(trainingOf), trainedModels)
  const models = rowsOf(['operators', ...testModels])
  return [...introduction, ...models, ...trainingIntroduction, ...training, ''].join('\n')
}

/** Cases in which a node tells a size when it runs. */
const telling = operatorCases.flatMap((each) => {
  const inputs = caseInputs(each)
  const { nodes } = program({ inputs, outputs: { y: each.build(inputs) } })
  return nodes.some((node) => node.has('telling')) ? [each.name] : []
})

/** A backend that is not there is an error in CI; elsewhere its tests are skipped, and their titles say why. */
function titled(backend: BackendName): [title: string, backend: BackendName, missing: boolean] {
  const missing = backend === 'onnxruntime-node webgpu' && process.env.CI !== 'true' && softwareVulkan() === undefined
  return [missing ? `${backend} (no driver: install Debian's chromium or name one in $VK_DRIVER_FILES)` : backend, backend, missing]
}

describeInChromium('in Chromium and in Node', () => {
  let server: FileServer
  let folder = ''
  let processFolder = ''
  let script = ''
  const references = new Map<TestModel, readonly number[]>()

  beforeAll(async () => {
    folder = mkdtempSync(join(root, 'node_modules/.browser-'))
    server = await serve(await bundleTestPage(folder))
    // Where onnxruntime-node is found.
    processFolder = mkdtempSync(join(root, 'packages/backend-onnx/node_modules/.process-'))
    script = await bundleTestProcess(processFolder)
    for (const name of trainedModels) references.set(name, (await trainSteps(onnxBackend({ threads: 1 }), name, STEPS)).losses)
  }, 120_000)

  afterAll(async () => {
    await server?.close()
    for (const made of [folder, processFolder]) rmSync(made, { recursive: true, force: true })
    process.stdout.write(`\n${report()}`)
    if (process.env.EQUIVAR_PARITY !== undefined) writeFileSync(process.env.EQUIVAR_PARITY, report())
  })

  describe.each(backendNames.map(titled))('%s', (_, backend, missing) => {
    let session: Session
    beforeEach((context) => context.skip(missing))
    beforeAll(() => {
      const inNode = (nodeBackends as readonly string[]).includes(backend)
      session = new Session(() => (inNode ? processHost(script) : pageHost(server.url)), backend)
    })
    afterAll(() => session?.close())

    const refused = backend === 'tfjs webgpu' ? telling : []
    test.runIf(refused.length > 0)('numbers that tell sizes are refused', async () => {
      for (const name of refused) await expect(session.call('operator', [name], PATIENCE)).rejects.toThrow('cannot read numbers at once')
    })

    test.each(operatorCases.map(({ name }) => name).filter((name) => !refused.includes(name)))(
      '%s: value and derivative equal the reference, and no tensor is left',
      async (name) => {
        const { difference, leaked } = await session.call('operator', [name], PATIENCE)
        expect(leaked).toBe(0)
        expect(difference).toBeLessThan(tolerance(backend))
        keep(backend, 'operators', difference)
      },
    )

    test.each(testModels)('the exported file of the model %s gives what the reference gives', async (name) => {
      const difference = await session.call('model', [name, { narrow: isSpared(backend) }], LONG_PATIENCE)
      expect(difference).toBeLessThan(tolerance(backend))
      keep(backend, name, difference)
    })

    describe('training', () => {
      const steps = isSpared(backend) ? 6 : STEPS
      test.each(trainedModels)(`${steps} steps of %s give the losses of the reference, and no tensor is left`, async (name) => {
        const { losses, leaked } = await session.call('train', [name, steps], LONG_PATIENCE)
        expect(leaked).toBe(0)
        const reference = references.get(name) ?? []
        expect(losses).toHaveLength(steps)
        const differences = losses.map((loss, i) => Math.abs(loss - (reference[i] as number)))
        expect(Math.max(...differences)).toBeLessThan(1e-3)
        keep(backend, trainingOf(name), Math.max(...differences))
      })
    })
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onnxBackend } from '@equivar/backend-onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operatorCases } from '../../packages/tensor/test/operator-cases.ts'
import { type BackendName, backendNames } from '../browser/backend-names.ts'
import { bundleTestPage } from '../browser/bundle.ts'
import { describeInChromium } from '../browser/chromium.ts'
import { limits, noTraining } from '../browser/limits.ts'
import { type TestModel, testModels, trainedModels, trainSteps } from '../browser/models.ts'
import { type FileServer, serve } from '../browser/server.ts'
import { Session } from '../browser/session.ts'
import { root } from './workspace.ts'

/** Largest difference of a value or a derivative from the float64 reference. The functions of a GPU are less exact. */
const tolerance = (backend: BackendName): number => (/webgl|webgpu/.test(backend) ? 1e-4 : 1e-5)
const STEPS = 50
/** Seconds for one operator or model; the first of a kind compiles shaders. */
const PATIENCE = 30

const worst: Partial<Record<BackendName, Record<string, number>>> = {}
const keep = (backend: BackendName, what: string, difference: number): void => {
  const row = worst[backend] ?? {}
  worst[backend] = { ...row, [what]: Math.max(row[what] ?? 0, difference) }
}

const introduction = [
  '# Backends in the browser',
  '',
  'What `tooling/test/browser.test.ts` measured in Chromium; `EQUIVAR_PARITY=tooling/browser/parity.md` writes it down. The largest difference from',
  'the float64 reference, as a part of the largest magnitude (1 at least): of every operator, value and derivative, and of the exported files of five',
  'models. WebGL and WebGPU ran on SwiftShader, a software adapter. The training of four models, 50 steps, gives the losses of ONNX Runtime in Node',
  'within 1e-3 on all of them, but for ign on WebGPU, which is not measured: the software adapter takes seconds a step.',
  '',
]

/** The table that the documentation shows. */
function table(): string {
  const columns = ['operators', ...testModels]
  const cell = (value: number | undefined): string => (value === undefined ? '' : value.toExponential(0))
  const rows = Object.entries(worst).map(([name, row]) => `| ${[name, ...columns.map((column) => cell(row[column]))].join(' | ')} |`)
  const head = [`| backend | ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length + 1)}`]
  const reasons = new Map<string, Map<string, string[]>>()
  for (const [name, cases] of Object.entries(limits))
    for (const [operator, reason] of Object.entries(cases)) {
      const places = reasons.get(reason) ?? new Map<string, string[]>()
      reasons.set(reason, places.set(name, [...(places.get(name) ?? []), operator]))
    }
  const missing = [...reasons].map(
    ([reason, places]) => `- ${[...places].map(([name, operators]) => `${operators.join(' and ')} on ${name}`).join('; ')}: ${reason}.`,
  )
  return [...introduction, ...head, ...rows, '', 'Not right, or not there:', '', ...missing, ''].join('\n')
}

describeInChromium('in Chromium', () => {
  let server: FileServer
  let folder = ''
  const references = new Map<TestModel, readonly number[]>()

  beforeAll(async () => {
    folder = mkdtempSync(join(root, 'node_modules/.browser-'))
    server = await serve(await bundleTestPage(folder))
    for (const name of trainedModels) references.set(name, (await trainSteps(onnxBackend({ threads: 1 }), name, STEPS)).losses)
  }, 120_000)

  afterAll(async () => {
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
    process.stdout.write(`\n${table()}`)
    if (process.env.EQUIVAR_PARITY !== undefined) writeFileSync(process.env.EQUIVAR_PARITY, table())
  })

  describe.each(backendNames)('%s', (backend) => {
    let session: Session
    beforeAll(() => {
      session = new Session(server.url, backend)
    })
    afterAll(() => session?.close())

    for (const { name } of operatorCases) {
      const limit = limits[backend]?.[name]
      test(`${name}: ${limit ?? 'value and derivative equal the reference, and no tensor is left'}`, async () => {
        const holds = session.call('operator', [name], PATIENCE).then(({ difference, leaked }) => {
          expect(leaked).toBe(0)
          expect(difference).toBeLessThan(tolerance(backend))
          keep(backend, 'operators', difference)
        })
        // A limit that is gone must go from the list.
        await (limit === undefined ? holds : expect(holds, 'works now: take it off the list of limits').rejects.toThrow())
      })
    }

    test.each(testModels)('the exported file of the model %s gives what the reference gives', async (name) => {
      const difference = await session.call('model', [name], PATIENCE)
      expect(difference).toBeLessThan(tolerance(backend))
      keep(backend, name, difference)
    })

    describe('training', () => {
      for (const name of trainedModels) {
        const reason = noTraining[backend]?.[name]
        test.skipIf(reason !== undefined)(
          `${STEPS} steps of ${name}: ${reason ?? 'the losses of ONNX Runtime in Node, and no tensor is left'}`,
          async () => {
            const { losses, leaked } = await session.call('train', [name, STEPS], 4 * PATIENCE)
            expect(leaked).toBe(0)
            references.get(name)?.forEach((loss, i) => {
              expect(Math.abs((losses[i] as number) - loss), `step ${i}`).toBeLessThan(1e-3)
            })
          },
        )
      }
    })
  })
})

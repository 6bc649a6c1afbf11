import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { bundleTestPage } from '../browser/bundle.ts'
import { pageHost } from '../browser/hosts.ts'
import { type FileServer, serve } from '../browser/server.ts'
import { Session } from '../browser/session.ts'
import { root } from './workspace.ts'

/** Sets, their elements, samples: small, since TensorFlow.js in JavaScript takes seconds even so. */
const SHAPE = [2, 25, 100] as const

describe.skipIf(process.env.EQUIVAR_BENCH === undefined)(
  'a step of the signals model against one written by hand ($EQUIVAR_BENCH is not set)',
  () => {
    let server: FileServer
    let folder = ''
    beforeAll(async () => {
      folder = mkdtempSync(join(root, 'node_modules/.browser-'))
      server = await serve(await bundleTestPage(folder))
    })
    afterAll(async () => {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    })

    test.each(['tfjs cpu', 'tfjs wasm', 'tfjs webgl'] as const)('%s', async (backend) => {
      const session = new Session(() => pageHost(server.url), backend)
      const { equivar, byHand } = await session.call('compare', [SHAPE], 110)
      process.stdout.write(
        `${backend}: Equivar ${equivar.toFixed(0)} ms, by hand ${byHand === null ? 'not possible' : `${byHand.toFixed(0)} ms`}\n`,
      )
      await session.close()
    })
  },
)

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { expectSameAnswers, files } from '../../apps/infer/test/answers.ts'
import { writeModel } from '../../apps/infer/test/models.ts'
import { servers } from '../../apps/infer/test/running.ts'
import { softwareVulkan } from '../scripts/chromium.js'

const folder = mkdtempSync(join(tmpdir(), 'equivar-web-gpu-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const started = servers()

/** The driver for Vulkan that Debian's Chromium carries. It is an error in CI that there is none. */
const driver = softwareVulkan()
const missing = driver === undefined && process.env.CI !== 'true'

test.skipIf(missing)(
  `on WebGPU, a software adapter, the answers are those of the cpu${missing ? " (skipped: no driver; install Debian's chromium)" : ''}`,
  async () => {
    for (const [name, bytes] of Object.entries(files)) writeModel(join(folder, `${name}.onnx`), bytes)
    expect(driver).toBeDefined()
    const server = await started(folder, ['--device', 'webgpu'], driver)
    await expectSameAnswers(server.url, { count: 60, callers: 6, tolerance: 1e-4 })
  },
  180_000,
)

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { scalingModel, writeModel } from './models.ts'
import { start } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-command-'))
const model = join(folder, 'm.onnx')
writeModel(model, scalingModel(2))
writeFileSync(join(folder, 'broken.onnx'), 'no model')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Where there is a GPU, it is hidden from the commands: what they say without one is the same everywhere.
process.env.CUDA_VISIBLE_DEVICES = '-1'

async function ended(args: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = start(args)
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (data) => {
    stdout += data
  })
  child.stderr?.on('data', (data) => {
    stderr += data
  })
  const [status] = await once(child, 'close')
  return { status: status as number | null, stdout, stderr }
}

test.each([
  [['serve', join(folder, 'none')], 'expected an ONNX file or a folder of models, found none'],
  [['serve', model, '--port', '70000'], 'Expected a whole number from 0 to 65535.'],
  [['serve', model, '--max-body', 'much'], 'Expected bytes, as 1048576, 64k or 32M.'],
  [['serve', model, '--device', 'tpu'], 'Allowed choices are cpu, cuda, webgpu.'],
  [['serve', model, '--tls-cert', 'a.pem'], 'expected --tls-cert and --tls-key together, received one of them'],
  [['serve', model, '--tls-cert', 'a.pem', '--tls-key', 'b.pem'], 'a.pem: expected the certificate in PEM, could not read it'],
  [['serve', model, '--allow-origin', 'example.org/page'], 'Expected an origin, as https://example.org'],
  [['serve', model, '--token', ''], 'expected a token without spaces'],
  [['serve', model, '--token-file', join(folder, 'none')], 'expected a file with the token, could not read it'],
])('%j: status 2, and one line that says what is wrong', async (args, message) => {
  const { status, stdout, stderr } = await ended(args)
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^equivar-infer: .*\n$/)
  expect(stderr).toContain(message)
})

test.each([
  [[model, '--device', 'cuda', '--port', '0'], 'the device "cuda" is not available here'],
  [[join(folder, 'broken.onnx'), '--port', '0'], 'expected a complete ONNX model'],
])('%j: status 1, and why', async (args, message) => {
  const { status, stdout, stderr } = await ended(['serve', '--log-level', 'silent', ...args])
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^equivar-infer: .*\n$/)
  expect(stderr).toContain(message)
})

test('it says in one line where it listens and what it serves; warns who may ask; Ctrl-C drains', async () => {
  const child = start(['serve', model, '--port', '0', '--host', '0.0.0.0', '--workers', '1'])
  let stderr = ''
  child.stderr?.on('data', (data) => {
    stderr += data
  })
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  expect(line.toString()).toMatch(/^equivar-infer listens on http:\/\/0\.0\.0\.0:\d+: m\/1 on cpu\n$/)
  child.kill('SIGINT')
  const [status] = await once(child, 'close')
  expect(status).toBe(0)
  expect(stderr).toContain('equivar-infer: 0.0.0.0 can be reached by others, and no token is asked for; see --token-file')
  expect(stderr).toContain('"msg":"drained"')
})

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

// Hides a GPU from the commands, so that their output is the same on every machine.
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
  [['serve', model, '--max-body', 'much'], 'Expected a number of bytes such as 1048576, 64k or 32M.'],
  [['serve', model, '--device', 'tpu'], 'Allowed choices are cpu, cuda, webgpu.'],
  [['serve', model, '--tls-cert', 'a.pem'], 'expected both --tls-cert and --tls-key, received one of them'],
  [['serve', model, '--tls-cert', 'a.pem', '--tls-key', 'b.pem'], 'a.pem: expected the certificate in PEM format, but could not read it'],
  [['serve', model, '--allow-origin', 'example.org/page'], 'Expected an origin such as https://example.org'],
  [['serve', model, '--token', ''], 'expected a token, neither empty nor with spaces'],
  [['serve', model, '--token-file', join(folder, 'none')], 'expected a file with the token, but could not read it'],
])('%j: exit status 2, and one line with the reason', async (args, message) => {
  const { status, stdout, stderr } = await ended(args)
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^equivar-infer: .*\n$/)
  expect(stderr).toContain(message)
})

test.each([
  [[model, '--device', 'cuda', '--port', '0'], 'the device "cuda" is not available here'],
  [[join(folder, 'broken.onnx'), '--port', '0'], 'expected a complete ONNX model'],
])('%j: exit status 1, and the reason', async (args, message) => {
  const { status, stdout, stderr } = await ended(['serve', '--log-level', 'silent', ...args])
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^equivar-infer: .*\n$/)
  expect(stderr).toContain(message)
})

test('it prints its address and models in one line, warns if no token is required, and drains on Ctrl-C', async () => {
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
  expect(stderr).toContain('equivar-infer: other machines can reach 0.0.0.0, and no token is required; see --token-file')
  expect(stderr).toContain('"msg":"drained"')
})

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { serveCommand } from '../src/command.ts'
import type { ServeOptions } from '../src/options.ts'
import { scalingModel, writeModel } from './models.ts'
import { running } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-deployment-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8')
const containerfile = read('container/Containerfile')

/** The JSON array of an instruction in the container file. */
const instruction = (pattern: RegExp): string[] => JSON.parse(containerfile.match(pattern)?.[1] ?? '[]') as string[]

/** The options that the command parses from these arguments. */
async function understood(args: readonly string[]): Promise<ServeOptions | undefined> {
  let options: ServeOptions | undefined
  const command = serveCommand(async (given) => {
    options = given
  })
  await command.exitOverride().parseAsync(args.slice(1), { from: 'user' })
  return options
}

test('the container serves its models on all addresses, as an unprivileged user', async () => {
  expect(await understood(instruction(/^CMD (.*)$/m))).toMatchObject({ models: '/models', host: '0.0.0.0', port: 8080 })
  expect(containerfile.lastIndexOf('\nUSER node')).toBeGreaterThan(containerfile.lastIndexOf('\nFROM'))
  expect(instruction(/^ENTRYPOINT (.*)$/m).at(-1)).toMatch(/@equivar\/infer\/bin\/equivar-infer\.js$/)
})

test("the container's health check succeeds for a ready server and fails without one", async () => {
  const [, ...args] = instruction(/^ {2}CMD (.*)$/m)
  const health = (url: string): Promise<number> =>
    promisify(execFile)(
      process.execPath,
      args.map((arg) => arg.replace('http://127.0.0.1:8080', url)),
    ).then(
      () => 0,
      (error: { code: number }) => error.code,
    )
  writeModel(join(folder, 'm.onnx'), scalingModel(1))
  const server = await running(folder)
  expect(await health(server.url)).toBe(0)
  await server.stop()
  expect(await health(server.url)).toBe(1)
})

test('the systemd unit uses valid options, and the right signals to reload and stop', async () => {
  const unit = read('systemd/equivar-infer.service')
  const token = join(folder, 'token')
  writeModel(token, Buffer.from('secret'))
  const [, line = ''] = /^ExecStart=\/usr\/bin\/env equivar-infer (.*) \$OPTIONS$/m.exec(unit) ?? []
  const options = await understood(line.replace(/\$\{CREDENTIALS_DIRECTORY\}\/token/, token).split(' '))
  expect(options).toMatchObject({ models: '/srv/equivar/models', host: '127.0.0.1', token: 'secret' })
  expect(unit).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m)
  expect(unit).toMatch(/^KillMode=mixed$/m)
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { TensorValue } from '@equivar/tensor'
import { afterAll } from 'vitest'

const command = fileURLToPath(new URL('../bin/equivar-infer.js', import.meta.url))

/** The command in its own process. */
export interface Running {
  readonly url: string
  readonly process: ChildProcess
  /** Its standard error so far. */
  errors(): string
  /** Sends SIGTERM. @returns the exit status. */
  stop(): Promise<number | null>
}

/** Starts the command without waiting for it. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [command, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Starts a server on a free port of 127.0.0.1 and waits until it listens. */
export async function running(models: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const child = start(['serve', models, '--port', '0', '--json', '--workers', '1', ...args], env)
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const [first] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => ['null'])])
  const said = JSON.parse(first as string) as { url: string } | null
  if (said === null) throw new Error(`the server ended: ${errors}`)
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    return child.exitCode
  }
  return { url: said.url, process: child, errors: () => errors, stop }
}

/** A metric of a server; 0 if it has not appeared yet. @param name - with its labels if the metric has several values, as in `runs{model="m"}`. */
export async function metric({ url }: Running, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const line = text.split('\n').find((each) => each.startsWith(`equivar_infer_${name} `) || each.startsWith(`equivar_infer_${name}{`))
  return Number(line?.slice(line.lastIndexOf(' ')) ?? 0)
}

/** The process identifiers of a server's workers, in the order in which they became ready. None of them may have been replaced. */
export async function workersOf(server: Running): Promise<number[]> {
  const count = await metric(server, 'workers_ready')
  const logged = (): number[] => [...server.errors().matchAll(/"worker":(\d+),"msg":"a worker is ready"/g)].map(([, pid]) => Number(pid))
  await until(() => logged().length >= count, 'the log tells the workers')
  return logged()
}

/**
 * Runs `body` while the workers of a server stand still, so that requests wait however fast the machine is.
 *
 * @param body - receives the workers; it may end them.
 */
export async function whileHeld<Result>(server: Running, body: (workers: readonly number[]) => Promise<Result>): Promise<Result> {
  const workers = await workersOf(server)
  for (const worker of workers) process.kill(worker, 'SIGSTOP')
  try {
    return await body(workers)
  } finally {
    for (const worker of workers) {
      try {
        process.kill(worker, 'SIGCONT')
      } catch {
        // It has ended.
      }
    }
  }
}

/**
 * Environment of a server whose workers do not start while `file` exists.
 *
 * @param file - has no contents. Create it when the workers of the start are ready.
 */
export function startsWithout(file: string): Record<string, string> {
  const wait = `while (process.send !== undefined && existsSync(${JSON.stringify(file)})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)`
  const module = `import { existsSync } from 'node:fs'; ${wait}`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(module)}` }
}

/** As `running`; stops the servers after the tests of the file. */
export function servers(): typeof running {
  const started: Running[] = []
  afterAll(() => Promise.all(started.map((server) => server.stop())), 60_000)
  return async (...given) => {
    const server = await running(...given)
    started.push(server)
    return server
  }
}

const datatypes: Readonly<Record<string, string>> = { float32: 'FP32', int64: 'INT64', bool: 'BOOL', int32: 'INT32' }

/** Inputs in the protocol's JSON. */
export const jsonInputs = (values: Readonly<Record<string, TensorValue>>) =>
  Object.entries(values).map(([name, { dtype, shape, data }]) => ({
    name,
    datatype: datatypes[dtype] as string,
    shape,
    data: Array.from(data as Float32Array, (value) => (dtype === 'bool' ? Number(value) !== 0 : Number(value))),
  }))

/** A body of JSON followed by binary tensors, and the length of the JSON. */
export function binaryBody(values: Readonly<Record<string, TensorValue>>, request: object = {}): { body: Buffer; headerLength: number } {
  const parts = Object.values(values).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))
  const inputs = Object.entries(values).map(([name, { dtype, shape }], i) => ({
    name,
    datatype: datatypes[dtype],
    shape,
    parameters: { binary_data_size: parts[i]?.length },
  }))
  const header = Buffer.from(JSON.stringify({ ...request, inputs }))
  return { body: Buffer.concat([header, ...parts]), headerLength: header.length }
}

/** An answer of the protocol. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly json: {
    readonly error?: string
    readonly id?: string
    readonly model_version?: string
    readonly outputs?: { name: string; datatype: string; shape: number[]; data: number[]; parameters?: { binary_data_size: number } }[]
  }
}

/** POSTs a body. */
export async function post(
  url: string,
  body: string | Uint8Array | object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const response = await fetch(url, { method: 'POST', body: text as string, headers })
  return { status: response.status, headers: response.headers, json: (await response.json()) as Answer['json'] }
}

/** Waits until `reached` returns true. @throws Error after a time limit. */
export async function until(reached: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 1500; i++) {
    if (await reached()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`waited in vain until ${what}`)
}

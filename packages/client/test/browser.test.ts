import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { fakeServer, json, someAnswer } from './fake-server.ts'

const bundle = (contents: string) =>
  build({
    stdin: { contents, resolveDir: join(import.meta.dirname, '../src'), loader: 'ts' },
    bundle: true,
    format: 'iife',
    globalName: 'client',
    platform: 'browser',
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })

test('the package bundles for browsers without any module of Node or other packages', async () => {
  const { metafile } = await bundle("export * from './index.ts'")
  const inputs = Object.keys(metafile.inputs).filter((input) => input !== '<stdin>')
  expect(inputs.length).toBeGreaterThan(5)
  expect(inputs.filter((input) => !/(^|\/)src\/[\w-]+\.ts$/.test(input) || input.includes('node_modules'))).toEqual([])
})

test('negative control: an import of a Node module fails', async () => {
  await expect(bundle("export { readFileSync } from 'node:fs'")).rejects.toThrow(/node:fs/)
})

test('the bundle runs with the globals of browsers only', async () => {
  const { outputFiles } = await bundle("export * from './index.ts'")
  const { url } = await fakeServer((response) => json(response, 200, someAnswer))
  const { AbortController, fetch, performance, setTimeout, clearTimeout, TextDecoder, TextEncoder, URL } = globalThis
  const page = createContext({ AbortController, fetch, performance, setTimeout, clearTimeout, TextDecoder, TextEncoder, URL, address: url })
  runInContext(outputFiles[0]!.text, page)
  const answer = runInContext(
    "client.inferenceClient({ url: address }).infer('m', { x: { shape: [1], data: new Float32Array(1) } }, { encoding: 'binary' })",
    page,
  )
  expect([...(await answer).outputs.y.data]).toEqual([1, 2])
})

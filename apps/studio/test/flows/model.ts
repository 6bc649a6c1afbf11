import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { exportOnnx } from '@equivar/export-onnx'
import { add, input, program, reduceSum } from '@equivar/tensor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ModelProtoSchema, NodeProtoSchema } from '../../../../packages/export-onnx/src/generated/onnx_pb.ts'
import { describeInChromium } from '../../../../tooling/browser/chromium.ts'
import { type OpenStudio, openStudio } from '../open-studio.ts'

/** A file of a sum over elements. */
function sumFile(): Uint8Array {
  const x = input('x', 'float32', ['batch', 'n', 1])
  return exportOnnx(program({ inputs: { x }, outputs: { y: reduceSum(add(x, 1), { axis: 1 }) } }))
}

/** The same with an operator that no runtime has. */
function oddFile(): Uint8Array {
  const model = fromBinary(ModelProtoSchema, sumFile())
  model.graph?.node.push(create(NodeProtoSchema, { opType: 'Frobnicate', input: ['x'], output: ['z'] }))
  return toBinary(ModelProtoSchema, model)
}

describeInChromium('a model on the page', () => {
  let studio: OpenStudio
  const folder = mkdtempSync(join(tmpdir(), 'studio-'))
  const text = async (selector: string, pattern: RegExp): Promise<void> => {
    await expect.poll(() => studio.page.locator(selector).first().textContent(), { timeout: 20_000, interval: 50 }).toMatch(pattern)
  }
  const button = (name: string) => studio.page.getByRole('button', { name, exact: true })
  const bars = () => studio.page.locator('.bars').textContent()
  const choose = async (name: string, bytes: Uint8Array | string): Promise<void> => {
    writeFileSync(join(folder, name), bytes)
    await studio.page.locator('input[type=file]').setInputFiles(join(folder, name))
  }

  beforeAll(async () => {
    studio = await openStudio()
  }, 120_000)
  afterAll(async () => {
    await studio?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('an example: its symmetry is checked, its input is moved by hand and by the symmetry', async () => {
    await studio.go('#/model')
    await studio.picture('model-empty')
    await button('Points').click()
    await text('.checks .finding', /holds for \d+ elements/)
    await text('.latency', /ms, the median of 31 runs/)
    expect(await studio.link()).toMatch(/#\/model\?sample=points$/)
    const before = await bars()
    await button('Move the input by its symmetry').click()
    await text('.moved', /the answer stayed/)
    expect(await bars()).toBe(before)
    const point = studio.page.getByRole('button', { name: /^Point 3 at/ })
    const label = () => point.getAttribute('aria-label')
    const first = await label()
    await point.press('ArrowRight')
    await expect.poll(label).not.toBe(first)
    const place = await label()
    const { x, y } = (await point.boundingBox()) ?? { x: 0, y: 0 }
    await studio.page.mouse.move(x + 8, y + 8)
    await studio.page.mouse.down()
    await studio.page.mouse.move(x + 60, y + 40, { steps: 3 })
    await studio.page.mouse.up()
    await expect.poll(label).not.toBe(place)
    expect(await studio.accessFaults()).toEqual([])
    await studio.picture('model-points')
    expect(studio.complaints).toEqual([])
  })

  test('a network without symmetry fails the guess; a graph is drawn by keys; an image is painted', async () => {
    await studio.go('#/model?sample=plain')
    await text('.checks .finding', /✗ fails: logits differs by .* for S: /)
    await button('Move the input by its symmetry').click()
    await text('.moved', /the answer changed/)
    await button('Graphs').click()
    const graph = studio.page.getByRole('group', { name: /^The graph of adj/ })
    const edges = async (): Promise<number> => Number(/(\d+) edges/.exec((await graph.getAttribute('aria-label')) ?? '')?.[1])
    await graph.waitFor()
    const [some, answer] = [await edges(), await bars()]
    await graph.getByRole('button').first().press('Enter')
    await graph.getByRole('button').nth(1).press('Enter')
    await expect.poll(async () => Math.abs((await edges()) - some)).toBe(1)
    await expect.poll(bars).not.toBe(answer)
    expect(await studio.accessFaults()).toEqual([])
    await button('Images').click()
    const image = studio.page.getByRole('application', { name: /^x: 14 rows/ })
    await image.focus()
    await image.press('ArrowDown')
    await image.press('Enter')
    await expect.poll(() => studio.page.getByLabel(/^Row 1, column 0/).inputValue()).toBe('1')
    expect(await studio.accessFaults()).toEqual([])
    expect(studio.complaints).toEqual([])
  })

  test('what cannot be opened is a message, and the model before it stays; a file of one’s own is checked by an own claim', async () => {
    await choose('poem.onnx', 'a poem')
    await text('.model > .alert', /poem.onnx: expected a complete ONNX model/)
    await choose('odd.onnx', oddFile())
    await text('.model > .alert', /Frobnicate/)
    expect(await studio.page.locator('.facts h2').textContent()).toBe('images-untrained.onnx')
    await choose('sum.onnx', sumFile())
    await text('.facts h2', /sum.onnx/)
    expect(await studio.page.getByRole('alert').filter({ hasText: /./ }).count()).toBe(0)
    await text('.checks .finding', /holds/)
    await studio.page.getByLabel('n', { exact: true }).fill('5')
    await studio.page.keyboard.press('Enter')
    await text('.input h3', /\[1, 5, 1\]/)
    await studio.page.getByText('Check another symmetry').click()
    await studio.page.getByLabel(/^input x/).fill('S7 on axis 1')
    await button('Check this symmetry').click()
    await text('.checks .finding', /expected axis 1 of size 7/)
    await studio.page.getByLabel(/^input x/).fill('a dance')
    await button('Check this symmetry').click()
    await text('.checks form [role=alert]', /expected a group and its axes/)
    expect(studio.complaints).toEqual([])
  })

  test('a trained network is handed over from the page that trains, and a link to no example says so', async () => {
    await studio.go('#/train?task=points&steps=20')
    await button('Train both').click()
    await button('Run the symmetric model').click()
    await text('.facts h2', /points-symmetric.onnx/)
    await text('.checks .finding', /holds/)
    await studio.go('#/model?sample=poem')
    await text('.model > .alert', /“poem”/)
    expect(studio.complaints).toEqual([])
  })
})

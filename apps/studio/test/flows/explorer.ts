import { readFileSync } from 'node:fs'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeInChromium } from '../../../../tooling/browser/chromium.ts'
import { type OpenStudio, openStudio } from '../open-studio.ts'

describeInChromium('the symmetry explorer', () => {
  let studio: OpenStudio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = studio.page
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  }, 120_000)
  afterAll(() => studio?.close())

  const group = (): Locator => page.getByRole('textbox', { name: 'Group' })
  const count = (): Locator => page.locator('.count')
  const readout = (): Locator => page.locator('.readout')
  const open = async (state: string): Promise<void> => {
    await studio.go('#/')
    await studio.go(`#/explorer${state}`)
    await count().waitFor()
  }
  beforeEach(() => open(''))

  test('a typed group is drawn, and the link says so; what cannot be read is told, and the last picture stays', async () => {
    await group().fill('C5 wr S2')
    await page.getByText('6 weights instead of 100', { exact: true }).waitFor()
    expect(decodeURIComponent(await studio.link())).toContain('group=C5+wr+S2')
    await group().fill('C5 wr')
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('parseGroup: expected a group such as S5')
    expect(await group().getAttribute('aria-invalid')).toBe('true')
    expect(await count().textContent()).toContain('instead of 100')
    expect(await studio.accessFaults()).toEqual([])
    await group().fill('S30 on pairs')
    await page.getByText('expected 1 to 400 points, received 900').waitFor()
    await page.getByLabel('or choose one').selectOption('S8')
    await page.getByText('2 weights instead of 64', { exact: true }).waitFor()
    expect(await group().inputValue()).toBe('S8')
    await page.getByLabel('Output, if it differs').fill('on nothing')
    await page.getByText('1 weight instead of 8', { exact: true }).waitFor()
    await open('?group=S4+on+pairs&output=on+points')
    expect(await count().textContent()).toBe('5 weights instead of 64')
  })

  test('a link that is followed while a typed group is still to be read shows what it names', async () => {
    for (const [hash, seen] of [
      ['#/explorer?group=D4', group()],
      ['#/square', page.locator('.board')],
    ] as const) {
      await open('')
      await group().fill('S6')
      await studio.followWhenBusy(hash)
      await seen.waitFor()
      await page.locator('.view[aria-busy=false]').waitFor()
      expect(decodeURIComponent(await studio.link())).toContain(hash)
    }
    await open('?group=D4')
    expect(await group().inputValue()).toBe('D4')
  })

  test('the pointer, the arrow keys and the legend light all entries of a weight', async () => {
    await open('?group=D4')
    const matrix = page.locator('.matrix')
    const box = (await matrix.boundingBox())!
    await page.mouse.move(box.x + 0.4 * box.width, box.y + 0.1 * box.height)
    expect(await readout().textContent()).toBe('Entry (0; 1): weight w1 of 8 entries, the orbit of (0; 1).')
    await page.mouse.move(2, 2)
    expect(await readout().textContent()).toContain('Point at an entry')
    await matrix.focus()
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowRight', 'End']) await page.keyboard.press(key)
    expect(await readout().textContent()).toBe('Entry (1; 3): weight w2 of 4 entries, the orbit of (0; 2).')
    const bright = await page.evaluate(() => {
      const canvas = document.querySelector('.matrix canvas') as HTMLCanvasElement
      const cell = canvas.width / 4
      const alphaAt = (pair: number): number =>
        canvas.getContext('2d')!.getImageData(((pair % 4) + 0.2) * cell, (Math.floor(pair / 4) + 0.2) * cell, 1, 1).data[3]!
      return Array.from({ length: 16 }, (_, pair) => pair).filter((pair) => alphaAt(pair) === 255)
    })
    expect(bright).toEqual([2, 7, 8, 13])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /w1\s*× 8/ }).hover()
    await expect.poll(() => readout().textContent()).toContain('weight w1 of 8 entries')
    await page.mouse.move(2, 2)
    await page.getByRole('button', { name: /w0\s*× 4/ }).click()
    expect(await readout().textContent()).toBe('weight w0 of 4 entries, the orbit of (0; 0).')
  })

  test('an element moves input and output at once', async () => {
    await open('?group=C6')
    const cells = (row: string): Promise<string | null> => page.getByRole('img', { name: row }).getAttribute('aria-label')
    const before = (await cells('the input:'))!.replace('the input: ', '').split(', ')
    await page.getByRole('button', { name: 'Apply g1' }).click()
    const after = (await cells('the input, moved'))!.replace('the input, moved: ', '').split(', ')
    expect(after).toEqual([before[5], ...before.slice(0, 5)])
    expect((await cells('the output, moved'))!.split(': ')[1]).toBe((await cells('the output for the moved input'))!.split(': ')[1])
    expect(await page.locator('.element').textContent()).toBe('g = (0 1 2 3 4 5)')
    await page.getByRole('button', { name: 'Back' }).click()
    expect(await page.locator('.element').textContent()).toContain('identity')
  })

  test('the picture and the program can be taken along', async () => {
    await open('?group=S4')
    const saved = async (name: string): Promise<[string, Buffer]> => {
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()])
      return [file.suggestedFilename(), readFileSync(await file.path())]
    }
    const [svgName, svg] = await saved('SVG')
    expect([svgName, svg.toString()]).toEqual(['sharing-S4.svg', expect.stringContaining('<title>S4: 2 weights</title>')])
    const [pngName, png] = await saved('PNG')
    expect([pngName, png.subarray(1, 4).toString()]).toEqual(['sharing-S4.png', 'PNG'])
    expect(png.readUInt32BE(16)).toBe(2 * 672)
    await page.getByRole('button', { name: 'Copy as TypeScript' }).click()
    await page.getByText('Copied').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("const points = parseGroup('S4')")
    await page.getByRole('button', { name: 'Copy link' }).click()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(await studio.link())
  })

  test('a graph is drawn by mouse, by keys and by buttons, and its automorphisms are meant', async () => {
    await page.getByRole('button', { name: 'Draw a graph' }).click()
    await page.getByText('4 weights instead of 36', { exact: true }).waitFor()
    const board = page.getByRole('group', { name: 'The graph whose symmetries are meant' })
    const { x, y, width } = (await board.boundingBox())!
    const to = (px: number, py: number): [number, number] => [x + (px * width) / 100, y + (py * width) / 100]
    await page.mouse.click(...to(50, 50))
    await page.getByRole('button', { name: 'Node 6, orbit 1, joined to none' }).waitFor()
    await page.mouse.move(...to(50, 50))
    await page.mouse.down()
    await page.mouse.move(...to(52, 80), { steps: 3 })
    await page.mouse.up()
    expect(await page.getByRole('button', { name: /^Node 6/ }).getAttribute('aria-label')).toContain('joined to none')
    await page.mouse.move(...to(50, 50))
    await page.mouse.down()
    await page.mouse.move(...to(50, 90), { steps: 3 })
    await page.mouse.up()
    await page.getByRole('button', { name: /^Node 6, .*joined to 3$/ }).waitFor()
    await page.getByText('2 elements').waitFor()
    expect(await studio.accessFaults()).toEqual([])
    await page.getByRole('button', { name: /^Node 3/ }).focus()
    await page.keyboard.press('Enter')
    for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /^Node 6, .*joined to none$/ }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-node'))).toBe('6')
    await page.keyboard.press('Shift+ArrowLeft')
    expect(decodeURIComponent(await studio.link())).toContain('_46.50*')
    await page.getByRole('button', { name: 'Move', exact: true }).click()
    await page.mouse.move(...to(46, 50))
    await page.mouse.down()
    await page.mouse.move(...to(60, 60), { steps: 3 })
    await page.mouse.up()
    expect(decodeURIComponent(await studio.link())).toContain('_60.60*')
    await page.getByRole('button', { name: 'Move', exact: true }).click()
    await page.getByRole('button', { name: /^Node 6/ }).focus()
    await page.keyboard.press('Delete')
    await page.getByText('4 weights instead of 36', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Add node' }).click()
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.getByText('An edge from node 6').waitFor()
    await page.mouse.click(...to(50, 10))
    await page.getByRole('button', { name: /^Node 6, .*joined to 0$/ }).waitFor()
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByText('Click anywhere to set a node.').waitFor()
    expect(await count().textContent()).toContain('instead of 49')
  })

  test('a finger draws an edge, and nothing is said on the console', async () => {
    const touched = await studio.browser.newPage({ hasTouch: true, viewport: { width: 360, height: 800 } })
    await touched.goto(`${page.url().split('#')[0]}#/explorer?graph=20.50_80.50*`)
    const board = touched.getByRole('group', { name: 'The graph whose symmetries are meant' })
    await board.scrollIntoViewIfNeeded()
    const { x, y, width } = (await board.boundingBox())!
    const session = await touched.context().newCDPSession(touched)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at: number): Promise<unknown> =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: type === 'touchEnd' ? [] : [{ x: x + at * width, y: y + 0.5 * width }],
      })
    await touch('touchStart', 0.2)
    for (const at of [0.4, 0.6, 0.8]) await touch('touchMove', at)
    await touch('touchEnd', 0.8)
    await touched.getByRole('button', { name: 'Node 0, orbit 0, joined to 1' }).waitFor()
    await touched.touchscreen.tap(x + 0.5 * width, y + 0.15 * width)
    await touched.getByRole('button', { name: 'Node 2, orbit 1, joined to none' }).waitFor()
    await touched.close()
    expect(studio.complaints).toEqual([])
  })
})

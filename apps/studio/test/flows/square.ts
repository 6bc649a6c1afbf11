import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInChromium } from '../../../../tooling/browser/chromium.ts'
import { image, SIZE, touched } from '../../src/square/image/image.ts'
import { type OpenStudio, openStudio } from '../open-studio.ts'

describeInChromium('the commuting square', () => {
  let studio: OpenStudio
  beforeAll(async () => {
    studio = await openStudio()
    await studio.page.emulateMedia({ reducedMotion: 'reduce' })
  }, 120_000)
  afterAll(() => studio?.close())

  const left = (): Locator => studio.page.getByRole('region', { name: 'With the symmetry' })
  const verdicts = (): Promise<string[]> => studio.page.locator('.verdict strong').allTextContents()
  const slider = (name: string | RegExp): Locator => left().getByRole('slider', { name })
  const open = async (hash: string): Promise<void> => {
    await studio.go(hash)
    await studio.page.locator('.board[aria-busy=false] .verdict').first().waitFor()
  }
  const middleOf = async (place: Locator): Promise<{ x: number; y: number }> => {
    const box = (await place.boundingBox())!
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  }
  const drag = async (from: Locator, dx: number, dy: number): Promise<void> => {
    const { mouse } = studio.page
    const { x, y } = await middleOf(from)
    await mouse.move(x, y)
    await mouse.down()
    await mouse.move(x + dx / 2, y + dy / 2)
    await mouse.move(x + dx, y + dy)
    await mouse.up()
  }
  const eventually = (place: Locator, attribute = 'aria-valuetext') => expect.poll(() => place.getAttribute(attribute), { timeout: 5000 })
  const expectVerdicts = (...expected: string[]) => expect.poll(verdicts, { timeout: 5000 }).toEqual(expected)
  const linkHas = (part: string) => studio.page.waitForFunction((text) => location.hash.includes(text), part)

  test('points are turned and dragged by mouse, keys and touch, and one square commutes all the while', async () => {
    const { page } = studio
    await open('#/square')
    const both = ['It commutes:', 'It does not commute:']
    await expectVerdicts(...both)
    const turn = slider(/^Turn of g/)
    await turn.press('ArrowLeft')
    await eventually(turn, 'aria-valuenow').toBe('65')
    await linkHas('angle=65')
    await turn.press('PageUp')
    await eventually(turn).toBe('90 degrees')

    const point = slider(/^Point 1/)
    await point.press('ArrowRight')
    await eventually(point).toBe('-0.65 to the right, 0.42 up')
    await drag(point, 30, 20)
    await eventually(point).not.toBe('-0.65 to the right, 0.42 up')
    const touch = await page.context().newCDPSession(page)
    const { x, y } = await middleOf(point)
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] })
    for (const share of [0.3, 0.6, 1])
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: x + share * 25, y: y + share * 40 }] })
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    const missed = async (): Promise<number> => {
      const now = await middleOf(point)
      return Math.hypot(now.x - x - 25, now.y - y - 40)
    }
    await expect.poll(missed, { timeout: 5000 }).toBeLessThan(2)

    await drag(turn, -50, 30)
    await eventually(turn, 'aria-valuenow').not.toBe('90')
    await page.getByRole('button', { name: 'Shuffle the order' }).click()
    await linkHas('order=')
    await page.getByRole('button', { name: 'Other weights' }).click()
    await linkHas('seed=2')
    await expectVerdicts(...both)
    await page.getByRole('button', { name: 'Back to x' }).click()
    expect(await page.locator('.verdict').allTextContents()).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('g moves nothing')),
    )
    await page.locator('.unseen').filter({ hasText: 'with symmetry: 0; without: 0.' }).waitFor()
    expect(await studio.accessFaults()).toEqual([])
  })

  test('a link shows the same again, and one that cannot be read says why and goes on', async () => {
    await open('#/square?kind=points&angle=123&order=1-0-2-3-4&seed=5')
    await eventually(slider(/^Turn of g/), 'aria-valuenow').toBe('123')
    await open('#/square?kind=points&angle=many')
    const says = (hasText: string) => studio.page.getByRole('alert').filter({ hasText }).waitFor()
    await says('angle: expected a whole number from 0 to 360, received “many”.')
    await open('#/square?kind=cube')
    await says('no kind of input “cube”')
    await expectVerdicts('It commutes:', 'It does not commute:')
  })

  test('g glides to where it is sent, unless the visitor wants less motion', async () => {
    const { page } = studio
    await page.emulateMedia({ reducedMotion: 'no-preference' })
    await open('#/square?kind=points&angle=10')
    await page.getByRole('button', { name: 'Turn by 90°' }).click()
    await page.waitForFunction(() => {
      const now = Number(document.querySelector('[aria-label^="Turn of g"]')?.getAttribute('aria-valuenow'))
      return now > 12 && now < 98
    })
    await page.locator('[aria-valuetext="100 degrees"]').waitFor()
    // A link that is followed while it glides leads away: the state that is still written must not lead back.
    for (let i = 0; i < 5; i++) {
      await open('#/square?kind=points&angle=10')
      await page.getByRole('button', { name: 'Turn by 90°' }).click()
      await page.getByRole('link', { name: 'Run a model' }).click()
      await page.getByRole('heading', { level: 1, name: 'Run a model' }).waitFor({ timeout: 5000 })
    }
    await page.emulateMedia({ reducedMotion: 'reduce' })
  })

  test('a link that is followed while a state is still to be written shows what it names', async () => {
    const { page } = studio
    for (let i = 0; i < 3; i++) {
      await open('#/square?kind=points')
      await page.getByRole('button', { name: 'Other weights' }).click()
      await studio.followWhenBusy('#/square?kind=graph')
      await left()
        .getByRole('slider', { name: /^Node A/ })
        .first()
        .waitFor({ timeout: 5000 })
      expect(await studio.link()).toContain('kind=graph')
    }
  })

  test('nodes of a graph get numbers and edges, and swap their places', async () => {
    const { page } = studio
    await open('#/square')
    await page.getByRole('link', { name: 'Graph', exact: true }).click()
    const node = (name: string): Locator => slider(new RegExp(`^Node ${name}[,.]`))
    await node('A').press('ArrowDown')
    await eventually(node('A'), 'aria-valuenow').toBe('0.8')
    await drag(node('B'), 0, -30)
    await eventually(node('B'), 'aria-valuenow').not.toBe('-0.7')
    const edges = left().locator('svg').first().locator('.edge')
    const before = await edges.count()
    await node('C').press('Enter')
    await node('F').press('Enter')
    await expect.poll(() => edges.count()).toBe(before + 1)
    await node('C').click()
    await node('F').click()
    await expect.poll(() => edges.count()).toBe(before)
    const moved = slider(/^Node A in g x/)
    const place = await moved.getAttribute('aria-valuetext')
    await moved.press('ArrowRight')
    await eventually(moved).not.toBe(place)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toContain('Node A')
    const [from, to] = [await middleOf(moved), await middleOf(slider(/^Node B in g x/))]
    const second = await moved.getAttribute('aria-valuetext')
    await drag(moved, to.x - from.x, to.y - from.y)
    await eventually(moved).not.toBe(second)
    expect(await studio.link()).toContain('kind=graph')
    await expectVerdicts('It commutes:', 'It does not commute:')
    expect(await studio.accessFaults()).toEqual([])
  })

  test('an image is painted, turned, mirrored and shifted; between right angles the square nearly commutes', async () => {
    const { page } = studio
    await open('#/square?kind=image')
    await expectVerdicts('It commutes:', 'It does not commute:')
    const pixels = slider(/^Pixels of x/)
    const at = 11 * SIZE + 12
    await pixels.focus()
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight', 'Space']) await page.keyboard.press(key)
    await eventually(pixels).toBe(`Row 12, column 13: ${touched(image.start, at, true)[at]!.toFixed(2)}`)
    await drag(pixels, 30, 30)
    await page.getByRole('button', { name: 'Turn by 45°' }).click()
    await expectVerdicts('It nearly commutes:', 'It does not commute:')
    await page.getByRole('button', { name: 'Back to x' }).click()
    await page.getByRole('button', { name: 'Shift up' }).click()
    await page.locator('.verdict').last().filter({ hasText: 'convolutions commute with shifts' }).waitFor()
    await drag(left().locator('canvas').nth(1), 40, 0)
    await page.getByRole('button', { name: 'Mirror' }).click()
    await linkHas('mirror=1')
    expect(await studio.link()).toMatch(/down=19&right=\d/)
    await expectVerdicts('It commutes:', 'It does not commute:')
    expect(await studio.accessFaults()).toEqual([])
  })

  test('signals are drawn and shifted together', async () => {
    const { page } = studio
    await open('#/square?kind=signals')
    const signal = slider(/^Signal 2/)
    await signal.press('ArrowRight')
    await signal.press('ArrowUp')
    await eventually(signal).toBe('Sample 18: 0.41')
    await drag(signal, 40, -8)
    const shift = slider('Shift of all signals')
    await shift.press('ArrowRight')
    await linkHas('shift=10')
    await drag(shift, 50, 0)
    await eventually(shift, 'aria-valuenow').not.toBe('10')
    await page.getByRole('button', { name: 'Another order' }).click()
    await expectVerdicts('It commutes:', 'It does not commute:')
    expect(await studio.accessFaults()).toEqual([])
  })

  test('bumps move over the sphere, and the sphere rotates', async () => {
    const { page } = studio
    await open('#/square?kind=sphere')
    await expectVerdicts('It nearly commutes:', 'It does not commute:')
    const bump = slider(/^Bump 1/)
    const at = await bump.getAttribute('aria-valuetext')
    await bump.press('ArrowLeft')
    await drag(bump, 20, 20)
    await eventually(bump).not.toBe(at)
    const rotated = left().getByRole('button', { name: /rotate it/ })
    await rotated.press('ArrowUp')
    await linkHas('alpha=')
    const before = await studio.link()
    await drag(rotated, 30, -20)
    await page.waitForFunction((link) => location.href !== link, before)
    await page.getByRole('button', { name: 'Another rotation' }).click()
    await expectVerdicts('It nearly commutes:', 'It does not commute:')
    expect(await studio.accessFaults()).toEqual([])
    expect(studio.complaints).toEqual([])
  })

  test.each([360, 1920])('%i pixels wide: nothing is cut off', async (width) => {
    const { page } = studio
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme: width === 360 ? 'dark' : 'light' })
    for (const kind of ['graph', 'image', 'signals', 'sphere']) {
      await open(`#/square?kind=${kind}`)
      await studio.picture(`square-${kind}-${width}`)
      expect(await page.evaluate(() => document.documentElement.scrollWidth), kind).toBe(width)
    }
  })
})

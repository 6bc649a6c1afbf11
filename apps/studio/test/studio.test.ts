import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInChromium } from '../../../tooling/browser/chromium.ts'
import { addressOf, parseAddress } from '../src/address.ts'
import { views } from '../src/views.ts'
import { closeStudio, type OpenStudio, openStudio } from './open-studio.ts'

// What one can do on each page, on one build.
import './flows/square.ts'
import './flows/explorer.ts'
import './flows/train.ts'
import './flows/graphs.ts'
import './flows/model.ts'

afterAll(closeStudio)

test('an address names a view and its state, and comes back', () => {
  const hash = addressOf('explorer', { group: 'S3 x C4 on pairs', empty: '', sign: 'a&b=c' })
  const { view, state } = parseAddress(hash)
  expect(view).toBe('explorer')
  expect([...state]).toEqual([
    ['group', 'S3 x C4 on pairs'],
    ['sign', 'a&b=c'],
  ])
  expect(addressOf('square')).toBe('#/square')
  expect(parseAddress('').view).toBe('')
})

describeInChromium('the studio', () => {
  let studio: OpenStudio
  beforeAll(async () => {
    studio = await openStudio()
  }, 120_000)
  afterAll(() => studio?.close())

  test('every page opens from the menu, is reached by keys, has its title, and says nothing on the console', async () => {
    const { page } = studio
    const [first, ...rest] = Object.values(views)
    for (const { title } of [...rest, first!]) {
      await page.getByRole('link', { name: title }).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      await page.locator('.view[aria-busy=false]').waitFor()
      expect(await page.title()).toBe(`${title} · Equivar studio`)
      expect(await page.locator('nav [aria-current=page]').textContent()).toBe(title)
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
    }
    expect(studio.complaints).toEqual([])
  })

  test.each([360, 1920])('no page is wider than a screen of %i pixels, and axe finds no serious fault', async (width) => {
    await studio.page.setViewportSize({ width, height: 900 })
    for (const name of Object.keys(views)) {
      await studio.go(`#/${name}`)
      await studio.picture(`${name}-${width}`)
      expect(await studio.page.evaluate(() => document.documentElement.scrollWidth), name).toBe(width)
      expect(await studio.accessFaults(), name).toEqual([])
    }
  })

  test('an address of no page says so and shows the first', async () => {
    await studio.go('#/nothing')
    expect(await studio.page.getByRole('alert').textContent()).toContain('no page “nothing”')
  })
})

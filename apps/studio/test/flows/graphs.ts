import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInChromium } from '../../../../tooling/browser/chromium.ts'
import { type OpenStudio, openStudio } from '../open-studio.ts'

describeInChromium('telling graphs apart', () => {
  let studio: OpenStudio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = studio.page
    await studio.go('#/graphs')
  }, 120_000)
  afterAll(() => studio?.close())

  const verdict = (): Promise<string | null> => page.locator('.verdict').textContent()
  /** What the table says of a network: by theory, and as measured. */
  const saidOf = async (network: string): Promise<[string, string]> => {
    const cells = page.getByRole('row', { name: new RegExp(`^${network} `) }).getByRole('cell')
    await expect.poll(() => cells.nth(2).textContent()).not.toBe('…')
    return [(await cells.nth(0).textContent())!.split(' as ')[0]!.trim(), (await cells.nth(2).textContent())!]
  }

  test('a hexagon and two triangles: colours say nothing, pairs do, and so do the networks', async () => {
    expect(await verdict()).toBe('Stable at the start, and the same on both sides: colour refinement cannot tell the graphs apart.')
    expect(await page.getByRole('button', { name: 'Step' }).isDisabled()).toBe(true)
    expect(await saidOf('GIN')).toEqual(['does not', 'does not'])
    expect(await saidOf('2-IGN')).toEqual(['does not', 'does not'])
    expect(await saidOf('PPGN')).toEqual(['separates', 'separates'])
    await page.getByText('The graphs are not isomorphic.').waitFor()
    await page.getByRole('radio', { name: 'Folklore 2-WL' }).check()
    await page.getByRole('button', { name: 'Step' }).press('Enter')
    expect(await verdict()).toBe('Different after round 1: folklore 2-WL separates the graphs.')
    expect(await page.getByRole('img', { name: /^Colours of the 36 pairs of nodes of the right graph/ }).count()).toBe(1)
    expect(await studio.link()).toContain('#/graphs?pair=hexagon&test=fwl2&round=1')
    expect(await studio.accessFaults()).toEqual([])
  })

  test('a pair is chosen, its rounds go forth and back, and the histogram follows', async () => {
    await page.getByRole('combobox', { name: 'Two graphs' }).selectOption('trees')
    await page.getByRole('radio', { name: 'Colour refinement' }).check()
    expect(await verdict()).toBe('The same colours on both sides at the start. Go on.')
    await page.getByRole('button', { name: 'To the end' }).click()
    expect(await page.locator('.round').textContent()).toBe('Round 2 of 2')
    await page.getByRole('button', { name: 'Back' }).click()
    expect(await verdict()).toBe('Different after round 1: colour refinement separates the graphs.')
    expect(await page.locator('.histogram tbody tr').allTextContents()).toEqual(['2 0 ≠ 4', '3 1 ≠ 0', '0 2 ≠ 1'])
    expect(await page.getByRole('button', { name: 'Node 0, colour 2, joined to 1, 2, 3, 4' }).count()).toBe(1)
  })

  test('graphs are drawn, the rest follows, and the link brings them back', async () => {
    const right = page.getByRole('group', { name: 'Right graph' })
    await page.getByRole('button', { name: 'Clear' }).nth(1).click()
    await page.getByText('Set at least one node on each board.').waitFor()
    expect(await verdict()).toBe('Different at the start: colour refinement separates the graphs.')
    const { x, y, width } = (await right.boundingBox())!
    for (const at of [0.1, 0.3, 0.5, 0.7, 0.9]) await page.mouse.click(x + at * width, y + 0.5 * width)
    for (const at of [0.1, 0.3, 0.5, 0.7]) {
      await page.mouse.move(x + at * width, y + 0.5 * width)
      await page.mouse.down()
      await page.mouse.move(x + (at + 0.2) * width, y + 0.5 * width, { steps: 2 })
      await page.mouse.up()
    }
    await page.getByText('The graphs are isomorphic: the same, in another order.').waitFor()
    expect(await page.getByRole('combobox', { name: 'Two graphs' }).inputValue()).toBe('')
    expect(await saidOf('PPGN')).toEqual(['does not', 'does not'])
    const link = await studio.link()
    await studio.go('#/graphs?pair=regular')
    await page.getByText('Strongly regular with the same numbers').waitFor()
    await page.evaluate((to) => {
      location.href = to
    }, link)
    await page.getByText('The graphs are isomorphic: the same, in another order.').waitFor()
    expect(await page.getByRole('combobox', { name: 'Two graphs' }).inputValue()).toBe('')
  })

  test('a link that cannot be read is told over the first pair', async () => {
    await studio.go('#/graphs?pair=nothing')
    expect(await page.getByRole('alert').textContent()).toContain('received "nothing". Choose one from the list.')
    await page.getByRole('combobox', { name: 'Two graphs' }).selectOption('same')
    expect(await page.getByRole('alert').count()).toBe(0)
    expect(studio.complaints).toEqual([])
  })
})

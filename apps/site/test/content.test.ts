import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { uninstalledPackages } from '../src/checks/installs.ts'
import { deadLinks, markdownFiles } from '../src/checks/links.ts'
import { unsourcedNumbers } from '../src/checks/numbers.ts'
import { makeContent } from '../src/content.ts'
import { gallery } from '../src/known-groups.ts'
import { rewriteLinks } from '../src/links.ts'
import { sections } from '../src/navigation.ts'
import { publishedPackages, root } from '../src/repository.ts'
import { lawPictures, symmetryPictures } from '../src/symmetry-pictures.ts'

const folder = mkdtempSync(join(tmpdir(), 'site-content-'))
beforeAll(() => makeContent(folder, { whole: false }), 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

const text = (page: string): string => readFileSync(join(folder, page), 'utf8')

describe('the content', () => {
  test('has no dead link, no number without a source, and no import without an install line', () => {
    expect(deadLinks(folder)).toEqual([])
    expect(markdownFiles(folder).flatMap((file) => uninstalledPackages(file, text(file)))).toEqual([])
    expect(markdownFiles(folder).flatMap((file) => unsourcedNumbers(file, text(file)))).toEqual([])
  })

  test('has every page of the side bar but the reference, and every package', () => {
    const pages = markdownFiles(folder).map((file) => `/${file.replace(/\.md$/, '')}`)
    const listed = sections.flatMap(({ items }) => items.map(({ link }) => link)).filter((link) => !link.startsWith('/reference'))
    expect(pages).toEqual(expect.arrayContaining(listed))
    for (const { short } of publishedPackages()) expect(pages).toContain(`/packages/${short}`)
  })

  test('every page can be reached', () => {
    const listed = new Set(sections.flatMap(({ items }) => items.map(({ link }) => `${link.slice(1)}.md`)))
    const linked = new Set(
      markdownFiles(folder).flatMap((file) => [...text(file).matchAll(/\]\((?:\.\.?\/)+([^)#]+)/g)].map(([, to = '']) => to)),
    )
    const lost = markdownFiles(folder).filter((file) => !listed.has(file) && ![...linked].some((to) => file.endsWith(to)))
    expect(lost).toEqual(['index.md'])
  })

  test('the commands have the options that the parser has', () => {
    expect(text('commands/equivar.md')).toContain('| `--keep <which>`')
    expect(text('commands/equivar.md')).toContain('## equivar predict')
    expect(text('commands/equivar.md')).not.toContain('doctor-probe')
    expect(text('commands/equivar-infer.md')).toContain('| `--max-batch <n>` | largest number of examples in a run; 1 for no batching |')
  })

  test('errors are listed by name, with what throws them', () => {
    const page = text('errors.md')
    for (const name of ['ShapeError', 'DomainError', 'FormatError', 'OnnxFormatError', 'DeviceLostError', 'InferenceError'])
      expect(page).toContain(`## ${name}\n`)
    expect(page).toMatch(/\| `matmul` \| .* \|/i)
  })

  test('the decision page shows every picture, as its program draws it; `npx vitest run apps/site -u` draws them anew', async () => {
    for (const name of Object.keys(symmetryPictures)) expect(text('which-layer.md')).toContain(`](/pictures/${name}.svg)`)
    for (const [name, svg] of Object.entries({ ...symmetryPictures, ...lawPictures })) {
      await expect(svg).toMatchFileSnapshot(join(root, 'docs/pictures', `${name}.svg`))
    }
  })

  test('tables of results are pages, and the benchmark has its rows', () => {
    expect(text('results/volumes.md')).toMatch(/^# Volumes: .*\n\nMade by `node apps\/train\/bench/)
    expect(text('benchmarks.md')).toMatch(/\| gin \| [\d.]+ \| [\d.]+ \| [\d.]+ \|/)
  })

  test('the means that the text gives of the benchmark are those of its figures', () => {
    type Times = Partial<Record<'trainMs' | 'inferMs' | 'infer1Ms' | 'peakMiB', number>>
    type Row = Times & {
      readonly workload: string
      readonly ratio: { readonly memory: number }
      readonly forms: Readonly<Record<string, Times>>
    }
    const rows = readFileSync(join(root, 'apps/train/bench/results/workloads.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
      .filter(({ workload }) => !workload.startsWith('messages-'))
    const mean = (ratio: (row: Row) => number): string =>
      Math.exp(rows.reduce((sum, row) => sum + Math.log(ratio(row)), 0) / rows.length).toFixed(2)
    const best = (key: keyof Times, forms: (name: string) => boolean) => (row: Row) =>
      (row[key] as number) / Math.min(...Object.entries(row.forms).flatMap(([name, form]) => (forms(name) ? [form[key] ?? Infinity] : [])))
    const all = (): boolean => true
    const own = (name: string): boolean => name !== 'onnx'
    const said = `training ${mean(best('trainMs', all))} of PyTorch's time, inference ${mean(best('inferMs', all))}, one example ${mean(best('infer1Ms', all))}, peak memory ${mean(({ ratio }) => ratio.memory)}; PyTorch's export on the same ONNX Runtime left out, inference ${mean(best('inferMs', own))} and one example ${mean(best('infer1Ms', own))}.`
    expect(readFileSync(join(root, 'docs/benchmarks.md'), 'utf8').replaceAll(/\s+/g, ' ')).toContain(said)
  })

  test('the gallery has thirty groups, each with its picture', () => {
    expect(gallery).toHaveLength(30)
    expect(readdirSync(join(folder, 'public/pictures')).filter((name) => name.startsWith('group-'))).toHaveLength(30)
    expect(text('gallery.md')).toContain(
      '### S4 on pairs\n\nSymmetry of the matrix of a graph of four nodes: the fifteen maps. 16 points, 24 elements, 15 weights instead of 256.',
    )
  })
})

test('links of a README lead to pages, to nothing where there is no page, and pictures are handed over', () => {
  const pages = new Map([
    ['packages/a/README.md', 'packages/a.md'],
    ['packages/b/README.md', 'packages/b.md'],
    ['docs/limits.md', 'limits.md'],
  ])
  const markdown =
    '[b](../b), [part](../b#its-part), [limits](../../docs/limits.md), [code](src/x.ts), [gone](./gone.md), ![p](p.svg), [site](https://a.org)\n\n```md\n[b](../b)\n```\n'
  const found = rewriteLinks(markdown, {
    file: 'packages/a/README.md',
    page: 'packages/a.md',
    pages,
    isFile: (path) => !path.includes('gone'),
    picture: (path) => `/pictures/${path}`,
  })
  expect(found).toBe(
    '[b](./b.md), [part](./b.md#its-part), [limits](../limits.md), code (`packages/a/src/x.ts`), [gone](./gone.md), ![p](/pictures/packages/a/p.svg), [site](https://a.org)\n\n```md\n[b](../b)\n```\n',
  )
})

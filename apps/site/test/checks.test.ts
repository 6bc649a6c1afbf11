import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { faultsOf } from '../src/checks/check.ts'
import { uninstalledPackages } from '../src/checks/installs.ts'
import { deadLinks } from '../src/checks/links.ts'
import { unsourcedNumbers } from '../src/checks/numbers.ts'

let folder: string | undefined
afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true })
  folder = undefined
})

/** A folder of content. */
function content(files: Readonly<Record<string, string>>): string {
  folder = mkdtempSync(join(tmpdir(), 'site-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

describe('links', () => {
  const pages = {
    'a.md': '# A\n\n## First part\n\n[to B](./b.md#its-part), [down](#first-part)',
    'b.md': '## Its part\n\n![a picture](/p.svg)',
    'public/p.svg': '',
  }

  test('that lead somewhere are right', () => {
    expect(deadLinks(content(pages))).toEqual([])
  })

  test.each([
    ['[no page](./c.md)', './c.md leads nowhere'],
    ['[no heading](./b.md#other-part)', 'b.md has no heading "other-part"'],
    ['[nothing here](#nothing)', 'has no heading "nothing"'],
    ['![no picture](/q.svg)', '/q.svg leads nowhere'],
  ])('%s is found', (link, fault) => {
    expect(deadLinks(content({ ...pages, 'deep/d.md': `# D\n\n${link.replaceAll('./', '../')}` }))).toEqual([
      expect.stringContaining(fault.replaceAll('./', '../')),
    ])
  })

  test('in code are not looked at', () => {
    expect(deadLinks(content({ 'a.md': '`[x](./no.md)`\n\n```md\n[y](./no.md)\n```\n' }))).toEqual([])
  })
})

describe('measured numbers', () => {
  test.each(['It takes 12 ms.', 'It is 3.5 times as fast.', 'The accuracy is 97 %.', 'It needs 1,024 MiB.'])(
    '%s needs a command or a source',
    (sentence) => {
      expect(unsourcedNumbers('a.md', `# A\n\n## Speed\n\n${sentence}\n`)).toEqual([expect.stringContaining('a.md, Speed: no command')])
      expect(unsourcedNumbers('a.md', `# A\n\n## Speed\n\n${sentence} Made by \`npx equivar bench\`.\n`)).toEqual([])
      expect(unsourcedNumbers('a.md', `# A\n\n## Speed\n\n${sentence} (Cohen et al.)\n`)).toEqual([])
    },
  )

  test('a command in another section is none', () => {
    expect(unsourcedNumbers('a.md', '## Speed\n\n12 ms\n\n## Other\n\n`npx equivar bench`\n')).toHaveLength(1)
  })

  test('counts and code are not measured', () => {
    expect(unsourcedNumbers('a.md', '## A\n\n15 maps of 4 nodes, `12 ms`\n\n```ts\n// 12 ms\n```\n')).toEqual([])
  })
})

describe('install lines', () => {
  const sample = "```ts\nimport { relu } from '@equivar/tensor'\nimport 'vite'\nimport { join } from 'node:path'\n```\n"

  test('bring what the samples import, or the page is named', () => {
    expect(uninstalledPackages('tutorials/a.md', `\`\`\`sh\nnpm install @equivar/tensor vite\n\`\`\`\n${sample}`)).toEqual([])
    expect(uninstalledPackages('start.md', `    npm install @equivar/tensor\n\n${sample}`)).toEqual([
      expect.stringContaining('import vite, which'),
    ])
    expect(uninstalledPackages('packages/a.md', sample)).toEqual([expect.stringContaining('import @equivar/tensor, vite, which')])
    expect(uninstalledPackages('theory/a.md', sample)).toEqual([])
  })
})

test('a planted dead link, sample and number are all found, and nothing else', () => {
  const files = {
    'good.md':
      "# Good\n\n[the other](./bad.md)\n\n```ts\nimport { symmetric } from '@equivar/groups'\nif (symmetric(3).order() !== 6n) throw new Error()\n```\n",
    'bad.md': "# Bad\n\n[gone](./gone.md), 12 ms\n\n```ts\nimport { symmetrical } from '@equivar/groups'\nsymmetrical(3)\n```\n",
  }
  expect(faultsOf(content(files))).toEqual([
    'bad.md: ./gone.md leads nowhere',
    expect.stringContaining("bad.md: a sample does not compile: '\"@equivar/groups\"' has no exported member named 'symmetrical'"),
    'bad.md, Bad: no command and no source beside 12 ms',
  ])
}, 60_000)

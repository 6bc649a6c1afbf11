import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { faultsOf } from '../src/checks/check.ts'
import { makeContent } from '../src/content.ts'
import { navigation, sidebar } from '../src/navigation.ts'
import { root } from '../src/repository.ts'

const content = join(root, 'apps/site/.content')
if (!process.argv.includes('preview')) {
  await makeContent(content)
  const faults = faultsOf(content)
  if (faults.length > 0) throw new Error(`site: ${faults.length} fault${faults.length === 1 ? '' : 's'}\n${faults.join('\n')}`)
}

export default defineConfig({
  title: 'Equivar',
  description: 'Equivariant deep learning in TypeScript',
  lang: 'en',
  srcDir: '.content',
  outDir: 'dist',
  cacheDir: '.cache',
  base: process.env.SITE_BASE ?? '/',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${process.env.SITE_BASE ?? '/'}icon.svg` }]],
  lastUpdated: false,
  // The table of the decision page needs the room.
  transformPageData: ({ relativePath, frontmatter }) => ({
    frontmatter: { ...frontmatter, ...(relativePath === 'which-layer.md' ? { aside: false } : {}) },
  }),
  // Links are checked before, anchors too.
  ignoreDeadLinks: false,
  markdown: { math: false, theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' } },
  themeConfig: {
    nav: navigation,
    sidebar,
    outline: [2, 3],
    search: { provider: 'local', options: { detailedView: true } },
    footer: { message: 'Apache-2.0' },
  },
})

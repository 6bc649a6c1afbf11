import { resultTables } from './pages.ts'
import { publishedPackages } from './repository.ts'

/** A link of the navigation. */
interface Entry {
  readonly text: string
  readonly link: string
}

const entries = (folder: string, names: readonly (readonly [file: string, text: string])[]): Entry[] =>
  names.map(([file, text]) => ({ text, link: `/${folder}${folder === '' ? '' : '/'}${file}` }))

/** The pages in their order, by section. */
export const sections: readonly { readonly text: string; readonly items: Entry[]; readonly collapsed?: boolean }[] = [
  {
    text: 'Start',
    items: entries('', [
      ['start', 'Install and first model'],
      ['which-layer', 'Which layer do I need?'],
    ]),
  },
  {
    text: 'Tutorials',
    items: entries('tutorials', [
      ['own-data', 'Your own data'],
      ['graphs', 'Graphs and nodes'],
      ['images', 'Images that turn'],
      ['sets-of-images', 'Sets of images'],
      ['sphere', 'Signals on a sphere'],
      ['points', 'Atoms and particles'],
      ['any-group', 'Any group'],
      ['own-layer', 'A layer of your own'],
      ['masks', 'Sets of different sizes'],
      ['export-and-serving', 'Export and serving'],
      ['browser', 'In a web page'],
      ['fine-tuning', 'Foreign ONNX files'],
      ['symmetrize', 'Make a model symmetric'],
    ]),
  },
  {
    text: 'Concepts',
    items: entries('concepts', [
      ['expressions', 'Expressions and programs'],
      ['backends', 'Backends'],
      ['equivariance', 'Equivariance'],
      ['reproducibility', 'Reproducibility'],
    ]),
  },
  {
    text: 'Theory',
    items: entries('theory', [
      ['parameter-sharing', 'Parameter sharing'],
      ['sets-of-symmetric-elements', 'Sets of symmetric elements'],
      ['graphs', 'Graphs'],
      ['grids', 'Grids'],
      ['sphere', 'Spheres'],
      ['points', 'Points in space'],
    ]),
  },
  {
    text: 'Reference',
    items: entries('', [
      ['reference/index', 'API'],
      ['commands/equivar', 'equivar'],
      ['commands/equivar-infer', 'equivar-infer'],
      ['errors', 'Errors'],
      ['limits', 'Limits and promises'],
      ['many-processes', 'Many processes'],
    ]),
  },
  {
    text: 'The command',
    items: entries('command', [
      ['own-data', 'Own data in full'],
      ['own-task', 'Own tasks'],
      ['tasks', 'Tasks'],
      ['predictions', 'Predictions'],
      ['any-file', 'Any ONNX file'],
      ['exports', 'Lower precisions, Triton'],
      ['doctor', 'Check your machine'],
    ]),
  },
  {
    text: 'Serving',
    items: entries('', [
      ['serving', 'The server'],
      ['deployment', 'To production'],
      ['serving-results', 'Measured'],
    ]),
  },
  {
    text: 'Packages',
    collapsed: true,
    items: [
      { text: 'All packages', link: '/packages/index' },
      ...publishedPackages().map(({ short, name }) => ({ text: name, link: `/packages/${short}` })),
    ],
  },
  {
    text: 'Seen',
    items: entries('', [
      ['results', 'Results'],
      ['benchmarks', 'Benchmarks'],
      ['gallery', 'Gallery'],
    ]),
  },
  {
    text: 'Tables',
    collapsed: true,
    items: entries(
      'results',
      resultTables().map((name) => [name, name]),
    ),
  },
  {
    text: 'Examples',
    items: entries('examples', [
      ['programs', 'Programs'],
      ['browser', 'In a page'],
      ['molecular-dynamics', 'Molecular dynamics'],
    ]),
  },
]

/** The bar at the top. */
export const navigation: (Entry & { readonly target?: string })[] = [
  { text: 'Start', link: '/start' },
  // Not a page of this generator: the browser loads it anew.
  { text: 'Studio', link: '/studio/index.html', target: '_self' },
  { text: 'Reference', link: '/reference/index' },
  { text: 'Results', link: '/results' },
  { text: 'Gallery', link: '/gallery' },
]

/** The side bar of all pages. */
export const sidebar: { text: string; items: Entry[]; collapsed?: boolean }[] = sections
  .filter(({ items }) => items.length > 0)
  .map(({ text, items, collapsed }) => ({ text, items, ...(collapsed === undefined ? {} : { collapsed }) }))

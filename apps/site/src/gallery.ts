import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseGroup, sharingScheme } from '@equivar/groups'
import { describeGroup, sharingSvg } from '@equivar/groups/picture'
import { gallery } from './known-groups.ts'
import { root } from './repository.ts'

/** A picture in its size, so that nothing moves when it arrives; those out of sight are loaded later. */
function pictureOf(svg: string, name: string, label: string): string {
  const [, , width = '1', height = '1'] = (/viewBox="([^"]+)"/.exec(svg)?.[1] ?? '').split(' ')
  return `<img src="/pictures/${name}" alt="${label}" width="${width}" height="${height}" loading="lazy">`
}

/** Pictures that are committed beside the programs that made them. */
const shown = [
  {
    title: 'Features that turn with their input',
    text: 'Each filter of a group convolution is there in all its poses. When the letter turns, the maps turn with it and move on by one orientation. The network learned from upright letters, and knows all turned ones. Made by `node apps/train/bench/experiments/features.mjs`.',
    files: ['apps/train/bench/results/features.svg'],
  },
  {
    title: 'How exact it is',
    text: 'Quarter turns of an image are permutations of its pixels, and exact. Between them, and on the sphere, sampling folds back what is finer than the grid. Made by `node packages/layers-grids/bench/rotations.mjs` and `node packages/layers-sphere/bench/aliasing.mjs`.',
    files: ['packages/layers-grids/bench/rotations.svg', 'packages/layers-sphere/bench/aliasing.svg'],
  },
  {
    title: 'How few examples it takes',
    text: 'Made by `node apps/train/bench/experiments/reproduce.mjs signal-curve` and `reproduce.mjs matrix-groups`; the [results](./results.md) have the numbers.',
    files: ['apps/train/bench/results/signal-curve.svg', 'apps/train/bench/results/matrix-groups.svg'],
  },
] as const

/** The pictures of the sharing matrices of thirty groups, with what a linear layer of each has. @param pictures - the folder for the pictures. */
export function galleryPage(pictures: string): string {
  mkdirSync(pictures, { recursive: true })
  const section = ({ title, text, files }: (typeof shown)[number]): string => {
    for (const file of files) copyFileSync(join(root, file), join(pictures, basename(file)))
    const images = files.map((file) => pictureOf(readFileSync(join(root, file), 'utf8'), basename(file), title.toLowerCase()))
    return `\n## ${title}\n\n${text}\n\n${images.join('\n\n')}\n`
  }
  const cards = gallery.map(([expression, of], i) => {
    const action = parseGroup(expression)
    const { degree, order, weights } = describeGroup(action)
    const name = `group-${i + 1}.svg`
    const svg = sharingSvg(sharingScheme(action, action), { title: expression })
    writeFileSync(join(pictures, name), svg)
    const digits =
      order === undefined
        ? 'a very large number of'
        : order < 10n ** 9n
          ? order.toLocaleString('en')
          : `about 10^${order.toString().length - 1}`
    return `<div>

### ${expression}

Symmetry of ${of}. ${degree} points, ${digits} element${order === 1n ? '' : 's'}, ${weights} weight${weights === 1 ? '' : 's'} instead of ${(degree ** 2).toLocaleString('en')}.

${pictureOf(svg, name, `the sharing matrix of ${expression}: entries of one colour have one weight`)}

</div>
`
  })
  return `# Gallery

## Groups

A linear layer that commutes with a group has one weight for each orbit of pairs of points. In each picture, the entries of one colour share a weight. Every picture is
made by \`equivar group "EXPRESSION" --svg FILE\`.

<div class="gallery">

${cards.join('\n')}
</div>
${shown.map(section).join('')}`
}

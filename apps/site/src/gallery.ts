import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseGroup, sharingScheme } from '@equivar/groups'
import { describeGroup, sharingSvg } from '@equivar/groups/picture'
import { gallery } from './known-groups.ts'

/** The pictures of the sharing matrices of thirty groups, with what a linear layer of each has. @param pictures - the folder for the pictures. */
export function galleryPage(pictures: string): string {
  mkdirSync(pictures, { recursive: true })
  const cards = gallery.map(([expression, of], i) => {
    const action = parseGroup(expression)
    const { degree, order, weights } = describeGroup(action)
    const name = `group-${i + 1}.svg`
    writeFileSync(join(pictures, name), sharingSvg(sharingScheme(action, action), { title: expression }))
    const digits =
      order === undefined
        ? 'a very large number of'
        : order < 10n ** 9n
          ? order.toLocaleString('en')
          : `about 10^${order.toString().length - 1}`
    return `<div>

### ${expression}

Symmetry of ${of}. ${degree} points, ${digits} element${order === 1n ? '' : 's'}, ${weights} weight${weights === 1 ? '' : 's'} instead of ${(degree ** 2).toLocaleString('en')}.

![the sharing matrix of ${expression}: entries of one colour have one weight](/pictures/${name})

</div>
`
  })
  return `# Gallery of groups

A linear layer that commutes with a group has one weight for each orbit of pairs of points. In each picture, the entries of one colour share a weight. Every picture is
made by \`equivar group "EXPRESSION" --svg FILE\`.

<div class="gallery">

${cards.join('\n')}
</div>
`
}

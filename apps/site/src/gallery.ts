import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseGroup, sharingScheme } from '@equivar/groups'
import { describeGroup, sharingSvg } from '@equivar/groups/picture'

/** Groups by their expression, with what they are the symmetry of. */
export const gallery: readonly (readonly [expression: string, of: string])[] = [
  ['I8', 'nothing: every weight is free'],
  ['S8', 'the elements of a set'],
  ['A8', 'a set up to even permutations: the layer is that of S8'],
  ['C8', 'a signal on a ring, shifted'],
  ['D8', 'a ring, shifted or reversed'],
  ['T(4,4)', 'a picture on a torus, shifted'],
  ['T(3,3) x S4', 'a picture beside a set'],
  ['B4', 'axes that may be exchanged and turned round'],
  ['S4 x S4', 'two sets of different things'],
  ['S4 x C4', 'a set and a signal'],
  ['C4 wr S3', 'a set of three signals, each shifted by itself'],
  ['S3 wr S4', 'a set of four sets'],
  ['S4 wr C3', 'three sets in a ring'],
  ['D4 wr S2', 'two necklaces'],
  ['C2 wr C4', 'a ring of coins'],
  ['S4 on pairs', 'the matrix of a graph of four nodes: the fifteen maps'],
  ['S5 on 2-subsets', 'the edges of a graph without direction'],
  ['S4 on triples', 'a tensor of order three'],
  ['C5 on pairs', 'pairs of places on a ring'],
  ['S3 x C4 on pairs', 'a set of signals, shifted together'],
  ['S4 x S3 on pairs', 'a table whose rows and columns have no order'],
  ['S4 on itself', 'functions on a group'],
  ['D4 on itself', 'what a layer of the group p4m has at each pixel'],
  ['A4 on itself', 'turns of a tetrahedron'],
  ['PSL(2,7)', 'the seven lines of the Fano plane'],
  ['AGL(1,8)', 'the affine line of eight points'],
  ['M11', 'the smallest Mathieu group: four-fold transitive'],
  ['(0 1 2)(3 4 5), (0 3)(1 4)(2 5)', 'two triangles that turn together and change places'],
  ['(0 1)(2 3), (4 5)', 'a symmetry that leaves most things alone'],
  ['Rubik', 'the 48 stickers of the cube'],
]

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

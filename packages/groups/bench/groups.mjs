// Times sharing schemes and orders of groups, and GAP if it is installed. Run after a build: node packages/groups/bench/groups.mjs
import {
  cyclic,
  mathieu,
  naturalAction,
  PermutationGroup,
  rubik,
  sharingRule,
  sharingScheme,
  symmetric,
  wreathProduct,
} from '../dist/index.js'
import { gapTimes } from './gap.mjs'
import { line, measure } from './measure.mjs'

/** The order computed from the generators alone. */
const orderOf =
  ({ degree, generators }) =>
  () =>
    new PermutationGroup(degree, generators).order()

const circle = naturalAction(cyclic(1000))
const blocks = naturalAction(wreathProduct(symmetric(5), symmetric(200)))

const cases = [
  ['sharing scheme of C_1000, 1000 x 1000', () => sharingScheme(circle, circle), '40', 'scheme C_1000'],
  ['sharing scheme of S_5 wr S_200, 1000 x 1000', () => sharingScheme(blocks, blocks), '40', 'scheme S_5 wr S_200'],
  ['the same without a table', () => sharingRule(blocks, blocks), '1'],
  ['order of S_100', orderOf(symmetric(100)), '150', 'order S_100'],
  ["order of the Rubik's cube group", orderOf(rubik()), '10', 'order rubik'],
  ['order of M_24', orderOf(mathieu(24)), '5', 'order M_24'],
  ['order of C_4 wr S_100', orderOf(wreathProduct(cyclic(4), symmetric(100)))],
]

const gap = gapTimes()
line('milliseconds', 'first', 'median', 'target', 'GAP')
for (const [name, work, target, peer] of cases) {
  const { first, median } = measure(work)
  line(name, first, median, target, gap.get(peer))
}

// Sharing schemes and orders of groups: node packages/groups/bench/groups.mjs, after a build.
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
import { measure, report } from './measure.mjs'

/** The order from the generators alone, without what the maker knows. */
const orderOf = ({ degree, generators }) => new PermutationGroup(degree, generators).order()

const circle = naturalAction(cyclic(1000))
const blocks = naturalAction(wreathProduct(symmetric(5), symmetric(200)))

process.stdout.write(`${'milliseconds'.padEnd(52)}${'first'.padStart(10)}${'median'.padStart(10)}${'target'.padStart(10)}\n`)
report(
  'sharing scheme of C_1000, 1000 x 1000',
  measure(() => sharingScheme(circle, circle)),
  40,
)
report(
  'sharing scheme of S_5 wr S_200, 1000 x 1000',
  measure(() => sharingScheme(blocks, blocks)),
  40,
)
report(
  'the same without a table',
  measure(() => sharingRule(blocks, blocks)),
  1,
)
report(
  'order of S_100',
  measure(() => orderOf(symmetric(100))),
  150,
)
report(
  "order of the Rubik's cube group",
  measure(() => orderOf(rubik())),
  10,
)
report(
  'order of M_24',
  measure(() => orderOf(mathieu(24))),
  5,
)
report(
  'order of C_4 wr S_100',
  measure(() => orderOf(wreathProduct(cyclic(4), symmetric(100)))),
  '-',
)

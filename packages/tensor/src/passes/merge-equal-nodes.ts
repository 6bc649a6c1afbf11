import { mergeEqual } from '../expression/merge-equal.ts'
import type { Pass } from './pass.ts'
import { graphPass } from './rewrite.ts'

/**
 * Nodes that compute the same become one.
 *
 * Law: equal for every input, bit for bit.
 * Before: a = Exp(x); b = Exp(x); Add(a, b). After: a = Exp(x); Add(a, a).
 */
export const mergeEqualNodes: Pass = /* @__PURE__ */ graphPass('merge-equal-nodes', ({ outputs, nodes }) =>
  mergeEqual(
    outputs.map(({ tensor }) => tensor),
    nodes,
  ),
)

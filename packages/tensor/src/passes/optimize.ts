import type { Program } from '../program/program.ts'
import { arithmeticIdentities } from './arithmetic-identities.ts'
import { biasIntoConvolution } from './bias-into-convolution.ts'
import { circularInputGradients } from './circular-input-gradient.ts'
import { convolutionGradients } from './convolution-gradients.ts'
import { dropExpansions } from './drop-expansions.ts'
import { foldConstants } from './fold-constants.ts'
import { knownPlacesWithoutSums } from './known-places.ts'
import { maxPoolGradients } from './max-pool-gradient.ts'
import { mergeCircularPadding } from './merge-circular-padding.ts'
import { mergeEqualNodes } from './merge-equal-nodes.ts'
import { mergeFactors } from './merge-factors.ts'
import { mergeRearrangements } from './merge-rearrangements.ts'
import { contextOf, type Pass, type Target } from './pass.ts'
import { pointsAsRows } from './points-as-rows.ts'
import { poolBeforeRelu } from './pool-before-relu.ts'
import { type PassGroup, together, untilStable } from './rewrite.ts'
import { sumsOntoTerms } from './sums-onto-terms.ts'

/** What makes any expression smaller and nothing else: equal nodes first, so that what is folded is folded once; then rules that open the way for each other. */
export const simplify: PassGroup = /* @__PURE__ */ untilStable('simplify', [
  mergeEqualNodes,
  /* @__PURE__ */ together('rewrite', [
    foldConstants,
    arithmeticIdentities,
    mergeFactors,
    mergeRearrangements,
    pointsAsRows,
    dropExpansions,
  ]),
])

/**
 * What any target gains from, before gradients of convolutions and poolings are written out: the passes on pooling and on circles look for them as they stand. Sums at
 * known places come first, while the order of axes in which they were written is still to be seen.
 */
export const beforeGradients: readonly Pass[] = [knownPlacesWithoutSums, simplify, poolBeforeRelu, circularInputGradients]

/**
 * What any target gains from, after that. Padding goes first: a bias that has become part of a convolution hides nothing, but costs a look. Sums start from
 * terms last: they are known by their zeros before.
 */
export const afterGradients: readonly Pass[] = [
  simplify,
  knownPlacesWithoutSums,
  /* @__PURE__ */ untilStable('circular-padding', [mergeCircularPadding, simplify]),
  biasIntoConvolution,
  sumsOntoTerms,
]

/** The target of no runtime in particular: simple forms of all gradients, nothing that one runtime would like. */
export const plainTarget: Target = {
  name: 'plain',
  passes: [
    ...beforeGradients,
    /* @__PURE__ */ convolutionGradients({ columns: 128 }),
    /* @__PURE__ */ maxPoolGradients(),
    ...afterGradients,
  ],
}

/**
 * An equal Program with less work, written with the operators that the target has.
 *
 * Law: for every input the outputs are equal, but for the rounding that another order of additions and products of constants brings.
 * @param target - what will run it; no runtime in particular if left out.
 * @param options - `fixed`: names of inputs whose values become constants when it is compiled.
 * @remarks optimize(optimize(p)) = optimize(p). Cost: a few walks over the graph for each pass.
 */
export function optimize<Name extends string>(
  program: Program<Name>,
  target: Target = plainTarget,
  { fixed = [] }: { readonly fixed?: readonly string[] } = {},
): Program<Name> {
  return untilStable(target.name, target.passes).run(program, contextOf(program, fixed)) as Program<Name>
}

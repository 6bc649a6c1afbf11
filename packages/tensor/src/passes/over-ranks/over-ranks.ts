import { DimensionError } from '../../expression/errors.ts'
import type { Program } from '../../program/program.ts'
import { meansAsSums } from '../micro-batches/means-as-sums.ts'
import { simplify } from '../optimize.ts'
import { contextOf } from '../pass.ts'
import { DividedSizes } from './divided-sizes.ts'
import { Placement } from './placement.ts'
import { crossingsOf, StageWriter, stageProgram } from './stages.ts'

/** A part of a Program that a rank computes by itself. */
export interface RankStage {
  readonly program: Program
  /** Outputs that are added over the ranks before the next stage reads them. */
  readonly sums: readonly string[]
}

/** A Program whose examples are divided among ranks. */
export interface RankProgram {
  /**
   * What every rank runs, one after another. Inputs are the Program's own; outputs of earlier stages by their names; and sizes: `size.S_of_all` and
   * `size.S_before`, the size S over all ranks and over those before this one, and `size.S`.
   */
  readonly stages: readonly RankStage[]
  /** The output of a stage that each output of the Program is, by its name; an input's, if it is handed on. */
  readonly outputs: Readonly<Record<string, string>>
  /** Sizes that count examples or their rows. The size of the whole is the sum of those of the ranks. */
  readonly divided: readonly string[]
}

/**
 * The parts of a Program that ranks compute, each with its own examples, and the sums over the ranks between them: data-parallel computation that is exact. No sum
 * is left out: losses and gradients, the statistics of batch norm and their derivatives, counts of targets.
 *
 * Law: run by k ranks whose rows, one after another, are those of the whole, and with the sums taken, the outputs are those of the Program for the whole, but for
 * the order of additions. Numbers drawn for rows (dropout) are those that the rows have in the whole.
 *
 * @param data - names of the inputs with examples; their first symbolic size counts them. All others are the same on every rank.
 * @throws DimensionError if examples meet other than in sums (a largest number over the batch, a sort), an output has rows of examples, or no size is symbolic.
 * @remarks Positions (edges, segments) are those in the rank's own rows. A program without statistics over the batch has two stages: gradients, and what is made of
 * their sums. Cost: one pass over the nodes.
 */
export function overRanks(program: Program, data: Iterable<string>): RankProgram {
  const names = new Set(data)
  const sizes = new DividedSizes(program.inputs.filter(({ name }) => names.has(name)))
  if (sizes.symbols.size === 0)
    throw new DimensionError(
      `overRanks: expected an input with a symbolic number of examples, such as [batch, 3], received ${[...names].join(', ') || 'no data'} of fixed sizes.`,
    )
  // Equal nodes first: a step is written with its forward pass twice, and the parts of it would no longer be seen beside each other.
  const prepared = simplify.run(
    meansAsSums(program, (d) => sizes.holds(d)),
    contextOf(program, []),
  )
  const placement = new Placement(prepared, sizes)
  const crossings = crossingsOf(prepared, placement)
  const results = prepared.outputs.map(({ name, tensor }) => ({
    name,
    tensor,
    crossing: crossings.get(tensor),
    stage: placement.of(tensor).stage,
  }))
  const last = Math.max(...results.map(({ stage }) => stage), ...[...crossings.keys()].map((x) => placement.of(x).stage))
  const stages = Array.from({ length: last + 1 }, (_, stage): RankStage => {
    const crossed = [...crossings.values()].filter(({ tensor }) => placement.of(tensor).stage === stage)
    const own = results.filter((one) => one.stage === stage && one.crossing === undefined)
    const writer = new StageWriter(stage, { inputs: prepared.inputs, placement, sizes, crossings })
    return {
      program: stageProgram(
        writer,
        [...crossed.map(({ name, tensor }) => ({ name, tensor })), ...own],
        stage === last ? program.metadata : {},
      ),
      sums: crossed.filter(({ isSum }) => isSum).map(({ name }) => name),
    }
  })
  return {
    stages,
    outputs: Object.fromEntries(results.map(({ name, crossing }) => [name, crossing?.name ?? name])),
    divided: [...sizes.symbols],
  }
}

import type { Executable, TensorValue } from '@equivar/tensor'
import type { Examples } from './epochs.ts'
import { compileEvaluator } from './evaluation.ts'
import type { FitOptions } from './fit-options.ts'
import type { SplitReport } from './objective.ts'
import { ownExamples } from './ranks/own-part.ts'
import { compileOverRanks } from './ranks/rank-executable.ts'
import { isOnAny } from './ranks/ranks.ts'
import { compileApart } from './ranks/ranks-apart.ts'

/** The report of a validation, for the values of a state. */
export type Validate = (values: Readonly<Record<string, TensorValue>>) => Promise<SplitReport>

/** What a run runs: in one process, or as one of several ranks. */
export interface FitRunner {
  readonly executable: Executable
  /** The examples; with several ranks, this rank's part of every batch. */
  readonly train: Examples
  /** The names of the inputs that are data. */
  readonly data: readonly string[]
  /** Whether the run is to stop before its next step. */
  isStopped(): Promise<boolean>
  readonly validate: Validate | undefined
  dispose(): Promise<void>
}

/** The names of the inputs that are data. */
function dataOf({ step }: Pick<FitOptions, 'step'>): string[] {
  const own = new Set([...step.state.map(({ input }) => input), 'learning_rate', 'seed'])
  return step.program.inputs.map(({ name }) => name).filter((name) => !own.has(name))
}

/** Compiles a training step and its evaluation. */
export async function fitRunner(options: FitOptions): Promise<FitRunner> {
  const { step, backend, train, validation, validate, signal, ranks, statistics = 'all' } = options
  const data = dataOf(options)
  const isAlone = ranks === undefined || ranks.size === 1
  const executable = await (isAlone
    ? backend.compile(step.program)
    : statistics === 'rank'
      ? compileApart(step, { backend, ranks, data })
      : compileOverRanks(step.program, { backend, ranks, data }))
  const evaluator = validation === undefined ? undefined : await compileEvaluator(step, backend, isAlone ? {} : { ranks })
  const isAborted = (): boolean => signal?.aborted === true
  return {
    executable,
    train: isAlone ? train : ownExamples(step.program, data, ranks, train),
    data,
    isStopped: async () => (isAlone ? isAborted() : isOnAny(ranks, isAborted())),
    validate: evaluator === undefined || validation === undefined ? validate : (values) => evaluator.evaluate(values, validation),
    dispose: async () => {
      await evaluator?.dispose()
      await executable.dispose()
    },
  }
}

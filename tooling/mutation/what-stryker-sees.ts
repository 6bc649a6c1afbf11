import type { RunnerTask, RunnerTestFile, RunnerTestSuite } from 'vitest'
import type { Plugin } from 'vitest/config'

/** How often each mutant was reached, by the number of the mutant. */
type Hits = Readonly<Record<string, number>>
/** What StrykerJS leaves in a file of tests: which mutants each test reached. */
interface Coverage {
  readonly perTest: Readonly<Record<string, Hits>>
}

/** Whether a task, or one in it, has failed. */
const hasFailed = (task: RunnerTask): boolean => (task.type === 'suite' ? task.tasks.some(hasFailed) : task.result?.state === 'fail')

/**
 * Adds a failed test to a file of tests that could not be collected.
 *
 * StrykerJS counts failed tests only. A mutant that throws while a file builds what its tests use leaves a file without any, and would count as a survivor.
 */
function withCollectionFailure(file: RunnerTestFile): RunnerTestFile {
  if (file.result?.state !== 'fail' || file.tasks.some(hasFailed)) return file
  const failure = { type: 'test', name: 'the tests are collected', mode: 'run', meta: {}, file, suite: file, result: file.result }
  return { ...file, tasks: [...file.tasks, failure as unknown as RunnerTask] }
}

/** The name of a test as StrykerJS writes it. */
const nameOf = ({ name, suite }: { readonly name: string; readonly suite?: RunnerTestSuite | undefined }): string =>
  `${suite === undefined ? '' : `${nameOf(suite)} `}${name}`.trim()

/** The tests of each `describe`, without those of another one inside it. */
function testsBySuite(tasks: readonly RunnerTask[]): RunnerTask[][] {
  return tasks.flatMap((task) =>
    task.type === 'suite' ? [task.tasks.filter(({ type }) => type === 'test'), ...testsBySuite(task.tasks)] : [],
  )
}

/**
 * Lets every test of a `describe` reach what any of them reaches.
 *
 * Such tests share what the first of them builds, as the laws of a layer share its program. StrykerJS would try a mutant of the layer with that first test only.
 */
export function withSharedCoverage(file: RunnerTestFile): RunnerTestFile {
  const { mutantCoverage: coverage } = file.meta as { readonly mutantCoverage?: Coverage }
  if (coverage === undefined) return file
  const perTest: Record<string, Hits> = { ...coverage.perTest }
  for (const tests of testsBySuite(file.tasks)) {
    const names = tests.map((test) => `${file.filepath}#${nameOf(test)}`)
    const all: Record<string, number> = {}
    for (const name of names) for (const [mutant, hits] of Object.entries(perTest[name] ?? {})) all[mutant] = (all[mutant] ?? 0) + hits
    for (const name of names) perTest[name] = all
  }
  return { ...file, meta: { ...file.meta, mutantCoverage: { ...coverage, perTest } } as typeof file.meta }
}

/** Corrects what StrykerJS reads of the files of tests. */
export const whatStrykerSees: Plugin = {
  name: 'what-stryker-sees',
  configureVitest({ vitest: { state } }) {
    const getFiles = state.getFiles.bind(state)
    state.getFiles = (keys) => getFiles(keys).map((file) => withSharedCoverage(withCollectionFailure(file as RunnerTestFile)))
  },
}

import type { RunnerTask, RunnerTestFile } from 'vitest'
import type { Plugin } from 'vitest/config'

/** Whether a task, or one in it, has failed. */
const hasFailed = (task: RunnerTask): boolean => (task.type === 'suite' ? task.tasks.some(hasFailed) : task.result?.state === 'fail')

/**
 * Adds a failed test to a file of tests that could not be collected.
 *
 * StrykerJS counts failed tests only. A mutant that throws while a file builds what its tests use leaves a file without any, and would count as a survivor.
 */
export function withCollectionFailure(file: RunnerTestFile): RunnerTestFile {
  if (file.result?.state !== 'fail' || file.tasks.some(hasFailed)) return file
  const failure = { type: 'test', name: 'the tests are collected', mode: 'run', meta: {}, file, suite: file, result: file.result }
  return { ...file, tasks: [...file.tasks, failure as unknown as RunnerTask] }
}

/** Lets StrykerJS see the files that could not be collected. */
export const collectionFailures: Plugin = {
  name: 'collection-failures',
  configureVitest({ vitest: { state } }) {
    const getFiles = state.getFiles.bind(state)
    state.getFiles = (keys) => getFiles(keys).map((file) => withCollectionFailure(file as RunnerTestFile))
  },
}

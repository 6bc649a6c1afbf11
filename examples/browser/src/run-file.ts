import { loadOnnx } from '@equivar/backend-onnx'
import { inspectOnnx } from '@equivar/export-onnx'
import { runtime } from './backends.ts'
import { judge } from './judge.ts'
import type { Task } from './task.ts'

const SHOWN = 12

/** An example that is shown. */
export interface Example {
  /** Paths within a square of 100 x 100. */
  readonly picture: string
  readonly truth: string
  /** What a network takes it for. */
  readonly predicted?: string
}

/** Some of the test set of a task. */
export function examplesOf(task: Task, predicted?: readonly number[]): Example[] {
  const { test } = task.data()
  const batch = test.batch(Uint32Array.from({ length: SHOWN }, (_, i) => i))
  return Array.from({ length: SHOWN }, (_, i) => {
    const found = predicted === undefined ? {} : { predicted: task.classes[predicted[i]!] ?? '' }
    return { picture: task.draw(batch, i), truth: task.classes[test.labels[i]!] ?? '', ...found }
  })
}

/** What a file made of examples it had not seen. */
export interface FileRun {
  readonly accuracy: number
  readonly milliseconds: number
  readonly examples: { readonly total: number; readonly shown: readonly Example[] }
}

/** Runs an ONNX file on the test set of a task. @throws Error if it is no ONNX file, or of another task. */
export async function runFile(name: string, file: Uint8Array, task: Task): Promise<FileRun> {
  inspectOnnx(file, name)
  const executable = await loadOnnx(file, { runtime })
  try {
    const { test } = task.data()
    const expected = Object.keys(task.model().inputs)
    const missing = executable.inputNames.filter((input) => !expected.includes(input))
    if (missing.length > 0)
      throw new Error(
        `${name}: expected a network with the inputs ${expected.join(', ')}, received one that also wants ${missing.join(', ')}.`,
      )
    const started = performance.now()
    const { accuracy, predicted } = await judge(executable, {}, test)
    const milliseconds = performance.now() - started
    const shown = examplesOf(task, predicted)
    return { accuracy, milliseconds, examples: { total: test.length, shown } }
  } finally {
    await executable.dispose()
  }
}

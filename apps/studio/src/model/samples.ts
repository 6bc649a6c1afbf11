import type { Side } from '../train/task.ts'

/** Models that the page makes itself: a task of the page that trains, and which of its networks. */
export const samples = {
  points: { title: 'Points', side: 'symmetric' },
  signals: { title: 'Sets of signals', side: 'symmetric' },
  graphs: { title: 'Graphs', side: 'symmetric' },
  images: { title: 'Images', side: 'symmetric' },
  plain: { title: 'Points, without symmetry', side: 'plain' },
} as const satisfies Record<string, { readonly title: string; readonly side: Side }>

export type SampleName = keyof typeof samples

export const isSample = (name: string): name is SampleName => Object.hasOwn(samples, name)

/** The file of a sample: a network as it is before training. */
export async function sampleFile(name: SampleName): Promise<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }> {
  const [{ fileOf }, { tasks }] = await Promise.all([import('../train/learner.ts'), import('../train/tasks/index.ts')])
  const task = tasks[name === 'plain' ? 'points' : name]
  return { name: `${name}-untrained.onnx`, bytes: fileOf(task, samples[name].side) }
}

import type { Task } from '../task.ts'
import { graphsTask } from './graphs.ts'
import { imagesTask } from './images.ts'
import { pointsTask } from './points.ts'
import { signalsTask } from './signals.ts'

/** What can be learned on the page. */
export const tasks = { points: pointsTask, signals: signalsTask, graphs: graphsTask, images: imagesTask } as const satisfies Record<
  string,
  Task
>

export type TaskName = keyof typeof tasks

/** The name of a task, if it is one. */
export const isTask = (name: string): name is TaskName => Object.hasOwn(tasks, name)

import { pointsTask } from './points.ts'
import { signalsTask } from './signals.ts'
import type { Task } from './task.ts'

export type TaskName = 'points' | 'signals'

/** What the page can learn. */
export const tasks: Readonly<Record<TaskName, Task>> = { points: pointsTask, signals: signalsTask }

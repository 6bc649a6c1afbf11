import { Command } from 'commander'
import { standardOutput } from '../output.ts'

/** `equivar new task`. */
export function newCommand(): Command {
  const task = new Command('task')
    .description('write a file that defines a task, to begin with; it trains at once')
    .argument('[name]', 'name of the task, or a file', 'task')
    .option('--json', '', false)
    .action(async (name: string, { json }: { json: boolean }) =>
      (await import('../user-task/new-task.ts')).newTask(name, standardOutput(json)),
    )
  return new Command('new').description('write a file to begin with').addCommand(task)
}

import { Command } from 'commander'
import { standardOutput } from '../output.ts'

/** `equivar tasks`. */
export function tasksCommand(): Command {
  return new Command('tasks')
    .description('list all built-in tasks')
    .option('--json', '', false)
    .action(async ({ json }: { json: boolean }) => (await import('../list-tasks.ts')).listTasks(standardOutput(json)))
}

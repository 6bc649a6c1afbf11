import { Command, CommanderError } from 'commander'
import { benchCommand, benchSideCommand } from './commands/bench.ts'
import { doctorCommand, doctorProbeCommand } from './commands/doctor.ts'
import { evaluateCommand } from './commands/evaluate.ts'
import { explainCommand } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { groupCommand } from './commands/group.ts'
import { predictCommand } from './commands/predict.ts'
import { separateCommand } from './commands/separate.ts'
import { tasksCommand } from './commands/tasks.ts'
import { trainCommand } from './commands/train.ts'
import { verifyCommand } from './commands/verify.ts'
import { exitStatus, messageOf } from './errors.ts'
import { ownVersion } from './own-version.ts'

export { defineConfig, type TrainConfig } from './config-file.ts'

/** All commands. Each loads its modules when it runs, so that the others start fast. */
function buildProgram(stopping: AbortSignal): Command {
  const program = new Command('equivar').description('Train, export, verify and use equivariant networks').version(ownVersion())
  const commands = [
    tasksCommand(),
    trainCommand(stopping),
    evaluateCommand(),
    exportCommand(),
    verifyCommand(),
    explainCommand(),
    groupCommand(),
    separateCommand(),
    benchCommand(),
    doctorCommand(),
    predictCommand(stopping),
  ]
  for (const command of commands) program.addCommand(command)
  for (const command of [benchSideCommand(), doctorProbeCommand()]) program.addCommand(command, { hidden: true })
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ writeErr: () => {} })
  return program
}

/** Commands that Ctrl-C stops at the next step, with their results saved. It ends the others at once, even while they compute. */
const stoppedInOrder: ReadonlySet<string> = new Set(['train', 'predict'])

/** Ignores EPIPE, which means that the reader closed the pipe (`| head`). Commands that go on writing get their own error. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/**
 * The `equivar` command.
 *
 * @param args - the arguments, without interpreter and script.
 * @returns the exit status: 0 success, 1 a failure or a failed check, 2 invalid arguments or input, 130 stopped by Ctrl-C.
 */
export async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController()
  const onInterrupt = (): void => stop.abort()
  // The listener stays, because an error of the last write is reported after the command has ended.
  process.stdout.off('error', onOutputError).on('error', onOutputError)
  try {
    const program = buildProgram(stop.signal).hook('preAction', (_, command) => {
      if (stoppedInOrder.has(command.name())) process.on('SIGINT', onInterrupt)
    })
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0
    process.stderr.write(`equivar: ${messageOf(error)}\n`)
    return exitStatus(error)
  } finally {
    process.off('SIGINT', onInterrupt)
  }
}

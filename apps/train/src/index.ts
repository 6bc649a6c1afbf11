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

/** All commands. Each loads what it works with when it is run, so that the others need not wait for it. */
function buildProgram(stopping: AbortSignal): Command {
  const program = new Command('equivar').description('Equivariant networks: train, export, verify, use').version(ownVersion())
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

/** Who reads the output has enough (`| head`): what goes on writing is told by its own error. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/**
 * The `equivar` command.
 *
 * @param args - without the interpreter and the script.
 * @returns the exit status: 0 done, 1 the work failed or a check did not hold, 2 bad arguments or input, 130 stopped by Ctrl-C.
 */
export async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController()
  const onInterrupt = (): void => stop.abort()
  process.on('SIGINT', onInterrupt)
  // It stays: what the last line met is told when the command is over.
  process.stdout.off('error', onOutputError).on('error', onOutputError)
  try {
    await buildProgram(stop.signal).parseAsync(args, { from: 'user' })
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

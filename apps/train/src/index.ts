import { Command, CommanderError } from 'commander'
import { benchCommand, benchSideCommand } from './commands/bench.ts'
import { doctorCommand, doctorProbeCommand } from './commands/doctor.ts'
import { evaluateCommand } from './commands/evaluate.ts'
import { explainCommand } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { groupCommand } from './commands/group.ts'
import { newCommand } from './commands/new.ts'
import { predictCommand } from './commands/predict.ts'
import { separateCommand } from './commands/separate.ts'
import { symmetrizeCommand } from './commands/symmetrize.ts'
import { tasksCommand } from './commands/tasks.ts'
import { trainCommand } from './commands/train.ts'
import { verifyCommand } from './commands/verify.ts'
import { exitStatus, messageOf, stopSignals } from './errors.ts'
import { ownVersion } from './own-version.ts'

export * from './definitions.ts'

/** The parser of the command, to read from it what commands and options there are. */
export const commandLine = (): Command => buildProgram([], new AbortController().signal, () => {})

/** All commands. Each loads its modules when it runs, so that the others start fast. @param args - for the report of a training. @param listen - makes signals abort `stopping` instead of ending the process. */
function buildProgram(args: readonly string[], stopping: AbortSignal, listen: () => void): Command {
  const program = new Command('equivar').description('Train, export, verify and use equivariant networks').version(ownVersion())
  const commands = [
    tasksCommand(),
    newCommand(),
    trainCommand(stopping, args),
    evaluateCommand(),
    exportCommand(),
    verifyCommand(),
    symmetrizeCommand(),
    explainCommand(),
    groupCommand(),
    separateCommand(),
    benchCommand(),
    doctorCommand(),
    predictCommand(stopping),
  ]
  for (const command of commands) program.addCommand(command)
  // Signals end all other commands at once, as usual.
  for (const command of commands) if (['train', 'predict'].includes(command.name())) command.hook('preAction', listen)
  for (const command of [benchSideCommand(), doctorProbeCommand()]) program.addCommand(command, { hidden: true })
  const below = (command: Command): Command[] => [command, ...command.commands.flatMap(below)]
  for (const command of below(program)) command.exitOverride().configureOutput({ writeErr: () => {} })
  return program
}

/**
 * Ignores EPIPE, which means that the reader closed the pipe (`| head`), and EIO, that the terminal is gone. Commands that go on writing get their own error.
 * Any other error, such as a full disk, ends the process with one line.
 */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || error.code === 'EIO') return
  process.stderr.write(`equivar: standard output: ${messageOf(error)}\n`)
  process.exit(1)
}

/**
 * The `equivar` command.
 *
 * @param args - the arguments, without interpreter and script.
 * The first signal stops a training or a prediction with its work saved, the second at once.
 *
 * @returns the exit status: 0 success, 1 a failure or a failed check, 2 invalid arguments or input; stopped by a signal: 130 (Ctrl-C), 143 (SIGTERM) or 129 (SIGHUP).
 */
export async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController()
  const signals = Object.keys(stopSignals) as (keyof typeof stopSignals)[]
  const onSignal = (signal: NodeJS.Signals): void => stop.abort(signal)
  const listen = (): void => {
    for (const signal of signals) process.once(signal, onSignal)
  }
  // The listeners stay, because an error of the last write is reported after the command has ended.
  for (const stream of [process.stdout, process.stderr]) stream.off('error', onOutputError).on('error', onOutputError)
  try {
    await buildProgram(args, stop.signal, listen).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0
    process.stderr.write(`equivar: ${messageOf(error)}\n`)
    return exitStatus(error)
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

import { Command } from 'commander'
import { standardOutput } from '../output.ts'
import { whole } from './arguments.ts'

/** `equivar doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check which backends work on this machine, whether they compute correctly, and how to install missing ones')
    .option('--time-limit <seconds>', 'time limit for each provider', whole(0), 60)
    .option('--json', '', false)
    .action(async ({ json, timeLimit }: { json: boolean; timeLimit: number }) =>
      (await import('../doctor/doctor.ts')).doctor({ timeLimit }, standardOutput(json)),
    )
}

/** `equivar doctor-probe`: the check of one provider by `equivar doctor`, in its own process. */
export function doctorProbeCommand(): Command {
  return new Command('doctor-probe')
    .argument('<provider>')
    .action(async (provider: string) => (await import('../doctor/probe.ts')).probe(provider))
}

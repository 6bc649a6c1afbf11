import { Command } from 'commander'
import { standardOutput } from '../output.ts'
import { whole } from './arguments.ts'

/** `equivar doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('what can compute here, whether it computes right, and what adds what is missing')
    .option('--time-limit <seconds>', 'for each provider', whole(0), 60)
    .option('--json', '', false)
    .action(async ({ json, timeLimit }: { json: boolean; timeLimit: number }) =>
      (await import('../doctor/doctor.ts')).doctor({ timeLimit }, standardOutput(json)),
    )
}

/** `equivar doctor-probe`: what `equivar doctor` starts in a process of its own. */
export function doctorProbeCommand(): Command {
  return new Command('doctor-probe')
    .argument('<provider>')
    .action(async (provider: string) => (await import('../doctor/probe.ts')).probe(provider))
}

import { Command, Option } from 'commander'
import type { BenchArguments } from '../bench/bench.ts'
import { standardOutput } from '../output.ts'
import { whole } from './arguments.ts'

interface BenchOptions extends Omit<BenchArguments, 'workloads'> {
  readonly json: boolean
  readonly scale: boolean
}

/** `equivar bench`. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('measure the time and memory of a training step and of inference')
    .argument('[workload...]', 'NAME, or NAME:key=value,... with other sizes; default: all')
    .addOption(
      new Option(
        '--against <peer>',
        'also measure the same models in PyTorch, in turns and in every form that works here; uses $EQUIVAR_PYTHON or python3',
      ).choices(['torch']),
    )
    .option('--rounds <n>', 'turns of each side', whole(1), 8)
    .option('--threads <n>', 'threads of each side; with 1 the table shows processor time', whole(0), 2)
    .option('--wait <seconds>', 'wait that long, at most, for an idle machine before each turn', whole(0), 5)
    .option('--cold <n>', 'time the first answer of that many fresh processes too', whole(0), 0)
    .option('--scale', 'time and memory as one size grows, with fitted exponents; the arguments are curves then', false)
    .option('--json', 'one JSON object a workload, and one with the geometric mean', false)
    .action(async (names: string[], { json, scale, ...options }: BenchOptions) => {
      const output = standardOutput(json)
      if (scale) return (await import('../bench/scale.ts')).scale({ ...options, curves: names }, output)
      return (await import('../bench/bench.ts')).bench({ ...options, workloads: names }, output)
    })
}

/** `equivar bench-side`: one side of `equivar bench`, in its own process. */
export function benchSideCommand(): Command {
  return new Command('bench-side')
    .argument('<workload>')
    .option('--threads <n>', '', whole(0), 2)
    .option('--exported', '', false)
    .action(async (workload: string, options: { threads: number; exported: boolean }) =>
      (await import('../bench/bench.ts')).benchSide(workload, options),
    )
}

import { Command, Option } from 'commander'
import type { BenchArguments } from '../bench/bench.ts'
import { standardOutput } from '../output.ts'
import { whole } from './arguments.ts'

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
    .option('--rounds <n>', 'number of turns per side', whole(1), 8)
    .option('--threads <n>', 'threads per side; with 1 the table shows processor time', whole(0), 2)
    .option('--wait <seconds>', 'longest wait for an idle machine before each turn', whole(0), 5)
    .option('--cold <n>', 'also time the first output of that many fresh processes', whole(0), 0)
    .option('--json', 'print one JSON object per workload, and one with the geometric mean', false)
    .action(async (names: string[], { json, ...options }: { json: boolean } & Omit<BenchArguments, 'workloads'>) =>
      (await import('../bench/bench.ts')).bench({ ...options, workloads: names }, standardOutput(json)),
    )
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

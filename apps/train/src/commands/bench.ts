import { Command, Option } from 'commander'
import type { BenchArguments } from '../bench/bench.ts'
import { standardOutput } from '../output.ts'
import { whole } from './arguments.ts'

/** `equivar bench`. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('measure the time of a training step and of inference')
    .argument('[workload...]', 'workloads to run; default: all')
    .addOption(
      new Option('--against <peer>', 'also measure the same models in PyTorch, in turns; uses $EQUIVAR_PYTHON or python3').choices([
        'torch',
      ]),
    )
    .option('--rounds <n>', 'number of turns per side', whole(0), 8)
    .option('--threads <n>', 'threads per side', whole(0), 2)
    .option('--wait <seconds>', 'longest wait for an idle machine before each turn', whole(0), 5)
    .option('--json', 'print one JSON object per workload', false)
    .action(async (names: string[], { json, ...options }: { json: boolean } & Omit<BenchArguments, 'workloads'>) =>
      (await import('../bench/bench.ts')).bench({ ...options, workloads: names }, standardOutput(json)),
    )
}

/** `equivar bench-side`: one side of `equivar bench`, in its own process. */
export function benchSideCommand(): Command {
  return new Command('bench-side')
    .argument('<workload>')
    .option('--threads <n>', '', whole(0), 2)
    .action(async (workload: string, options: { threads: number }) => (await import('../bench/bench.ts')).benchSide(workload, options))
}

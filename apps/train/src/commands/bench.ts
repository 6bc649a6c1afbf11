import { Command, Option } from 'commander'
import type { BenchArguments } from '../bench/bench.ts'
import { standardOutput } from '../output.ts'
import { whole } from './arguments.ts'

/** `equivar bench`. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('time of a training step and of inference')
    .argument('[workload...]', 'all if left out')
    .addOption(
      new Option('--against <peer>', 'the same models beside ours, by turns; PyTorch by $EQUIVAR_PYTHON or python3').choices(['torch']),
    )
    .option('--rounds <n>', 'turns of each side', whole(0), 8)
    .option('--threads <n>', 'threads of each side', whole(0), 2)
    .option('--wait <seconds>', 'wait that long, at most, for an idle machine before each turn', whole(0), 5)
    .option('--json', 'one JSON object a workload', false)
    .action(async (names: string[], { json, ...options }: { json: boolean } & Omit<BenchArguments, 'workloads'>) =>
      (await import('../bench/bench.ts')).bench({ ...options, workloads: names }, standardOutput(json)),
    )
}

/** `equivar bench-side`: what `equivar bench` starts in a process of its own. */
export function benchSideCommand(): Command {
  return new Command('bench-side')
    .argument('<workload>')
    .option('--threads <n>', '', whole(0), 2)
    .action(async (workload: string, options: { threads: number }) => (await import('../bench/bench.ts')).benchSide(workload, options))
}

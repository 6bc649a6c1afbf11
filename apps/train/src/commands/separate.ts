import { Command, Option } from 'commander'
import { standardOutput } from '../output.ts'
import type { SeparateOptions } from '../separate.ts'
import { precisions, separators } from '../separators.ts'
import { whole } from './arguments.ts'

/** `equivar separate`. */
export function separateCommand(): Command {
  return new Command('separate')
    .description(
      'count the pairs of graphs in a graph6 file that a Weisfeiler-Leman test, or a model with random weights, does not separate',
    )
    .argument('<file>')
    .addOption(
      new Option('--by <test>', 'wl: colour refinement; wl2: 2-WL; fwl2: folklore 2-WL; or a model')
        .choices(separators)
        .makeOptionMandatory(),
    )
    .option('--pairs', 'compare only lines 1 and 2, 3 and 4, ...', false)
    .option('--seed <n>', 'seed of the random weights', whole(0), 1)
    .addOption(
      new Option('--precision <type>', 'precision of a model: float32 runs the exported file on ONNX Runtime, float64 the slow reference')
        .choices(precisions)
        .default('float32'),
    )
    .option('--json', '', false)
    .action(async (file: string, { json, ...options }: SeparateOptions & { json: boolean }) =>
      (await import('../separate.ts')).separate(file, options, standardOutput(json)),
    )
}

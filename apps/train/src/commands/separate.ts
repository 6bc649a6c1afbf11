import { Command, Option } from 'commander'
import { standardOutput } from '../output.ts'
import type { SeparateOptions } from '../separate.ts'
import { precisions, separators } from '../separators.ts'
import { whole } from './arguments.ts'

/** `equivar separate`. */
export function separateCommand(): Command {
  return new Command('separate')
    .description('how many pairs of graphs of a graph6 file a Weisfeiler-Leman test, or a model with random weights, leaves equal')
    .argument('<file>')
    .addOption(
      new Option('--by <test>', 'wl: colour refinement; wl2: 2-WL; fwl2: folklore 2-WL; or a model')
        .choices(separators)
        .makeOptionMandatory(),
    )
    .option('--pairs', 'compare lines 1 and 2, 3 and 4, ... only', false)
    .option('--seed <n>', 'of the weights', whole(0), 1)
    .addOption(
      new Option('--precision <type>', 'of a model: float32 is the exported file on ONNX Runtime, float64 the slow reference')
        .choices(precisions)
        .default('float32'),
    )
    .option('--json', '', false)
    .action(async (file: string, { json, ...options }: SeparateOptions & { json: boolean }) =>
      (await import('../separate.ts')).separate(file, options, standardOutput(json)),
    )
}

import { Command, Option } from 'commander'
import type { EvaluateOptions } from '../evaluate.ts'
import { standardOutput } from '../output.ts'
import { setting } from './arguments.ts'

/** `equivar evaluate`. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('compute loss and accuracy (or mean error) of a run')
    .argument('<dir>')
    .addOption(new Option('--split <name>').choices(['train', 'validation', 'test', 'untransformed']).default('test'))
    .option('--data <dir>', 'folder of data sets')
    .option('--set <key=value>', 'data settings that differ from those of the training: rotateTest=1, ...', setting, {})
    .option('--json', '', false)
    .action(async (folder: string, { json, ...options }: EvaluateOptions & { json: boolean }) =>
      (await import('../evaluate.ts')).evaluateRun(folder, options, standardOutput(json)),
    )
}

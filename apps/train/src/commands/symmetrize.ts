import { Command, Option } from 'commander'
import { standardOutput } from '../output.ts'
import type { SymmetrizeRequest } from '../symmetrize/symmetrize-file.ts'
import { setting, whole } from './arguments.ts'

const collect = (text: string, before: readonly string[]): string[] => [...before, text]

/** `equivar symmetrize`. */
export function symmetrizeCommand(): Command {
  return new Command('symmetrize')
    .description(
      'make any ONNX file exactly invariant or equivariant, without training: an average over a group, or over frames of the input',
    )
    .argument('<file>', 'model.onnx, of any framework')
    .requiredOption(
      '--action <input:action>',
      'action on an input, such as x:"D4 on axes 2 3"; repeatable, one group acts on all',
      collect,
      [],
    )
    .option('--output <output:action>', 'action on an output; others become invariant', collect, [])
    .requiredOption('--out <file>', 'file to write')
    .addOption(new Option('--method <name>', 'how; what suits the group if left out').choices(['average', 'frames', 'canonical', 'sample']))
    .option('--samples <n>', 'number of random elements of --method sample', whole(2), 32)
    .option('--most <n>', 'largest number of elements to average over', whole(1), 1000)
    .addOption(
      new Option(
        '--batch <mode>',
        'axis 0: examples, with copies stacked in one run (stack) or the model repeated (repeat), or no examples (none); found by runs if left out',
      ).choices(['stack', 'repeat', 'none']),
    )
    .option('--seed <n>', '', whole(0), 0)
    .option('--range <input:from..to>', 'numbers of an input for the measured errors, such as ids:0..9', collect, [])
    .option('--size <name=number>', 'value of a symbolic size for the measured errors', setting, {})
    .option('--json', '', false)
    .action(async (path: string, { json, ...options }: SymmetrizeRequest & { json: boolean }) =>
      (await import('../symmetrize/symmetrize-file.ts')).symmetrizeFile(path, options, standardOutput(json)),
    )
}

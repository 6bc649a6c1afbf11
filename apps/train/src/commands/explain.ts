import { Command, Option } from 'commander'
import type { ExplainOptions, ExplainTarget } from '../explain.ts'
import { standardOutput } from '../output.ts'
import { setting } from './arguments.ts'

/** `equivar explain`. */
export function explainCommand(): Command {
  const targets: readonly ExplainTarget[] = ['plain', 'file', 'cpu', 'cuda', 'tensorrt', 'webgpu', 'tfjs']
  return new Command('explain')
    .description('show the effect of each compiler pass on an ONNX file or a program of a run: nodes, bytes, operations')
    .argument('<path>', 'model.onnx or run directory')
    .addOption(new Option('--target <name>', 'target that runs the program').choices(targets).default('file'))
    .addOption(
      new Option('--what <program>', 'program of a run directory').choices(['model', 'gradient', 'train-step']).default('train-step'),
    )
    .option('--size <name=number>', 'value of a symbolic size; default 16', setting, {})
    .option('--json', '', false)
    .action(async (path: string, { json, ...options }: ExplainOptions & { json: boolean }) =>
      (await import('../explain.ts')).explainPath(path, options, standardOutput(json)),
    )
}

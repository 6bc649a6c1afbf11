import { Command, Option } from 'commander'
import type { PredictOptions } from '../predict/predict.ts'
import { whole } from './arguments.ts'

/** `equivar predict`. @param stopping - says that the user wants it to end. */
export function predictCommand(stopping: AbortSignal): Command {
  return new Command('predict')
    .description(
      'run a model: one run on JSON or .npz with the batch axis; or many examples, a line each, from newline-delimited JSON (.ndjson, .jsonl, - for standard input) or, with --out, from .npz',
    )
    .argument('<model>')
    .argument('<input>')
    .option('--out <file>', 'where the lines go, complete or not at all; standard output if left out')
    .option('--batch <n>', 'many: most examples of one run', whole(1), 64)
    .option('--workers <n>', 'many: examples are read and run by so many threads; the cores if left out, 1 on a GPU', whole(1))
    .option('--threads <n>', 'of ONNX Runtime in each of these; 1 if left out', whole(1))
    .addOption(new Option('--device <name>', 'where it computes').choices(['cpu', 'cuda', 'tensorrt', 'webgpu']).default('cpu'))
    .option('--resume', 'many: go on where the same command was killed; its output is the same to the byte', false)
    .option('--skip-errors', 'many: a bad line becomes {"error": ...} in its place', false)
    .action(async (model: string, input: string, options: PredictOptions) =>
      (await import('../predict/predict.ts')).predict(model, input, options, stopping),
    )
}

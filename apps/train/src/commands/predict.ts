import { Command, Option } from 'commander'
import type { PredictOptions } from '../predict/predict.ts'
import { whole } from './arguments.ts'

/** `equivar predict`. @param stopping - aborts on Ctrl-C. */
export function predictCommand(stopping: AbortSignal): Command {
  return new Command('predict')
    .description(
      'run a model once, on JSON or .npz with a batch axis; on many examples, one per line of newline-delimited JSON (.ndjson, .jsonl, - for standard input), or from .npz with --out; or on files such as the model was trained on: tables, molecules, graphs, images, folders of images',
    )
    .argument('<model>')
    .argument('<input>')
    .option('--out <file>', 'output file, written completely or not at all; default: standard output')
    .option('--batch <n>', 'many examples: largest number of examples in a run', whole(1), 64)
    .option('--workers <n>', 'many examples: number of worker threads; default: number of cores, or 1 on a GPU', whole(1))
    .option('--threads <n>', 'threads of ONNX Runtime in each worker; default 1', whole(1))
    .addOption(new Option('--device <name>', 'device that runs the model').choices(['cpu', 'cuda', 'tensorrt', 'webgpu']).default('cpu'))
    .option('--resume', 'many examples: continue an interrupted run; the output is the same, byte for byte', false)
    .option('--skip-errors', 'many examples: write {"error": ...} for an invalid line and continue', false)
    .action(async (model: string, input: string, options: PredictOptions) =>
      (await import('../predict/predict.ts')).predict(model, input, options, stopping),
    )
}

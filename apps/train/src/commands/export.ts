import { Command, InvalidArgumentError, Option } from 'commander'
import type { ExportOptions } from '../export/export-run.ts'
import { precisions } from '../export/precisions.ts'
import { whole } from './arguments.ts'

function share(text: string): number {
  const value = Number(text)
  if (text === '' || Number.isNaN(value) || value < 0) throw new InvalidArgumentError(`expected a number of 0 or more, received "${text}".`)
  return value
}

/** `equivar export`. */
export function exportCommand(): Command {
  return new Command('export')
    .description(
      'export the model, its gradient or its training step as an ONNX file, or a model repository for Triton with a manifest for KServe',
    )
    .argument('<dir>')
    .addOption(new Option('--what <file>').choices(['model', 'gradient', 'train-step', 'triton']).default('model'))
    .option('--out <path>', 'output file; for triton the folder of the repository (default "models")')
    .addOption(
      new Option('--precision <type>', 'precision of a model; its losses are measured on the test split')
        .choices(precisions)
        .default('float32'),
    )
    .option(
      '--max-accuracy-loss <share>',
      'largest allowed loss of accuracy (absolute) or increase of a mean error (relative)',
      share,
      0.01,
    )
    .option('--max-equivariance-error <share>', 'largest allowed equivariance error, relative to the largest output', share, 0.01)
    .option('--data <dir>', 'folder of data sets, for float16 and int8')
    .option('--name <name>', 'triton: name of the model; default TASK-MODEL')
    .option('--model-version <n>', 'triton: version, which names the folder of the model', whole(1), 1)
    .addOption(new Option('--device <name>', 'triton: device that runs the model').choices(['cpu', 'cuda', 'tensorrt']).default('cpu'))
    .option('--max-batch <n>', 'triton: largest number of examples in a run; 0: no batching', whole(0), 32)
    .option('--max-delay <microseconds>', 'triton: how long a request waits for others', whole(0), 1000)
    .option('--instances <n>', 'triton: number of model instances, per GPU or on the CPU', whole(1), 1)
    .option('--threads <n>', 'triton: threads per instance on the CPU; 0: one per core; always 1 for models with scatter-adds', whole(0), 0)
    .option(
      '--engine-cache <dir>',
      'triton: folder on the server in which TensorRT keeps its engines; engines are code, so nobody else may write there',
    )
    .option('--storage <uri>', 'kserve: location of the repository; default pvc://models/repository')
    .option('--max-replicas <n>', 'kserve: largest number of server replicas', whole(1), 3)
    .option('--json', 'print one JSON object per line', false)
    .action(async (folder: string, options: ExportOptions) => (await import('../export/export-run.ts')).exportRun(folder, options))
}

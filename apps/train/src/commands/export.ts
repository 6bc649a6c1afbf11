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
      'the model, its gradient or its training step as an ONNX file, or a model repository for Triton with a manifest for KServe',
    )
    .argument('<dir>')
    .addOption(new Option('--what <file>').choices(['model', 'gradient', 'train-step', 'triton']).default('model'))
    .option('--out <path>', 'the file; with triton the folder of the repository, "models" if left out')
    .addOption(
      new Option('--precision <type>', 'of a model: what it loses is measured on the test split').choices(precisions).default('float32'),
    )
    .option('--max-accuracy-loss <share>', 'more is refused: of the accuracy, or relative of a mean error', share, 0.01)
    .option('--max-equivariance-error <share>', 'more is refused: relative to the largest output', share, 0.01)
    .option('--data <dir>', 'folder of data sets, for float16 and int8')
    .option('--name <name>', 'triton: of the model; TASK-MODEL if left out')
    .option('--model-version <n>', 'triton: the folder of this version', whole(1), 1)
    .addOption(new Option('--device <name>', 'triton: where it computes').choices(['cpu', 'cuda', 'tensorrt']).default('cpu'))
    .option('--max-batch <n>', 'triton: most examples of one run; 0: no batching', whole(0), 32)
    .option('--max-delay <microseconds>', 'triton: how long a request may wait for others', whole(0), 1000)
    .option('--instances <n>', 'triton: copies of the model, on every GPU or on the cpu', whole(1), 1)
    .option('--threads <n>', 'triton: threads of a copy on the cpu; 0: one a core; always 1 where rows are added by index', whole(0), 0)
    .option('--storage <uri>', 'kserve: where the repository will lie; pvc://models/repository if left out')
    .option('--max-replicas <n>', 'kserve: most copies of the server', whole(1), 3)
    .option('--json', 'one JSON object a line', false)
    .action(async (folder: string, options: ExportOptions) => (await import('../export/export-run.ts')).exportRun(folder, options))
}

import { Command, Option } from 'commander'
import type { TrainConfig } from '../config-file.ts'
import { standardOutput } from '../output.ts'
import { setting, whole } from './arguments.ts'

interface TrainOptions {
  readonly model?: string
  readonly out?: string
  readonly epochs?: number
  readonly seed: number
  readonly data?: string
  readonly backend: 'onnx' | 'tfjs'
  readonly device: 'cpu' | 'cuda' | 'webgpu'
  readonly threads: number
  readonly keep: 'last' | 'best'
  readonly resume: boolean
  readonly set: Readonly<Record<string, number>>
  readonly folds?: number
  readonly fold?: number
  readonly config?: string
  readonly json: boolean
}

/** The file's values where the command line says nothing. */
function withConfig(given: TrainOptions, { set = {}, ...config }: TrainConfig, command: Command): TrainOptions {
  const unsaid = Object.entries(config).filter(([name]) => [undefined, 'default'].includes(command.getOptionValueSource(name)))
  return { ...given, ...Object.fromEntries(unsaid), set: { ...set, ...given.set } }
}

async function run(task: string, said: TrainOptions, command: Command, stopping: AbortSignal): Promise<void> {
  const [{ readConfigFile }, { train }] = [await import('../config-file.ts'), await import('../train.ts')]
  const options = said.config === undefined ? said : withConfig(said, await readConfigFile(said.config), command)
  const { model, out, epochs, data, folds, fold, seed, backend, device, threads, keep, resume, set: settings, json } = options
  const given = { task, model, out, epochs, data, folds, fold, seed, backend, device, threads, keep, resume, settings }
  await train(given, standardOutput(json), stopping)
}

/** `equivar train`. @param stopping - says that the user wants it to end. */
export function trainCommand(stopping: AbortSignal): Command {
  return new Command('train')
    .description('train a model of a task')
    .argument('<task>', 'see: equivar tasks')
    .option('--model <name>', 'one of the models of the task')
    .option('--out <dir>', 'run directory; runs/TASK-MODEL if left out')
    .option('--epochs <n>', 'passes over the data', whole(0))
    .option('--seed <n>', 'of weights, order and dropout', whole(0), 1)
    .option('--folds <n>', 'cross-validate on the fixed folds of the data', whole(0))
    .option('--fold <i>', 'one of these folds only, from 0', whole(0))
    .option('--data <dir>', 'folder of data sets')
    .addOption(new Option('--backend <name>', 'what computes').choices(['onnx', 'tfjs']).default('onnx'))
    .addOption(new Option('--device <name>', 'where it computes').choices(['cpu', 'cuda', 'webgpu']).default('cpu'))
    .option('--threads <n>', 'threads of ONNX Runtime; 0: one a physical core', whole(0), 0)
    .addOption(
      new Option('--keep <which>', 'values of the model: of the last epoch, or of the lowest validation loss')
        .choices(['last', 'best'])
        .default('last'),
    )
    .option('--resume', 'go on from the checkpoint in the run directory', false)
    .option(
      '--set <key=value>',
      'batchSize=, learningRate=, accumulate=, clipNorm=, patience=, and what the task and the model have: trainSets=, hidden=, ...',
      setting,
      {},
    )
    .option('--config <file>', 'a file with defaults for these options, TypeScript or JavaScript')
    .option('--json', 'one JSON object a line', false)
    .action((task: string, said: TrainOptions, command: Command) => run(task, said, command, stopping))
}

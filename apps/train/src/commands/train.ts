import { statSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { Command, Option } from 'commander'
import { messageOf, UsageError } from '../errors.ts'
import { silentOutput, standardOutput } from '../output.ts'
import { exampleKinds } from '../own-data/example.ts'
import { demandNoOwn, OWN, type OwnOptions, ownSource } from '../own-data/own-source.ts'
import type { TrainConfig } from '../train-config.ts'
import { setting, whole } from './arguments.ts'

interface TrainOptions extends OwnOptions {
  readonly model?: string
  readonly out?: string
  readonly epochs?: number
  readonly seed: number
  readonly backend: 'onnx' | 'tfjs'
  readonly device: 'cpu' | 'cuda' | 'webgpu'
  readonly threads: number
  readonly keep: 'last' | 'best'
  readonly resume: boolean
  readonly overwrite: boolean
  readonly set: Readonly<Record<string, number>>
  readonly folds?: number
  readonly fold?: number
  readonly config?: string
  readonly json: boolean
}

/** A value of the configuration file, under the same rules as on the command line. @throws UsageError that names the file. */
function parsedOption(command: Command, name: string, value: unknown): unknown {
  const option = command.options.find((each) => each.attributeName() === name)
  if (option?.parseArg === undefined || typeof value === 'boolean') return value
  return option.parseArg(String(value), undefined as never)
}

/** The options, with those of the configuration file as defaults. */
function withConfig(given: TrainOptions, { set = {}, ...config }: TrainConfig, command: Command): TrainOptions {
  const unsaid = Object.entries(config).filter(([name]) => [undefined, 'default'].includes(command.getOptionValueSource(name)))
  try {
    const values = unsaid.map(([name, value]) => [name, parsedOption(command, name, value)] as const)
    for (const [name, value] of values) command.setOptionValueWithSource(name, value, 'config')
    const settings = Object.entries(set).reduce((all, [key, value]) => setting(`${key}=${value}`, all), {})
    return { ...given, ...Object.fromEntries(values), set: { ...settings, ...given.set } }
  } catch (error) {
    throw new UsageError(`${given.config}: ${messageOf(error)}`)
  }
}

/** Whether a task is given as a file, not by its name; a folder of that name may lie here. */
const isFile = (task: string): boolean =>
  !task.startsWith('tu:') && (/[./\\]/.test(task) || statSync(task, { throwIfNoEntry: false })?.isFile() === true)

/** A command as a shell reads it. */
const asWritten = (args: readonly string[]): string =>
  ['equivar', ...args].map((arg) => (/^[\w./:=,@%+-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)).join(' ')

/** What a training gets from `main`. */
interface Invocation {
  readonly command: Command
  readonly stopping: AbortSignal
  readonly args: readonly string[]
}

async function run(named: string | undefined, said: TrainOptions, { command, stopping, args }: Invocation): Promise<void> {
  const [{ readConfigFile }, { train }, { isFirst, rankJob, saidBy }] = [
    await import('../config-file.ts'),
    await import('../train.ts'),
    await import('../ranks/rank-job.ts'),
  ]
  const options = said.config === undefined ? said : withConfig(said, await readConfigFile(said.config), command)
  const { model, out, epochs, data, folds, fold, seed, backend, device, threads, resume, overwrite, set: settings, json } = options
  const own = named === undefined ? await ownSource(options) : demandNoOwn(named, options)
  const file = named !== undefined && isFile(named) ? named : undefined
  const task = file === undefined ? (named ?? OWN) : basename(file, extname(file))
  // The best epoch is what a user of own data wants; the published protocols of built-in tasks take the last.
  const keep =
    (own !== undefined || file !== undefined) && folds === undefined && command.getOptionValueSource('keep') === 'default'
      ? 'best'
      : options.keep
  const given = {
    task,
    file,
    model,
    out,
    epochs,
    data,
    own,
    folds,
    fold,
    seed,
    backend,
    device,
    threads,
    keep,
    resume,
    overwrite,
    settings,
    command: asWritten(args),
  }
  const job = await rankJob()
  const output = isFirst(job) ? standardOutput(json) : silentOutput
  await saidBy(job, () => train(given, output, stopping, job))
}

/** `equivar train`. @param stopping - aborts on Ctrl-C, SIGTERM and SIGHUP. @param args - the arguments, for the report. */
export function trainCommand(stopping: AbortSignal, args: readonly string[] = []): Command {
  return new Command('train')
    .description('train a model on a task')
    .argument(
      '[task]',
      'name of a task, equivar tasks lists them; or a file that defines one, ./task.ts. Left out with --data FILE: your own data',
    )
    .option('--model <name>', 'one of the models of the task')
    .option('--out <dir>', 'run directory; default runs/TASK-MODEL')
    .option('--epochs <n>', 'passes over the data', whole(0))
    .option('--seed <n>', 'seed of initial weights, order of examples and dropout', whole(0), 1)
    .option('--split <a,b,c>', 'own data: shares of training, validation and test; default 0.8,0.1,0.1')
    .option('--kind <kind>', `own data: what an example is, where the data do not say it: ${exampleKinds.join(', ')}`)
    .option('--label <name>', 'own data: the column or the property that is the class')
    .option('--target <name>', 'own data: the columns or the property to predict, joined by commas')
    .option('--edges <file>', 'own data: table of edges beside a table of nodes')
    .option('--directed', 'own data: the table of edges lists each direction by itself; without it, an edge goes both ways')
    .option('--node-id <column>', 'own data: the column that names a node')
    .option('--set-id <column>', 'own data: the column that says which set a row belongs to')
    .option('--split-column <column>', 'own data: the column that says train, validation or test')
    .option('--size <HxW>', 'own data: height and width to which images are brought')
    .option('--labels <file>', 'own data: file of labels beside graphs in graph6, one a line')
    .option('--folds <n>', 'cross-validate on the fixed folds of the data, or on random ones of own data', whole(0))
    .option('--fold <i>', 'train only this fold, counted from 0', whole(0))
    .option(
      '--data <path>',
      'folder of data sets; without a task, your own data: a file or a folder. Three, for training, validation and test, joined by commas',
    )
    .addOption(new Option('--backend <name>', 'backend for training').choices(['onnx', 'tfjs']).default('onnx'))
    .addOption(new Option('--device <name>', 'device for training').choices(['cpu', 'cuda', 'webgpu']).default('cpu'))
    .option('--threads <n>', 'threads of ONNX Runtime; 0: one per physical core', whole(0), 0)
    .addOption(
      new Option(
        '--keep <which>',
        'keep the model of the last epoch, or of the epoch with the lowest validation loss (own data: the default)',
      )
        .choices(['last', 'best'])
        .default('last'),
    )
    .option('--resume', 'continue from the checkpoint in the run directory', false)
    .option('--overwrite', 'replace the run in the run directory', false)
    .option(
      '--set <key=value>',
      'set batchSize, learningRate, accumulate, clipNorm, patience, statisticsPerRank (1: batch norm over the examples of each rank), or a setting of the task or model: trainSets, hidden, ...',
      setting,
      {},
    )
    .option('--config <file>', 'TypeScript or JavaScript file with defaults for these options, except --resume and --overwrite')
    .option('--json', 'print one JSON object per line', false)
    .action((task: string | undefined, said: TrainOptions, command: Command) => run(task, said, { command, stopping, args }))
}

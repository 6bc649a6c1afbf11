import { readFile } from 'node:fs/promises'
import { loadOnnx } from '@equivar/backend-onnx'
import { inspectOnnx } from '@equivar/export-onnx'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { assess } from './assess.ts'
import { type BenchArguments, bench, benchSide } from './bench/bench.ts'
import { readConfigFile, type TrainConfig } from './config-file.ts'
import { doctor } from './doctor/doctor.ts'
import { probe } from './doctor/probe.ts'
import { CheckFailed, exitStatus, messageOf, UsageError } from './errors.ts'
import { exportCommand } from './export/command.ts'
import { group } from './group.ts'
import type { Settings } from './model.ts'
import { standardOutput } from './output.ts'
import { poseCorrelation } from './poses.ts'
import { predictCommand } from './predict/command.ts'
import { tasks } from './registry.ts'
import { dataOf } from './run-data.ts'
import { fileOf, modelOf, type RunConfig, readConfig, valuesFile } from './run-directory.ts'
import { type Precision, precisions, separate, separators } from './separate.ts'
import { train } from './train.ts'
import { verifyModel } from './verify.ts'

function integer(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError(`expected a non-negative integer, received "${text}".`)
  return value
}

function setting(text: string, before: Record<string, number>): Record<string, number> {
  const [key = '', value = ''] = text.split('=')
  if (key === '' || value === '' || Number.isNaN(Number(value))) throw new InvalidArgumentError(`expected key=number, received "${text}".`)
  return { ...before, [key]: Number(value) }
}

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
  readonly set: Record<string, number>
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

function trainCommand(stopping: AbortSignal): Command {
  return new Command('train')
    .description('train a model of a task')
    .argument('<task>', 'see: equivar tasks')
    .option('--model <name>', 'one of the models of the task')
    .option('--out <dir>', 'run directory; runs/TASK-MODEL if left out')
    .option('--epochs <n>', 'passes over the data', integer)
    .option('--seed <n>', 'of weights, order and dropout', integer, 1)
    .option('--folds <n>', 'cross-validate on the fixed folds of the data', integer)
    .option('--fold <i>', 'one of these folds only, from 0', integer)
    .option('--data <dir>', 'folder of data sets')
    .addOption(new Option('--backend <name>', 'what computes').choices(['onnx', 'tfjs']).default('onnx'))
    .addOption(new Option('--device <name>', 'where it computes').choices(['cpu', 'cuda', 'webgpu']).default('cpu'))
    .option('--threads <n>', 'threads of ONNX Runtime; 0: one a physical core', integer, 0)
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
    .action(async (task: string, said: TrainOptions, command: Command) => {
      const options = said.config === undefined ? said : withConfig(said, await readConfigFile(said.config), command)
      const { model, out, epochs, data, folds, fold, seed, backend, device, threads, keep, resume, set: settings, json } = options
      const given = { task, model, out, epochs, data, folds, fold, seed, backend, device, threads, keep, resume, settings }
      await train(given, standardOutput(json), stopping)
    })
}

const splits = ['train', 'validation', 'test', 'untransformed'] as const

interface EvaluateOptions {
  readonly split: (typeof splits)[number]
  readonly data?: string
  readonly set: Settings
  readonly json: boolean
}

async function evaluateRun(folder: string, { split, data, set, json }: EvaluateOptions): Promise<void> {
  const config = await readConfig(folder)
  const all = await dataOf(config, data, set)
  const examples = all[split]
  if (examples === undefined) throw new UsageError(`--split: expected train, validation or test of ${config.task}, received "${split}"`)
  const path = fileOf(folder, 'model')
  inspectOnnx(await readFile(path), path)
  const executable = await loadOnnx(path)
  const model = modelOf(config)
  const { loss, metric } = await assess(executable, examples, { model })
  const pose = split === 'test' ? await poseCorrelation(executable, all, model) : undefined
  await executable.dispose()
  const output = standardOutput(json)
  const { metric: name, show } = model.goal
  output.result({ split, loss, [name]: metric, ...(pose === undefined ? {} : { pose }) })
  output.say(`${split}: ${name} ${show(metric)}, loss ${loss.toFixed(4)}, ${examples.length} example${examples.length === 1 ? '' : 's'}`)
  if (pose !== undefined) output.say(`correlation of the estimated parameter with the true one: ${pose.toFixed(3)}`)
}

async function verifyPath(path: string, { data, seed, json }: { data?: string; seed: number; json: boolean }): Promise<void> {
  const file = path.endsWith('.onnx') ? path : fileOf(path, 'model')
  const { metadata } = inspectOnnx(await readFile(file), file)
  const config = path.endsWith('.onnx') ? (JSON.parse(metadata.config ?? '{}') as RunConfig) : await readConfig(path)
  if (config.task === undefined) throw new UsageError(`${file}: expected a model that Equivar exported (metadata "config"), found none`)
  const checkpoint = path.endsWith('.onnx') ? undefined : valuesFile(path, config)
  const checks = await verifyModel(file, { config, data: await dataOf(config, data), seed, checkpoint })
  const output = standardOutput(json)
  for (const check of checks) {
    const holds = check.error <= check.tolerance
    output.result({ ...check, holds })
    output.say(
      `${holds ? 'holds' : 'FAILS'}  ${check.name}: ${check.error.toExponential(1)} (tolerance ${check.tolerance.toExponential(0)})`,
    )
  }
  const failed = checks.filter(({ error, tolerance }) => error > tolerance)
  if (failed.length > 0)
    throw new CheckFailed(`${file}: ${failed.length} of ${checks.length} checks do not hold: ${failed.map(({ name }) => name).join(', ')}`)
}

const settingsLine = (settings: Settings): string =>
  Object.keys(settings).length === 0
    ? ''
    : `\n${' '.repeat(11)}settings of the data: ${Object.entries(settings)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ')}`

function listTasks({ json }: { json: boolean }): void {
  const output = standardOutput(json)
  for (const { name, description, data, published, models, settings = {} } of tasks) {
    output.result({ name, description, data, published, models, settings })
    output.say(
      `${name.padEnd(10)} ${description}\n${' '.repeat(11)}data: ${data}; models: ${models.join(', ')}\n${' '.repeat(11)}published: ${published}${settingsLine(settings)}`,
    )
  }
  output.say('tu:NAME    any TU set in the data folder')
}

function buildProgram(stopping: AbortSignal): Command {
  const program = new Command('equivar').description('Equivariant networks: train, export, verify, use').version('0.0.0')
  program.command('tasks').description('every built-in task').option('--json', '', false).action(listTasks)
  program.addCommand(trainCommand(stopping))
  program
    .command('evaluate')
    .description('loss and accuracy of a run')
    .argument('<dir>')
    .addOption(new Option('--split <name>').choices(splits).default('test'))
    .option('--data <dir>', 'folder of data sets')
    .option('--set <key=value>', 'settings of the data that differ from those it was trained on: rotateTest=1, ...', setting, {})
    .option('--json', '', false)
    .action(evaluateRun)
  program.addCommand(exportCommand())
  program
    .command('verify')
    .description('symmetries, sizes and parity of a run or an exported model')
    .argument('<path>', 'run directory or model.onnx')
    .option('--data <dir>', 'folder of data sets')
    .option('--seed <n>', '', integer, 1)
    .option('--json', '', false)
    .action(verifyPath)
  program
    .command('group')
    .description('order, orbits, rank and sharing scheme of a group: "S5", "C4 wr S5", "S3 x C4", "(1 2 3)(4 5), (1 2)"')
    .argument('<expression>')
    .option('--svg <file>', 'draw the sharing matrix')
    .option('--json', '', false)
    .action(group)
  program
    .command('separate')
    .description('how many pairs of graphs of a graph6 file a Weisfeiler-Leman test, or a model with random weights, leaves equal')
    .argument('<file>')
    .addOption(
      new Option('--by <test>', 'wl: colour refinement; wl2: 2-WL; fwl2: folklore 2-WL; or a model')
        .choices(separators)
        .makeOptionMandatory(),
    )
    .option('--pairs', 'compare lines 1 and 2, 3 and 4, ... only', false)
    .option('--seed <n>', 'of the weights', integer, 1)
    .addOption(
      new Option('--precision <type>', 'of a model: float32 is the exported file on ONNX Runtime, float64 the slow reference')
        .choices(precisions)
        .default('float32'),
    )
    .option('--json', '', false)
    .action(async (file: string, { json, ...options }: { by: string; pairs: boolean; seed: number; precision: Precision; json: boolean }) =>
      separate(file, options, standardOutput(json)),
    )
  program
    .command('bench')
    .description('time of a training step and of inference')
    .argument('[workload...]', 'all if left out')
    .addOption(
      new Option('--against <peer>', 'the same models beside ours, by turns; PyTorch by $EQUIVAR_PYTHON or python3').choices(['torch']),
    )
    .option('--rounds <n>', 'turns of each side', integer, 8)
    .option('--threads <n>', 'threads of each side', integer, 2)
    .option('--wait <seconds>', 'wait that long, at most, for an idle machine before each turn', integer, 5)
    .option('--json', 'one JSON object a workload', false)
    .action(async (names: string[], { json, ...options }: { json: boolean } & Omit<BenchArguments, 'workloads'>) =>
      bench({ ...options, workloads: names }, standardOutput(json)),
    )
  program.command('bench-side', { hidden: true }).argument('<workload>').option('--threads <n>', '', integer, 2).action(benchSide)
  program
    .command('doctor')
    .description('what can compute here, whether it computes right, and what adds what is missing')
    .option('--time-limit <seconds>', 'for each provider', integer, 60)
    .option('--json', '', false)
    .action(async ({ json, timeLimit }: { json: boolean; timeLimit: number }) => doctor({ timeLimit }, standardOutput(json)))
  program.command('doctor-probe', { hidden: true }).argument('<provider>').action(probe)
  program.addCommand(predictCommand(stopping))
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ writeErr: () => {} })
  return program
}

/** Who reads the output has enough (`| head`): what goes on writing is told by its own error. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

export { defineConfig, type TrainConfig } from './config-file.ts'

/**
 * The `equivar` command.
 *
 * @param args - without the interpreter and the script.
 * @returns the exit status: 0 done, 1 the work failed or a check did not hold, 2 bad arguments or input, 130 stopped by Ctrl-C.
 */
export async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController()
  const onInterrupt = (): void => stop.abort()
  process.on('SIGINT', onInterrupt)
  process.stdout.on('error', onOutputError)
  try {
    await buildProgram(stop.signal).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0
    process.stderr.write(`equivar: ${messageOf(error)}\n`)
    return exitStatus(error)
  } finally {
    process.off('SIGINT', onInterrupt)
    process.stdout.off('error', onOutputError)
  }
}

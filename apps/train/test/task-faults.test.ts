import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { equivar } from './in-process.ts'
import { expectRefused } from './small-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-task-faults-'))
process.chdir(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Entries of a task that works, as text. */
const whole = {
  data: "() => [0, 1, 2, 3].flatMap((i) => ['train', 'validation', 'test'].map((split) => ({ x: [[i], [1]], label: i % 2, split })))",
  model: '({ channels, outputs }) => new Linear({ inChannels: channels, outChannels: outputs })',
  output: '(network, { x, mask }) => network.forward(maskedMean(x, mask, { axis: 1 }))',
  goal: "'label'",
}
const imports = `import { defineTask } from '@equivar/cli'
import { Linear, maskedMean } from '@equivar/nn'
import { input } from '@equivar/tensor'
`
/** A file with a task, some entries changed, and undefined ones left out. */
const taskWith = (changed: Readonly<Record<string, string | undefined>>): string => {
  const entries = Object.entries({ ...whole, ...changed }).filter(([, text]) => text !== undefined)
  return `${imports}export default defineTask({\n${entries.map(([key, text]) => `  ${key}: ${text},\n`).join('')}})\n`
}

let count = 0
async function refused(text: string, message: RegExp): Promise<void> {
  const path = `fault-${count++}.ts`
  writeFileSync(path, text)
  expectRefused(await equivar('train', `./${path}`, '--epochs', '1', '--out', 'none'), message)
  expect(existsSync('none')).toBe(false)
}

test('what the faults are made of is trained', async () => {
  writeFileSync('whole.ts', taskWith({}))
  const { status, stderr } = await equivar('train', 'whole.ts', '--epochs', '1', '--threads', '1')
  expect([stderr, status]).toEqual(['', 0])
})

describe('a path that is no file of a task', () => {
  test.each([
    ['./nowhere.ts', /the file \.\/nowhere\.ts does not exist; write one with: equivar new task \.\/nowhere\.ts/],
    ['./folder', /expected a file \(\.ts, .*\), but \.\/folder is a folder/],
    ['notes.md', /expected a file in TypeScript or JavaScript \(\.ts, .*\), received notes\.md/],
    ['signal', /expected a task \(signals, .*, tu:NAME, or a file such as \.\/task\.ts\), received "signal"/],
  ])('%s', async (path, message) => {
    mkdirSync('folder', { recursive: true })
    // A folder of a task's name does not hide the task.
    mkdirSync('signal', { recursive: true })
    writeFileSync('notes.md', '')
    expectRefused(await equivar('train', path, '--out', 'none'), message)
  })
})

describe('a file that cannot be run', () => {
  test.each<[string, string, RegExp]>([
    [
      'syntax',
      'const a = {\n  b: 1\n  c: 2\n}\n',
      /fault-\d+\.ts: could not be run: syntax error in line 3 of fault-\d+\.ts: Unexpected token/,
    ],
    ['an error', 'const sizes: number[] = []\n\nthrow new RangeError("no sizes")', /could not be run: no sizes \(fault-\d+\.ts:3:7\)/],
    ['something else thrown', 'throw 3', /could not be run: 3/],
    [
      'a package that is not there',
      "import { a } from 'no-such-package'\nexport default a",
      /it imports "no-such-package", which is not installed; install it beside the file: npm install no-such-package/,
    ],
    ['a file that is not there', "import { a } from './none.ts'\nexport default a", /it imports "\.\/none\.ts", which does not exist/],
    [
      'a name that a package lacks',
      "import { defineTasks } from '@equivar/cli'\nexport default defineTasks({})",
      /could not be run: defineTasks is not a function \(fault-\d+\.ts:2:\d+\)/,
    ],
  ])('%s', (_, text, message) => refused(text, message))
})

describe('a default export that is no task', () => {
  test.each<[string, string, RegExp]>([
    [
      'none',
      'export const task = 3',
      /fault-\d+\.ts: expected a default export, export default defineTask\(\{ data, model, output, goal \}\), found none/,
    ],
    ['a number', 'export default 3', /expected a task as default export, .*, received 3/],
    ['a function', 'export default () => 3', /expected a task as default export, .*, received a function/],
    ['no data', taskWith({ data: undefined }), /expected "data" to be a function that gives examples, received nothing/],
    [
      'a model that is no function',
      taskWith({ model: "'deepsets'" }),
      /expected "model" to be a function that gives a network, received "deepsets"/,
    ],
    ['no output', taskWith({ output: undefined }), /expected "output" to be a function that gives the network's output, received nothing/],
    ['another goal', taskWith({ goal: "'class'" }), /expected "goal" to be "label" or "y" or .*, received "class"/],
    ['an unknown entry', taskWith({ loss: '3' }), /expected data, model, output, goal, .*received "loss"/],
    [
      'settings of texts',
      taskWith({ settings: "{ size: 'large' }" }),
      /expected "settings" to be finite numbers by name, received an object/,
    ],
    [
      'a setting of the training',
      taskWith({ settings: '{ epochs: 3 }' }),
      /settings: expected a name that no setting of the training has, received "epochs"; it belongs to "recipe"/,
    ],
    ['a recipe with an unknown entry', taskWith({ recipe: '{ rate: 1 }' }), /recipe: expected epochs, .*received "rate"/],
    [
      'a recipe with half an epoch',
      taskWith({ recipe: '{ epochs: 0.5 }' }),
      /recipe: expected "epochs" to be a whole number, received 0\.5/,
    ],
    [
      'a negative rate',
      taskWith({ recipe: '{ learningRate: -1 }' }),
      /recipe: expected "learningRate" to be a number of 0 or more, received -1/,
    ],
    [
      'half a decay',
      taskWith({ recipe: '{ decay: { every: 3 } }' }),
      /recipe: expected "decay" to be \{ every, factor, minimum \}, received an object/,
    ],
    ['shares of more than 1', taskWith({ split: '[0.8, 0.2, 0.2]' }), /expected "split" to be three shares that sum to 1/],
    ['a kind that there is not', taskWith({ kind: "'molecule'" }), /expected "kind" to be "set" or .*, received "molecule"/],
  ])('%s', (_, text, message) => refused(text, message))
})

describe('data', () => {
  test.each<[string, string, RegExp]>([
    ['no examples', '() => []', /fault-\d+\.ts: data: expected at least one example, received none/],
    ['nothing', '() => {}', /data: expected a list of examples, or \{ train, validation, test, facts \}, received nothing/],
    ['an example without x', '() => [{ label: 1 }]', /data: example 0: expected "x", received label/],
    ['an example without the goal', '() => [{ x: [[1]], y: 3 }]', /data: example 0: expected "label", the goal, received x, y/],
    ['an example that is none', '() => [3]', /data: example 0: expected an object such as .*, received 3/],
    [
      'examples of different channels',
      '() => [{ x: [[1]], label: 1 }, { x: [[1, 2]], label: 1 }]',
      /data: example 1: expected x of shape \[elements, channels\] as in .*example 0, \[1, 1\], received \[1, 2\]/,
    ],
    [
      'an error',
      '() => {\n    const list = 3\n    return list.map(String)\n  }',
      /data: list\.map is not a function \(fault-\d+\.ts:\d+:\d+\)/,
    ],
    ['a promise that fails', "async () => { throw new Error('no file') }", /data: no file \(fault-\d+\.ts:\d+:\d+\)/],
    ['one class', '() => Array.from({ length: 30 }, () => ({ x: [[1]], label: 1 }))', /expected at least two classes, received only "1"/],
    [
      'data sets without facts',
      '() => ({ train: d, validation: d, test: d })',
      /data: expected "facts" with channels and outputs, .*received nothing/,
    ],
    [
      'no test set',
      '() => ({ train: d, validation: d, facts: { channels: 1, outputs: 2 } })',
      /data: expected "test" to be a data set, .*received nothing/,
    ],
    [
      'facts that nobody knows',
      '() => ({ train: d, validation: d, test: d, facts: { channels: 1, outputs: 2, task: 3 } })',
      /data: expected facts among channels, .*received "task"/,
    ],
    [
      'data sets without names of classes',
      '() => ({ train: d, validation: d, test: d, facts: { channels: 1, outputs: 2 } })',
      /data: expected "classes" with 2 names, as facts\.outputs says, received 0/,
    ],
    [
      'data sets without inputs',
      "() => ({ train: d, validation: d, test: d, classes: ['a', 'b'], facts: { channels: 1, outputs: 2 } })",
      /expected "inputs", because "data" gives data sets, received nothing/,
    ],
  ])('%s', (_, data, message) => refused(`const d = { length: 4, batch: () => ({}) }\n${taskWith({ data })}`, message))
})

describe('a network', () => {
  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['that is none', { model: '() => 3' }, /fault-\d+\.ts: model: expected a Module of @equivar\/nn, received 3/],
    [
      'that cannot be made',
      { model: '() => new Linear({ inChannels: -1, outChannels: 2 })' },
      /model: .*received -1.*\(fault-\d+\.ts:\d+:\d+\)/,
    ],
    ['without a tensor as output', { output: '() => 3' }, /output: expected a tensor, received 3/],
    [
      'of another width',
      { model: '({ channels }) => new Linear({ inChannels: channels, outChannels: 3 })' },
      /output: expected \[batch, 2\] for "label", a number for each class, received \[batch, 3\]/,
    ],
    [
      'that does not pool',
      { output: '(network, { x }) => network.forward(x)' },
      /output: expected \[batch, 2\] for "label", .*received \[batch, set, 2\]/,
    ],
    [
      'of a shape that does not fit',
      { model: '() => new Linear({ inChannels: 5, outChannels: 2 })' },
      /output: .*expected .*received \[batch, 1\] and \[5, 2\]\. \(fault-\d+\.ts:\d+:\d+\)/,
    ],
    [
      'with inputs that are none',
      { inputs: '() => ({ x: 3 })' },
      /inputs: expected inputs of @equivar\/tensor by name, .*received 3 as "x"/,
    ],
    ['with a symmetry in words that nobody knows', { symmetries: "[{ x: 'turns' }]" }, /symmetries: x: /],
    [
      'with a symmetry of another input',
      { symmetries: "[{ y: 'S on axis 1' }]" },
      /symmetries: expected actions on x, mask, output, received "y"/,
    ],
    [
      'with a symmetry of another size',
      { symmetries: "[{ x: 'S5 on axis 1' }]" },
      /symmetries: x: expected axis 1 of size 5 for "S5 on axis 1", received shape/,
    ],
  ])('%s', (_, changed, message) => refused(taskWith(changed), message))

  test('that has not the symmetry it claims: the run is written, its check fails', async () => {
    writeFileSync('claims.ts', taskWith({ symmetries: "[{ x: 'S2 on axis 1', mask: 'S2 on axis 1', output: 'S2 on axis 1' }]" }))
    const { status, stderr } = await equivar('train', './claims.ts', '--epochs', '1', '--threads', '1')
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/x: S2 on axis 1, mask: S2 on axis 1, output: S2 on axis 1: error .*, tolerance/),
    ])
  })
})

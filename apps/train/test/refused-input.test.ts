import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { trainCommand } from '../src/commands/train.ts'
import { equivar, jsonLines } from './in-process.ts'
import { copyOf, expectRefused, train } from './small-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-refused-'))
process.chdir(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeAll(async () => {
  expect(await train('a', '--epochs', '0')).toMatchObject({ status: 0, stderr: '' })
}, 120_000)

describe('a configuration that is none', () => {
  const whole = (): Record<string, unknown> => JSON.parse(readFileSync('a/config.json', 'utf8')) as Record<string, unknown>
  test.each<[string, unknown, RegExp]>([
    ['null', null, /config.json: expected the configuration of a run, received null/],
    ['a list', [], /received an empty list/],
    ['a number', 3, /received 3/],
    ['empty', {}, /expected "task" to be text, received nothing/],
    ['of the task constructor', { task: 'constructor' }, /expected a task .*received "constructor"/],
    ['of the model constructor', { model: 'constructor' }, /expected a model .*received "constructor"/],
    ['of the model __proto__', { model: '__proto__' }, /expected a model .*received "__proto__"/],
    ['of a model in a list', { model: ['dss'] }, /expected "model" to be text, received a list of 1/],
    ['with settings in words', { settings: { hidden: '3' } }, /expected "settings" to be finite numbers by name, received an object/],
    [
      'with an unknown setting',
      { settings: { constructor: 3 } },
      /dss: expected the settings elements, hidden, kernel, received "constructor"/,
    ],
    [
      'with a huge setting',
      { settings: { hidden: 1e9 } },
      /dss: expected hidden to be a whole number from 1 to 65536, received 1000000000/,
    ],
    ['with a size of null', { settings: { hidden: null } }, /expected "settings" to be finite numbers by name/],
    ['without classes', { classes: undefined }, /expected "classes" to be a list of texts, received nothing/],
    ['with channels of 0', { channels: 0 }, /expected "channels" to be a whole number of 1 or more, received 0/],
    ['with a batch size of -1', { batchSize: -1 }, /expected "batchSize" to be a whole number of 1 or more, received -1/],
    ['with a seed in words', { seed: '\u001b[31m' }, /expected "seed" to be a whole number of 0 or more, received "\\u001b\[31m"/],
  ])('%s', async (name, config, message) => {
    const out = copyOf('a', `configuration ${name}`)
    const given = typeof config === 'object' && config !== null && Object.keys(config).length > 0 ? { ...whole(), ...config } : config
    writeFileSync(join(out, 'config.json'), JSON.stringify(given))
    for (const args of [['evaluate'], ['verify'], ['export', '--what', 'gradient', '--out', 'none.onnx'], ['explain']])
      expectRefused(await equivar(args[0] as string, out, ...args.slice(1)), message)
  })

  test('no JSON', async () => {
    const out = copyOf('a', 'configuration cut')
    writeFileSync(join(out, 'config.json'), '{"task":')
    expectRefused(await equivar('evaluate', out), /config.json: expected JSON, received something else; the file is damaged/)
  })
})

describe('arguments out of range', () => {
  test.each<[string, RegExp]>([
    ['hidden=1e9', /--set: expected hidden|dss: expected hidden to be a whole number from 1 to 65536, received 1000000000/],
    ['hidden=65536', /hidden|at most 100,000,000 parameters, received/],
    ['hidden=0', /expected hidden to be a whole number from 1 to 65536, received 0/],
    ['hidden=1.5', /expected hidden to be a whole number from 1 to 65536, received 1.5/],
    ['hidden=-1', /expected hidden .* received -1/],
    ['hidden=Infinity', /expected key=number, with a finite number, true or false, received "hidden=Infinity"/],
    ['hidden= ', /expected key=number/],
    ['hidden=3=4', /expected key=number/],
    ['=3', /expected key=number/],
    ['hidden', /expected key=number/],
    ['__proto__=3', /expected a setting of signals or dss .*received "__proto__"/],
    ['constructor=3', /received "constructor"/],
    ['batchSize=0', /--set: expected batchSize to be a whole number from 1 to 1000000, received 0/],
    ['batchSize=1e12', /expected batchSize/],
    ['batchSize=2.5', /expected batchSize/],
    ['epochs=-1', /expected epochs to be a whole number from 0 to 1000000, received -1/],
    ['learningRate=-1', /expected learningRate to be a number of 0 or more, received -1/],
    ['clipNorm=0', /expected clipNorm to be a number of more than 0, received 0/],
    ['patience=0', /expected patience to be a whole number from 1/],
    ['statisticsPerRank=2', /expected statisticsPerRank to be 0 or 1, received 2/],
    ['accumulate=0', /expected accumulate to be a whole number from 1/],
    ['trainSets=0', /expected trainSets to be a whole number from 1 to 3000, received 0/],
    ['trainSets=1e15', /expected trainSets to be a whole number from 1 to 3000, received 1000000000000000/],
  ])('--set %j', async (setting, message) => {
    expectRefused(await equivar('train', 'signals', '--out', 'none', '--set', setting), message)
    expect(existsSync('none')).toBe(false)
  })

  test.each<[string, string[], RegExp]>([
    ['--fold without --folds', ['--fold', '1'], /--fold: expected --folds beside it/],
    ['--folds with patience', ['--folds', '10', '--set', 'patience=2'], /--folds: expected no patience/],
    ['--folds with the best epoch', ['--folds', '10', '--keep', 'best'], /--folds: expected --keep last/],
  ])('%s', async (_, args, message) => expectRefused(await train('none', ...args), message))

  test('a folder that cannot be', async () => {
    writeFileSync('a file', '')
    symlinkSync('loop', 'loop')
    const out = /--out .*: expected a folder that can be written, but/
    expectRefused(await train('a file'), /--out a file: .* but it is a file; choose another --out/)
    expectRefused(await train('a file/inside'), /but a part of the path is a file/)
    expectRefused(await train('/proc/none'), out)
    expectRefused(await train(`none/${'n'.repeat(300)}`), /but the name is too long/)
    expectRefused(await train('loop/inside'), out)
  })
})

describe('the configuration file', () => {
  let files = 0
  const refused = async (text: string, message: RegExp): Promise<void> => {
    // Another name each, because modules are read once.
    const path = `config-${files++}.mjs`
    writeFileSync(path, text)
    expectRefused(await train('none', '--config', path), message)
  }
  test.each<[string, RegExp]>([
    ['export default null', /config-0.mjs: expected an object as default export, received null/],
    ['export default undefined', /received nothing|expected an object/],
    ['export default []', /received an empty list/],
    ['export default { constructor: 1 }', /expected model, out, .*received "constructor"/],
    ['export default { epochs: undefined }', /expected "epochs" to be a number, received nothing/],
    ['export default { epochs: 1.5 }', /mjs: expected an integer of 0 or more, received "1.5"/],
    ['export default { epochs: 0 / 0 }', /expected "epochs" to be a number, received no number/],
    ['export default { keep: "first" }', /Allowed choices are last, best/],
    ['export default { set: { hidden: "3" } }', /expected "hidden" in set to be a finite number, true or false, received "3"/],
    ['export default { set: null }', /expected "set" to be an object, received null/],
    ['throw undefined', /could not be run/],
  ])('%s', refused)

  test('takes every option but those that say what to do with a run that is there', async () => {
    writeFileSync('every.mjs', 'export default { none: 1 }')
    const { stderr } = await train('none', '--config', 'every.mjs')
    const [, known = ''] = /expected (.*), received "none"/.exec(stderr) ?? []
    const options = trainCommand(new AbortController().signal).options.map((option) => option.attributeName())
    const excepted = ['config', 'resume', 'overwrite']
    expect(known.split(', ').sort()).toEqual(options.filter((name) => !excepted.includes(name)).sort())
  })

  test('options of own data', async () => {
    const lines = Array.from({ length: 40 }, (_, i) => JSON.stringify({ x: [[i % 2], [1]], label: i % 2 }))
    writeFileSync('own.ndjson', `${lines.join('\n')}\n`)
    writeFileSync(
      'own.mjs',
      'export default { data: "own.ndjson", split: "0.5,0.25,0.25", kind: "set", keep: "last", epochs: 1, out: "own", threads: 1 }',
    )
    const { status, stderr } = await equivar('train', '--config', 'own.mjs')
    expect([stderr, status]).toEqual(['', 0])
    expect(JSON.parse(readFileSync('own/config.json', 'utf8'))).toMatchObject({
      examples: 20,
      own: { shares: [0.5, 0.25, 0.25], kind: 'set' },
    })
    expect(JSON.parse(readFileSync('own/config.json', 'utf8'))).not.toHaveProperty('keep')
    expectRefused(
      await equivar('train', '--config', 'own.mjs', '--split', '1,1,1', '--out', 'none'),
      /--split: expected three shares that sum to 1/,
    )
  })

  test('keep, json and settings that are true or false', async () => {
    writeFileSync('config.mjs', 'export default { keep: "best", json: true, epochs: 0, set: { hidden: true } }')
    const { status, stdout } = await equivar('train', 'signals', '--config', 'config.mjs', '--out', 'configured')
    expect([status, jsonLines(stdout).length]).toEqual([0, 1])
    expect(JSON.parse(readFileSync('configured/config.json', 'utf8'))).toMatchObject({ keep: 'best', settings: { hidden: 1 } })
  })
})

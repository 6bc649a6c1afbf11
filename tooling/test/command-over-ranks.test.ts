import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launched, launchers } from '../../packages/mpi/test/launch.ts'

/** The command as it is built. */
const command = fileURLToPath(new URL('../../apps/train/bin/equivar.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'command-over-ranks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// So small a learning rate that the parameters stay: what rounding does to a step is not multiplied by the next.
const signals = ['train', 'signals', '--epochs', '1', '--set', 'trainSets=64', '--set', 'learningRate=0.0000001', '--threads', '1']
const folds = ['train', '--data', join(folder, 'sets.ndjson'), '--folds', '3', '--epochs', '2', '--threads', '1']

const linesOf = (run: string, file: string) =>
  readFileSync(join(folder, run, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
const configOf = (run: string) => JSON.parse(readFileSync(join(folder, run, 'config.json'), 'utf8'))
const alone = (run: string, args: readonly string[]): void =>
  void execFileSync(process.execPath, [command, ...args, '--out', join(folder, run)], { stdio: 'pipe' })

beforeAll(() => {
  const sets = Array.from({ length: 18 }, (_, i) => {
    const x = Array.from({ length: 2 + (i % 3) }, (_, j) => [Math.sin(i + j), Math.cos(i * j)])
    return JSON.stringify({ x, y: [x.reduce((sum, [a = 0]) => sum + a, 0)] })
  })
  writeFileSync(join(folder, 'sets.ndjson'), sets.join('\n'))
  alone('signals', signals)
  alone('folds', folds)
}, 120_000)

for (const launcher of launchers)
  describe.skipIf(!launcher.isThere && process.env.CI !== 'true')(`the command on ${launcher.name}`, () => {
    const together = (run: string, args: readonly string[]) =>
      launched(launcher, 2, [process.execPath, command, ...args, '--out', join(folder, `${launcher.name} ${run}`)])

    test('two ranks train and validate as one; the first writes', { timeout: 120_000 }, async () => {
      const { status, stdout, stderr } = await together('signals', signals)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout).toContain('2 ranks on 1 host')
      expect(configOf(`${launcher.name} signals`)).toEqual({ ...configOf('signals'), ranks: 2 })
      const [[own], [expected]] = [linesOf(`${launcher.name} signals`, 'metrics.jsonl'), linesOf('signals', 'metrics.jsonl')]
      for (const part of ['train', 'val'])
        for (const [name, value] of Object.entries(expected[part])) expect(Math.abs(own[part][name] - (value as number))).toBeLessThan(1e-5)
    })

    test('folds over ranks, with statistics of each rank', { timeout: 120_000 }, async () => {
      const { status, stderr } = await together('folds', [...folds, '--set', 'statisticsPerRank=1'])
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(configOf(`${launcher.name} folds`)).toEqual({ ...configOf('folds'), ranks: 2, statistics: 'rank' })
      const [own, expected] = [linesOf(`${launcher.name} folds`, 'folds.jsonl'), linesOf('folds', 'folds.jsonl')]
      expect(own.map(({ fold }) => fold)).toEqual([0, 1, 2])
      // The network has no batch norm and no dropout: whose statistics they are does not matter.
      for (const [i, { curve }] of own.entries())
        for (const [epoch, value] of curve.entries()) expect(Math.abs(value - expected[i].curve[epoch])).toBeLessThan(1e-4)
    })
  })

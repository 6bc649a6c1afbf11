import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Random } from '@equivar/tensor'
import { afterAll, describe, expect, test } from 'vitest'
import { servers } from '../../apps/infer/test/running.ts'
import { root } from './workspace.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-own-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const started = servers()

const readme = readFileSync(join(root, 'apps/train/README.md'), 'utf8')
const section = readme.slice(readme.indexOf('## Your own data'), readme.indexOf('## Read on'))
const block = (language: string): string[] =>
  new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(section)?.[1]?.trim().split('\n') ?? []
const commands = block('sh').map((line) => line.split(' '))
const bins: Readonly<Record<string, string>> = { equivar: 'apps/train/bin/equivar.js' }

/** More sets like those that the README shows: `tight` is around its middle, `loose` is not. */
function clouds(count: number): { x: number[][]; label: string }[] {
  const random = new Random({ seed: 1 })
  return Array.from({ length: count }, (_, i) => {
    const width = i % 2 === 0 ? 0.1 : 3
    const x = Array.from({ length: 3 + (i % 3) }, () => [width * random.normal(), 1 + width * random.normal()])
    return { x, label: i % 2 === 0 ? 'tight' : 'loose' }
  })
}
const line = ({ x }: { x: number[][] }): string => JSON.stringify({ x })

describe('from a file to a server, by the commands of the README', () => {
  test('are fewer than five', () => {
    expect(commands.length).toBeGreaterThan(2)
    expect(commands.length).toBeLessThan(5)
  })

  test('train, verify and predict', () => {
    const rows = clouds(200).flatMap(({ x, label }, i) => x.map((point) => [`set ${i}`, ...point, label].join(',')))
    writeFileSync(join(folder, 'clouds.csv'), `${[...block('csv'), ...rows].join('\n')}\n`)
    writeFileSync(join(folder, 'new.ndjson'), `${[...block('json'), ...clouds(40).map(line)].join('\n')}\n`)
    const [last, ...others] = commands.toReversed()
    expect(last?.slice(0, 3)).toEqual(['npx', 'equivar-infer', 'serve'])
    for (const [, name = '', ...args] of others.toReversed()) {
      const few = args[0] === 'train' ? ['--epochs', '6', '--threads', '1'] : []
      const { status, stderr } = spawnSync(process.execPath, [join(root, bins[name] ?? ''), ...args, ...few], {
        cwd: folder,
        encoding: 'utf8',
      })
      expect([args[0], stderr, status]).toEqual([args[0], '', 0])
    }
    const answers = readFileSync(join(folder, 'predictions.ndjson'), 'utf8').trim().split('\n')
    const right = answers.filter((line, i) => (JSON.parse(line) as { class: string }).class === (i % 2 === 0 ? 'tight' : 'loose'))
    expect(right.length / answers.length).toBeGreaterThan(0.9)
  }, 120_000)

  test('the server takes raw examples and answers as predict does', async () => {
    const server = await started(join(folder, commands.at(-1)?.at(-1) ?? ''))
    const { x } = clouds(1)[0] as { x: number[][] }
    const response = await fetch(`${server.url}/v2/models/clouds/infer`, {
      method: 'POST',
      body: JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, x.length, 2], data: x.flat() }] }),
    })
    const { outputs } = (await response.json()) as { outputs: { name: string; data: number[] }[] }
    const predictions = readFileSync(join(folder, 'predictions.ndjson'), 'utf8').trim().split('\n')
    const { logits } = JSON.parse(predictions[block('json').length] ?? '') as { logits: number[] }
    expect(outputs[0]?.name).toBe('logits')
    for (const [i, logit] of logits.entries()) expect(Math.abs((outputs[0]?.data[i] ?? Number.NaN) - logit)).toBeLessThan(1e-4)
  }, 60_000)
})

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { main } from '../src/index.ts'
import { equivar } from './in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-group-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('equivar group', () => {
  test('numbers the points of cycles from 1, and shows the group, its sharing scheme and its picture', async () => {
    const svg = join(folder, 'group.svg')
    const { status, stdout, stderr } = await equivar('group', ' (1 2 3)(4 5),\r\n(1 2) ', '--svg', svg)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toContain(
      'group         (1 2 3)(4 5), (1 2)\ndegree        5 points\norder         12, 2 generators\norbits        2, of lengths 3, 2\n',
    )
    expect(stdout).not.toContain('\r')
    expect(readFileSync(svg, 'utf8')).toContain('<title>(1 2 3)(4 5), (1 2): 6 weights</title>')
  })

  test('--json prints one object; the order is a text, null above 100,000 digits', async () => {
    const described = async (expression: string): Promise<unknown> => JSON.parse((await equivar('group', expression, '--json')).stdout)
    expect(await described('C4 wr S5')).toEqual({
      degree: 20,
      order: '122880',
      orderLog10: Math.log10(122_880),
      generators: 3,
      abelian: false,
      orbits: [20],
      rank: 5,
      transitivity: 1,
      primitive: false,
      blocks: [2, 4],
      weights: 5,
      biases: 1,
    })
    expect(await described('S1000000')).toMatchObject({ order: null, rank: 2, orderLog10: expect.closeTo(5_565_708.917_186, 5) })
    expect(await described('S9 on itself')).toMatchObject({ order: '362880', primitive: null, blocks: null })
  })

  test.each([
    ['C4 wr', 'expected a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5), received the end of the text at character 6.'],
    ['(0 1)', 'expected a point, numbered from 1, received "0" at character 2.'],
    ['I1000001', 'describeGroup: expected at most 1000000 orbits, received 1000001.'],
    ['(1 2)(3 1000000)', 'sharingRule: expected at most 268435456 pairs'],
    ['B100000 on itself', 'expected a group of at most 1000000 elements'],
  ])('%j is bad input: one line, status 2', async (expression, message) => {
    const { status, stdout, stderr } = await equivar('group', expression)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(status).toBe(2)
  })

  test('a drawing that would take long is left out', async () => {
    const { status, stdout } = await equivar('group', 'S2 wr I900')
    expect(status).toBe(0)
    expect(stdout).toContain('degree        1800 points')
    expect(stdout.split('\n')).toHaveLength(10)
  })

  test('Ctrl-C ends it at once: nobody listens to the signal while it computes', async () => {
    const before = process.listenerCount('SIGINT')
    const during: number[] = []
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation(() => during.push(process.listenerCount('SIGINT')) > 0)
    try {
      expect(await main(['group', 'S3'])).toBe(0)
    } finally {
      spy.mockRestore()
    }
    expect(during.length).toBeGreaterThan(0)
    expect(new Set(during)).toEqual(new Set([before]))
  })
})

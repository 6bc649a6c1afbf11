import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { exportOnnx, importOnnx } from '../src/index.ts'
import { declared, file, node } from './hand-made-files.ts'
import { modelOf } from './written-files.ts'

const x = t.input('x', 'float32', ['n', 3, 4])

describe('the header of a file', () => {
  test('of standard operators', () => {
    const { irVersion, producerName, opsetImport, metadataProps } = modelOf(
      exportOnnx(t.program({ inputs: [x], outputs: { y: t.neg(x) } })),
    )
    expect([irVersion, producerName, metadataProps]).toEqual([8n, 'equivar', []])
    expect(opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 18n]])
  })

  test.each<[number, Record<string, bigint>, bigint, [string, bigint][]]>([
    [17, {}, 8n, [['', 18n]]],
    [18, { 'com.microsoft': 1n, unread: 2n }, 8n, [['', 18n]]],
    [19, {}, 9n, [['', 19n]]],
    [20, {}, 9n, [['', 20n]]],
    [21, {}, 10n, [['', 21n]]],
  ])('that carries an operator of opset %i, row %#', (opset, domains, ir, expected) => {
    const carried = (domain: string): Uint8Array => {
      const bytes = file(
        {
          input: [declared('x', [2, 3])],
          node: [{ ...node(domain === 'com.microsoft' || domain === 'unread' ? 'Gelu' : 'Hardmax', ['x'], ['y']), domain }],
          output: [declared('y', [2, 3])],
        },
        { opset, domains, standard: domain === 'ai.onnx' ? domain : '' },
      )
      return exportOnnx(importOnnx(bytes).program)
    }
    const header = (domain: string): unknown => {
      const { irVersion, opsetImport } = modelOf(carried(domain))
      return [irVersion, opsetImport.map((one) => [one.domain, one.version])]
    }
    for (const standard of ['', 'ai.onnx']) expect(header(standard)).toEqual([ir, expected])
    for (const [domain, version] of Object.entries(domains))
      expect(header(domain)).toEqual([
        8n,
        [
          ['', 18n],
          [domain, version],
        ],
      ])
  })
})

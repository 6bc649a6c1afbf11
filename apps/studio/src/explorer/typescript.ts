import type { Symmetry } from './symmetry.ts'

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replace(/\s+/g, ' ')}'`

/** A program that makes the layer of a symmetry with `@equivar/layers-sharing`. It compiles and runs as it stands. */
export function typescriptOf({ inputText, outputText, input, scheme, biases }: Symmetry): string {
  const same = outputText === ''
  const { rows, columns, count } = scheme
  const weights = `${count} ${count === 1 ? 'weight' : 'weights'} instead of ${rows * columns}`
  return [
    "import { parseGroup } from '@equivar/groups'",
    "import { SharingLinear } from '@equivar/layers-sharing'",
    "import { input } from '@equivar/tensor'",
    '',
    `// For each pair of channels ${weights}, and ${biases.count} ${biases.count === 1 ? 'bias' : 'biases'} for each output channel.`,
    ...(same
      ? [`const points = parseGroup(${quoted(inputText)})`]
      : [`const from = parseGroup(${quoted(inputText)})`, `const to = parseGroup(${quoted(outputText)})`]),
    `const layer = new SharingLinear({ input: ${same ? 'points' : 'from'}, output: ${same ? 'points' : 'to'}, inChannels: 16, outChannels: 16 })`,
    `const y = layer.forward(input('x', 'float32', ['batch', ${input.degree}, 16]))`,
    'console.log(String(y.shape), layer.evaluation.name)',
    '',
  ].join('\n')
}

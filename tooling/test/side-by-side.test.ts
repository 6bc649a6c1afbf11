import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** Nothing but a training step whose parts run in threads: no server, no open file. */
const program = `
import { onnxBackend } from '@equivar/backend-onnx'
import { differentiate, input, matMul, program, reduceMean, tanh } from '@equivar/tensor'

const [x, w] = [input('x', 'float32', ['batch', 4096, 64]), input('w', 'float32', [64, 64])]
const loss = reduceMean(tanh(matMul(x, w)))
const step = await onnxBackend({ threads: 2 }).compile(program({ inputs: [x, w], outputs: { loss, gradient: differentiate(loss, w) } }))
for (let run = 0; run < 3; run++) {
  const { gradient } = await step.run({
    x: { dtype: 'float32', shape: [16, 4096, 64], data: new Float32Array(16 * 4096 * 64).fill(0.01) },
    w: { dtype: 'float32', shape: [64, 64], data: new Float32Array(64 * 64).fill(0.01) },
  })
  console.log((await gradient.data())[0] > 0)
}
`

test('a program whose steps run side by side goes on to its end, and ends', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect([status, stdout, stderr]).toEqual([0, 'true\ntrue\ntrue\n', ''])
}, 70_000)

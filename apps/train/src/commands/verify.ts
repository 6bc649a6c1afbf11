import { Command, InvalidArgumentError } from 'commander'
import type { ClaimOptions } from '../claims/claims.ts'
import { standardOutput } from '../output.ts'
import type { VerifyOptions } from '../verify-path.ts'
import { setting, whole } from './arguments.ts'

const collect = (text: string, before: readonly string[]): string[] => [...before, text]

function positive(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError(`expected a number above 0, received "${text}".`)
  return value
}

/** `equivar verify`. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('check symmetries, batch sizes and parity of a run or an exported model; with --action, the symmetry of any ONNX file')
    .argument('<path>', 'run directory or model.onnx')
    .option('--data <dir>', 'folder of data sets')
    .option('--seed <n>', '', whole(0), 1)
    .option('--action <input:action>', 'action on an input, such as x:"S5 on axis 1"; repeatable, one group acts on all', collect, [])
    .option('--output <output:action>', 'action on an output; others must be invariant', collect, [])
    .option('--range <input:from..to>', 'numbers of an input, such as ids:0..9', collect, [])
    .option('--size <name=number>', 'value of a symbolic size', setting, {})
    .option('--tolerance <number>', 'largest relative difference; default 1e-4', positive)
    .option('--worst <file>', 'write the inputs with the largest error as JSON')
    .option('--json', '', false)
    .action(async (path: string, { json, ...options }: VerifyOptions & ClaimOptions & { json: boolean }) =>
      (await import('../verify-path.ts')).verify(path, options, standardOutput(json)),
    )
}

import { Command } from 'commander'
import { standardOutput } from '../output.ts'
import type { VerifyOptions } from '../verify-path.ts'
import { whole } from './arguments.ts'

/** `equivar verify`. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('check symmetries, batch sizes and parity of a run or an exported model')
    .argument('<path>', 'run directory or model.onnx')
    .option('--data <dir>', 'folder of data sets')
    .option('--seed <n>', '', whole(0), 1)
    .option('--json', '', false)
    .action(async (path: string, { json, ...options }: VerifyOptions & { json: boolean }) =>
      (await import('../verify-path.ts')).verifyPath(path, options, standardOutput(json)),
    )
}

import { Command } from 'commander'

/** `equivar group`. */
export function groupCommand(): Command {
  return new Command('group')
    .description('show order, orbits, rank and sharing scheme of a group: "S5", "C4 wr S5", "S3 x C4", "(1 2 3)(4 5), (1 2)"')
    .argument('<expression>')
    .option('--svg <file>', 'draw the sharing scheme into an SVG file')
    .option('--json', '', false)
    .action(async (expression: string, options: { svg?: string; json: boolean }) =>
      (await import('../group.ts')).group(expression, options),
    )
}

import { parseGroup, sharingScheme } from '@equivar/groups'
import { describeGroup, formatDescription, sharingSvg, sharingText } from '@equivar/groups/picture'
import { writeAtomically } from '@equivar/train/node'
import { standardOutput } from './output.ts'

/** `equivar group`: what a group is, and how the weights of its equivariant layer are shared. */
export async function group(expression: string, { svg, json }: { svg?: string; json: boolean }): Promise<void> {
  const action = parseGroup(expression)
  const description = describeGroup(action)
  const output = standardOutput(json)
  output.result(JSON.parse(JSON.stringify(description, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))))
  output.say(formatDescription(description, expression))
  const scheme = sharingScheme(action, action)
  output.say(`\n${sharingText(scheme)}`)
  if (svg === undefined) return
  await writeAtomically(svg, sharingSvg(scheme))
  output.say(svg)
}

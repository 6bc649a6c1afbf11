import { parseGroup, sharingScheme } from '@equivar/groups'
import { describeGroup, formatDescription, sharingSvg, sharingText } from '@equivar/groups/picture'
import { writeAtomically } from '@equivar/train/node'
import colors from 'picocolors'
import { asUsage } from './errors.ts'
import { standardOutput } from './output.ts'

/** Larger matrices are only drawn into an SVG file. */
const LARGEST_DRAWN = 2000

/** `equivar group`: properties of a group, and the weight sharing of its equivariant linear layer. */
export async function group(expression: string, { svg, json }: { svg?: string; json: boolean }): Promise<void> {
  const action = await asUsage('group', () => parseGroup(expression))
  const description = describeGroup(action)
  const output = standardOutput(json)
  output.result(JSON.parse(JSON.stringify(description, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))))
  output.say(formatDescription(description, expression))
  if (svg === undefined && (json || action.degree > LARGEST_DRAWN)) return
  const scheme = sharingScheme(action, action)
  const { columns = 100 } = process.stdout
  if (action.degree <= LARGEST_DRAWN) output.draw(`\n${sharingText(scheme, { colour: colors.isColorSupported, width: columns })}`)
  if (svg === undefined) return
  await writeAtomically(svg, sharingSvg(scheme, { title: expression }))
  output.say(svg)
}

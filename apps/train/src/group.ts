import { type Action, DomainError, parseGroup, sharingScheme } from '@equivar/groups'
import { describeGroup, formatDescription, type GroupDescription, sharingSvg, sharingText } from '@equivar/groups/picture'
import { writeAtomically } from '@equivar/train/node'
import colors from 'picocolors'
import { UsageError } from './errors.ts'
import { standardOutput } from './output.ts'

/** Larger matrices are only drawn into an SVG file. */
const LARGEST_DRAWN = 2000

/** The largest product of pairs of points and generators that is computed for a drawing in the terminal. */
const LARGEST_WORK = 2 ** 28

/** Reads and describes a group. What cannot be read or is beyond a limit is bad input. */
function read(expression: string): { action: Action; description: GroupDescription } {
  try {
    const action = parseGroup(expression, { firstPoint: 1 })
    return { action, description: describeGroup(action) }
  } catch (error) {
    throw error instanceof DomainError ? new UsageError(error.message) : error
  }
}

/** The description as JSON has it: the order as text, since it has more digits than a number; null for what is not known. */
const asJson = (description: GroupDescription): unknown => ({
  ...description,
  order: description.order?.toString() ?? null,
  primitive: description.primitive ?? null,
  blocks: description.blocks ?? null,
})

/** `equivar group`: properties of a group, and the weight sharing of its equivariant linear layer. Cycles have points from 1, as in books. */
export async function group(expression: string, { svg, json }: { svg?: string; json: boolean }): Promise<void> {
  const { action, description } = read(expression)
  const name = expression.trim().replace(/\s+/g, ' ')
  const output = standardOutput(json)
  output.result(asJson(description))
  output.say(formatDescription(description, name))
  const { degree } = action
  const drawn = !json && degree <= LARGEST_DRAWN && degree ** 2 * action.group.generatorCount <= LARGEST_WORK
  if (svg === undefined && !drawn) return
  const scheme = sharingScheme(action, action)
  const { columns = 100 } = process.stdout
  if (drawn) output.draw(`\n${sharingText(scheme, { colour: colors.isColorSupported, width: columns })}`)
  if (svg === undefined) return
  await writeAtomically(svg, sharingSvg(scheme, { title: name }))
  output.say(svg)
}

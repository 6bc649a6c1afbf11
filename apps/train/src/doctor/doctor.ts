import { fileURLToPath } from 'node:url'
import { CheckFailed } from '../errors.ts'
import type { Output } from '../output.ts'
import { type Ended, runNode } from './children.ts'
import { type Machine, machine } from './machine.ts'
import type { ProbeResult } from './probe.ts'
import { type Provider, providers } from './providers.ts'
import { type Remedy, remediesOf, surroundings } from './remedies.ts'

/** The result of `equivar doctor` for one provider. */
export interface Finding {
  readonly provider: string
  readonly outcome: ProbeResult['outcome'] | 'crashed' | 'timed out'
  readonly error?: number
  readonly tolerance: number
  readonly milliseconds?: number
  readonly reason?: string
  readonly remedies: readonly Remedy[]
}

/** The script of the `equivar` command. */
const command = fileURLToPath(new URL('../../bin/equivar.js', import.meta.url))

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''

/** The result for a provider from the end of its process. @param seconds - its time limit. */
export function findingOf(
  { name, tolerance }: Pick<Provider, 'name' | 'tolerance'>,
  { status, signal, timedOut, stdout, stderr }: Ended,
  seconds: number,
): Omit<Finding, 'remedies'> {
  const found = { provider: name, tolerance }
  if (timedOut) return { ...found, outcome: 'timed out', reason: `it did not answer in ${seconds} s` }
  if (status !== 0)
    return { ...found, outcome: 'crashed', reason: `its process ended with ${signal ?? `status ${status}`}: ${lastLine(stderr)}` }
  const { error, ...result } = JSON.parse(lastLine(stdout)) as ProbeResult
  return { ...found, ...result, ...(error === undefined ? {} : { error: Number.isFinite(error) ? error : Number.POSITIVE_INFINITY }) }
}

const marks: Readonly<Record<Finding['outcome'], string>> = {
  right: 'works    ',
  wrong: 'WRONG    ',
  missing: 'missing  ',
  crashed: 'CRASHES  ',
  'timed out': 'HANGS    ',
}

function sayMachine(here: Machine, output: Output): void {
  const packages = Object.entries(here.packages).flatMap(([name, version]) => (version === undefined ? [] : [`${name} ${version}`]))
  output.say(`equivar ${here.equivar}, node ${here.node}, ${packages.join(', ')}`)
  output.say(`${here.platform}, ${here.processor}, ${here.physicalCores} cores, ${here.threads} threads, ${here.memoryGiB} GiB`)
  output.say(`instruction sets: ${here.instructionSets.join(' ') || 'no relevant ones found'}`)
  output.say(`graphics: ${here.graphics.join(', ') || 'none'}\n`)
}

function sayFinding({ provider, outcome, error, tolerance, milliseconds, reason, remedies }: Finding, output: Output): void {
  const numbers =
    error === undefined
      ? reason
      : `${error.toExponential(1)} from the float64 reference (tolerance ${tolerance.toExponential(0)}), ${Math.round(milliseconds ?? 0)} ms with loading`
  output.say(`${marks[outcome]}${provider.padEnd(14)}${numbers}`)
  for (const { lacks, command: adds, note } of remedies)
    output.say(`${' '.repeat(11)}needs ${lacks}: ${adds}${note === undefined ? '' : `   (${note})`}`)
}

/**
 * `equivar doctor`: prints versions and the processor, and for every provider whether two small models agree with the float64 reference, or the commands
 * that install what it lacks. Every provider runs in its own process.
 *
 * @throws CheckFailed if ONNX Runtime on the CPU does not work. Other missing providers are not a failure.
 */
export async function doctor({ timeLimit }: { timeLimit: number }, output: Output): Promise<void> {
  const here = await machine()
  output.result({ machine: here })
  sayMachine(here, output)
  const around = await surroundings()
  const findings: Finding[] = []
  for (const provider of providers) {
    const found = findingOf(provider, await runNode([command, 'doctor-probe', provider.name], timeLimit), timeLimit)
    const finding = { ...found, remedies: found.outcome === 'right' || found.outcome === 'wrong' ? [] : remediesOf(provider, around) }
    findings.push(finding)
    output.result(finding)
    sayFinding(finding, output)
  }
  const cpu = findings.find(({ provider }) => provider === 'onnx/cpu')
  if (cpu?.outcome !== 'right')
    throw new CheckFailed(
      `doctor: expected onnx/cpu to work, but it is ${cpu?.outcome} (${cpu?.reason ?? cpu?.error}); npm install onnxruntime-node`,
    )
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runChild } from './child.ts'
import { controls } from './controls.ts'
import type { Breach } from './laws.ts'
import { minimized } from './minimize.ts'
import { mutantOf } from './mutant.ts'
import { Children } from './parent.ts'
import type { Target } from './target.ts'
import { targets as readers } from './targets/index.ts'

interface Finding {
  readonly target: string
  readonly source: string
  readonly breach: Breach
}

/** Mutants that one child reads: then its garbage goes with it. */
const BATCH = 20_000
/** So many findings of one target are enough to know that it is at fault. */
const MOST_FINDINGS = 10

const say = (line: string): boolean => process.stdout.write(`${line.replace(/\p{Cc}/gu, ' ')}\n`)

function options() {
  const { values } = parseArgs({
    options: {
      mutants: { type: 'string', default: '20000' },
      seconds: { type: 'string' },
      seed: { type: 'string', default: '1' },
      target: { type: 'string', multiple: true },
      findings: { type: 'string' },
      controls: { type: 'boolean', default: false },
    },
  })
  const count = (name: 'mutants' | 'seconds' | 'seed', text: string): number => {
    const number = Number(text)
    if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`fuzz: expected --${name} of 0 or more, received ${text}.`)
    return number
  }
  const all = values.controls ? controls : readers
  const unknown = values.target?.find((name) => !all.some((one) => one.name === name))
  if (unknown !== undefined) throw new RangeError(`fuzz: expected --target ${all.map(({ name }) => name).join(', ')}, received ${unknown}.`)
  return {
    targets: all.filter(({ name }) => values.target?.includes(name) ?? true),
    mutants: count('mutants', values.mutants),
    milliseconds: values.seconds === undefined ? Number.POSITIVE_INFINITY : 1000 * count('seconds', values.seconds),
    seed: count('seed', values.seed),
    folder: values.findings,
  }
}

type Options = ReturnType<typeof options>

class Run {
  readonly findings: Finding[] = []
  readonly #options: Options
  readonly #children: Children
  readonly #end: number
  count = 0

  constructor(given: Options, children: Children) {
    this.#options = given
    this.#children = children
    this.#end = performance.now() + given.milliseconds
  }

  get isOver(): boolean {
    return performance.now() > this.#end
  }

  async #keep(target: Target, source: string, input: Uint8Array, breach: Breach): Promise<void> {
    const { folder } = this.#options
    this.findings.push({ target: target.name, source, breach })
    say(`FOUND ${target.name}, ${source}: ${breach.law}: ${breach.detail}`)
    if (folder === undefined) return
    const shortest = await minimized(target, input, breach, this.#children)
    mkdirSync(folder, { recursive: true })
    const path = join(folder, `${target.name}-${breach.law}-${source.replace(/\W+/g, '-')}`)
    writeFileSync(path, shortest)
    say(`  ${shortest.length} bytes are enough: ${path}`)
  }

  async corpus(target: Target): Promise<void> {
    for (const [name, input] of Object.entries(target.corpus ?? {})) {
      const breach = await this.#children.input(target.name, input)
      this.count++
      if (breach !== undefined) await this.#keep(target, name, input, breach)
    }
  }

  /** Mutants from one number to another, on after each that breaks a law. None of a target that has only a corpus. */
  async mutants(target: Target, from: number, to: number): Promise<void> {
    const { seed } = this.#options
    if (target.forms.every(({ seeds }) => seeds.length === 0)) return
    for (let next = from; next < to && !this.isOver; ) {
      const report = await this.#children.mutants(target.name, seed, next, to)
      this.count += report.next - next
      next = report.next
      if (report.breach === undefined) continue
      const input = mutantOf(target, seed, next - 1)
      const isSure = report.breach.law === 'error' || report.breach.law === 'message'
      const breach = isSure ? report.breach : await this.#children.input(target.name, input)
      if (breach !== undefined) await this.#keep(target, `mutant ${next - 1} of seed ${seed}`, input, breach)
      if (this.findings.filter((one) => one.target === target.name).length >= MOST_FINDINGS) return
    }
  }
}

async function main(): Promise<void> {
  const given = options()
  const folder = mkdtempSync(join(tmpdir(), 'equivar-fuzz-'))
  const run = new Run(given, new Children(fileURLToPath(import.meta.url), folder))
  try {
    for (const target of given.targets) await run.corpus(target)
    for (let from = 0; from < given.mutants && !run.isOver; from += BATCH)
      for (const target of given.targets) if (!run.isOver) await run.mutants(target, from, Math.min(given.mutants, from + BATCH))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  say(`${run.count} inputs of ${given.targets.length} targets, ${run.findings.length} broke a law.`)
  process.exitCode = run.findings.length > 0 ? 1 : 0
}

if (process.argv[2] === 'child') await runChild([...readers, ...controls], JSON.parse(process.argv[3] ?? ''))
else {
  await main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof RangeError || error instanceof TypeError ? error.message : error}\n`)
    process.exitCode = 2
  })
}

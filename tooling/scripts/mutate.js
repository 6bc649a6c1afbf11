/**
 * `npm run mutate`: changes the sources of a package in many small ways, and counts how many of the changes its tests notice. Needs no build.
 *
 *     npm run mutate -- packages/groups                       every mutant of one package
 *     npm run mutate -- packages/groups --sample 60 --seed 1  60 of them, each drawn with equal probability
 *     npm run mutate -- --sample 60                           60 of each package
 *     npm run mutate -- packages/groups --concurrency 4       four at a time
 *
 * Prints each survivor and writes the score of each package to `tooling/mutation/scores.json`. Only tests of the package itself run.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'

const root = resolve(import.meta.dirname, '../..')
const scoresPath = join(root, 'tooling/mutation/scores.json')
const noticed = new Set(['Killed', 'Timeout'])
const missed = new Set(['Survived', 'NoCoverage'])

/** @param {string} name @param {string} text */
function count(name, text) {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`mutate: expected --${name} of 0 or more, received ${text}.`)
  return number
}

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      concurrency: { type: 'string', default: '2' },
    },
  })
  const known = readdirSync(join(root, 'packages'))
    .sort()
    .map((name) => `packages/${name}`)
  const given = positionals.map((folder) => folder.replace(/\/$/, ''))
  const unknown = given.find((folder) => !known.includes(folder))
  if (unknown !== undefined) throw new RangeError(`mutate: expected folders among ${known.join(', ')}, received ${unknown}.`)
  const sample = values.sample === undefined ? undefined : { count: count('sample', values.sample), seed: count('seed', values.seed) }
  return { folders: given.length > 0 ? given : known, sample, concurrency: count('concurrency', values.concurrency) }
}

/** @typedef {{ count: number, seed: number } | undefined} Sample */

/** @param {string} folder @param {Sample} sample @param {number} concurrency */
function mutated(folder, sample, concurrency) {
  process.env.EQUIVAR_MUTATED = folder
  // Tests run in a copy of the workspace: what lies beside it is found by name.
  process.env.EQUIVAR_SHARED ??= resolve(root, '../shared')
  const runner = createRequire(import.meta.url).resolve('@stryker-mutator/vitest-runner')
  const settings = {
    testRunner: 'vitest',
    vitest: { configFile: 'tooling/mutation/vitest.config.ts', related: false },
    plugins: sample === undefined ? [runner] : [runner, join(root, 'tooling/mutation/sample.js')],
    ...(sample === undefined ? {} : { checkers: ['sample'], drawn: sample }),
    mutate: [`${folder}/src/**/*.ts`],
    ignorePatterns: ['**/dist', 'docs', 'runs', '**/.turbo'],
    coverageAnalysis: 'perTest',
    disableTypeChecks: false,
    reporters: ['progress'],
    tempDirName: '.stryker-tmp',
    timeoutMS: 20_000,
    dryRunTimeoutMinutes: 60,
    concurrency,
  }
  return new Stryker(/** @type {object} */ (settings)).runMutationTest()
}

/** @param {string} folder @param {Sample} sample @param {Awaited<ReturnType<typeof mutated>>} results */
function report(folder, sample, results) {
  const killed = results.filter(({ status }) => noticed.has(status)).length
  const survivors = results.filter(({ status }) => missed.has(status))
  for (const { fileName, location, mutatorName, replacement, status } of survivors) {
    const place = `${relative(root, fileName)}:${location.start.line}:${location.start.column}`
    process.stdout.write(`${status} ${place} ${mutatorName}: ${(replacement ?? '').replace(/\s+/g, ' ').slice(0, 100)}\n`)
  }
  const tried = killed + survivors.length
  const score = Number(((100 * killed) / tried).toFixed(1))
  process.stdout.write(`${folder}: ${killed} of ${tried} mutants noticed, ${score} % (the package has ${results.length})\n`)
  const command = `npm run mutate -- ${folder}${sample === undefined ? '' : ` --sample ${sample.count} --seed ${sample.seed}`}`
  return { command, mutants: results.length, tried, noticed: killed, score }
}

process.chdir(root)
const { folders, sample, concurrency } = options()
for (const folder of folders) {
  const row = report(folder, sample, await mutated(folder, sample, concurrency))
  const before = existsSync(scoresPath) ? JSON.parse(readFileSync(scoresPath, 'utf8')) : {}
  const rows = Object.entries({ ...before, [folder]: row }).sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(scoresPath, `${JSON.stringify(Object.fromEntries(rows), null, 2)}\n`)
}

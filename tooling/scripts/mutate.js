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
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { drawn } from '../mutation/sample.js'

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

/**
 * Every mutant of a package, by what StrykerJS makes them with; nothing is run.
 *
 * @param {string} folder
 * @returns {Promise<Awaited<ReturnType<import('@stryker-mutator/core').Stryker['runMutationTest']>>>}
 */
async function mutantsOf(folder) {
  const { resolve: find } = createRequire(createRequire(import.meta.url).resolve('@stryker-mutator/core'))
  const { Instrumenter } = await import(pathToFileURL(find('@stryker-mutator/instrumenter')).href)
  const names = readdirSync(join(root, folder, 'src'), { recursive: true }).map((name) => join(root, folder, 'src', String(name)))
  const files = names.filter((name) => name.endsWith('.ts')).map((name) => ({ name, mutate: true, content: readFileSync(name, 'utf8') }))
  const silent = { isDebugEnabled: () => false, debug() {}, info() {}, warn() {} }
  const { mutants } = await new Instrumenter(silent).instrument(files, { plugins: null, excludedMutations: [], ignorers: [] })
  return mutants
}

/**
 * Where the drawn mutants are, so that only these places are written into the sources: the others would make every line many times as slow.
 *
 * @param {readonly Awaited<ReturnType<typeof mutantsOf>>[number][]} mutants @param {{ count: number, seed: number }} sample
 */
function drawnPlaces(mutants, sample) {
  const open = mutants.filter(({ status }) => status !== 'Ignored')
  const ids = drawn(open, sample)
  const places = open
    .filter(({ id }) => ids.has(id))
    .map(({ fileName, location: { start, end } }) => {
      return `${relative(root, fileName)}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`
    })
  return [...new Set(places)]
}

/** @param {string} folder @param {Sample} sample @param {number} concurrency @param {string[]} mutate */
function mutated(folder, sample, concurrency, mutate) {
  process.env.EQUIVAR_MUTATED = folder
  // Tests run in a copy of the workspace: what lies beside it is found by name.
  process.env.EQUIVAR_SHARED ??= resolve(root, '../shared')
  const runner = createRequire(import.meta.url).resolve('@stryker-mutator/vitest-runner')
  const settings = {
    testRunner: 'vitest',
    vitest: { configFile: 'tooling/mutation/vitest.config.ts', related: false },
    plugins: sample === undefined ? [runner] : [runner, join(root, 'tooling/mutation/sample.js')],
    ...(sample === undefined ? {} : { checkers: ['sample'], drawn: sample }),
    mutate,
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

/** @param {string} folder @param {Sample} sample @param {Awaited<ReturnType<typeof mutated>>} results @param {number} mutants */
function report(folder, sample, results, mutants) {
  const killed = results.filter(({ status }) => noticed.has(status)).length
  const survivors = results.filter(({ status }) => missed.has(status))
  for (const { fileName, location, mutatorName, replacement, status } of survivors) {
    const place = `${relative(root, fileName)}:${location.start.line}:${location.start.column}`
    process.stdout.write(`${status} ${place} ${mutatorName}: ${(replacement ?? '').replace(/\s+/g, ' ').slice(0, 100)}\n`)
  }
  const tried = killed + survivors.length
  const score = Number(((100 * killed) / tried).toFixed(1))
  process.stdout.write(`${folder}: ${killed} of ${tried} mutants noticed, ${score} % (the package has ${mutants})\n`)
  const command = `npm run mutate -- ${folder}${sample === undefined ? '' : ` --sample ${sample.count} --seed ${sample.seed}`}`
  return { command, mutants, tried, noticed: killed, score }
}

process.chdir(root)
const { folders, sample, concurrency } = options()
for (const folder of folders) {
  const mutants = await mutantsOf(folder)
  const places = sample === undefined ? [`${folder}/src/**/*.ts`] : drawnPlaces(mutants, sample)
  const row = report(folder, sample, await mutated(folder, sample, concurrency, places), mutants.length)
  const before = existsSync(scoresPath) ? JSON.parse(readFileSync(scoresPath, 'utf8')) : {}
  const rows = Object.entries({ ...before, [folder]: row }).sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(scoresPath, `${JSON.stringify(Object.fromEntries(rows), null, 2)}\n`)
}

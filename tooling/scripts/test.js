/**
 * `npm test`: everything that must hold before a change is merged, on a machine that has only Node and npm.
 *
 * Arguments are handed to vitest as file filters: `npm test -- packages/tensor`.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installChromium } from './chromium.js'
import { fail, install, run, stage } from './stages.js'

/**
 * What vitest counted, from its JSON report. A file that could not be loaded holds no test and counts as one failure.
 *
 * @param {string} report
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
function counts(report) {
  /** @type {import('vitest/node').JsonTestResults} */
  const results = JSON.parse(readFileSync(report, 'utf8'))
  const unloaded = results.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + unloaded,
    skipped: results.numPendingTests + results.numTodoTests,
  }
}

function test() {
  const folder = mkdtempSync(join(tmpdir(), 'equivar-test-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const status = run('tests', ['vitest', 'run', ...reporters, ...process.argv.slice(2)])
  const outcome = existsSync(report) ? counts(report) : undefined
  rmSync(folder, { recursive: true, force: true })
  if (outcome === undefined || (status !== 0 && outcome.failed === 0)) fail('tests', status || 1)
  const { passed, failed, skipped } = outcome
  process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
  process.exitCode = status
}

install()
installChromium()
stage('build', ['turbo', 'run', 'build', '--output-logs=errors-only'])
stage('lint and format', ['biome', 'ci', '--error-on-warnings'])
stage('types', ['tsc', '-p', 'tsconfig.types.json'])
stage('types of pages and tooling', ['turbo', 'run', 'typecheck', '--output-logs=errors-only'])
stage('dead code', ['knip'])
stage('size', ['size-limit'])
test()

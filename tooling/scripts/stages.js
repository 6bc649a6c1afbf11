/**
 * A check is a list of stages: each prints the command it runs, and the first that fails ends the whole run with its exit status.
 *
 * Only Node's own modules are used here, because the first stage is the one that installs everything else.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

const environment = {
  ...process.env,
  PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH,
  DO_NOT_TRACK: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  ...(process.stdout.isTTY || process.env.FORCE_COLOR ? {} : { NO_COLOR: '1' }),
}

/**
 * Runs one command from the repository's root and waits for it.
 *
 * @param {string} title - what the stage does, in a few words.
 * @param {[string, ...string[]]} command - the program and its arguments; programs of `node_modules/.bin` are found by name.
 * @returns {void} nothing when the command succeeds; otherwise this process ends with the command's exit status.
 */
export function stage(title, command) {
  const status = run(title, command)
  if (status !== 0) fail(title, status)
}

/**
 * Like `stage`, but hands the exit status back.
 *
 * @param {string} title
 * @param {[string, ...string[]]} command
 * @returns {number} the exit status; 128 + n when signal n ended the command, as shells count.
 */
export function run(title, command) {
  const [program, ...rest] = command
  const started = performance.now()
  process.stdout.write(`\n=== ${title}: ${command.join(' ')}\n`)
  const result = spawnSync(program, rest, { cwd: root, env: environment, stdio: 'inherit', shell: process.platform === 'win32' })
  if (result.error) process.stderr.write(`${program} could not be started: ${result.error.message}\n`)
  process.stdout.write(`=== ${title}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
  return result.signal ? 128 + constants.signals[result.signal] : (result.status ?? 1)
}

/**
 * Ends this process and says which stage is to blame.
 *
 * @param {string} title
 * @param {number} status
 * @returns {never}
 */
export function fail(title, status) {
  process.stderr.write(`\nStopped: "${title}" failed with exit status ${status}.\n`)
  process.exit(status)
}

/** Installs exactly what the lockfile says, with the pnpm version that package.json pins, fetched through npm. */
export function install() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  stage('install', ['npx', '--yes', packageManager, 'install', '--frozen-lockfile', '--prefer-offline'])
}

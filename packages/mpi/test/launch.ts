import { execFileSync, spawn } from 'node:child_process'

/** A launcher that is installed. */
export interface TestLauncher {
  readonly name: string
  readonly command: string
  readonly options: readonly string[]
  /** What `openMpi` says it has loaded. */
  readonly library: RegExp
}

/** Both families that Debian has; they can be installed beside each other. */
const known: readonly (TestLauncher & { readonly debianPackages: readonly string[] })[] = [
  { name: 'MPICH', command: 'mpiexec.mpich', options: [], library: /^MPICH \(libmpich/, debianPackages: ['mpich'] },
  {
    name: 'Open MPI',
    command: 'mpiexec.openmpi',
    // More ranks than cores, and as root in containers.
    options: ['--oversubscribe', '--allow-run-as-root'],
    library: /^Open MPI \(libmpi/,
    debianPackages: ['openmpi-bin'],
  },
]

function isInstalled(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Installs what is missing where tests may not be skipped. */
function installed({ command, debianPackages }: (typeof known)[number]): boolean {
  if (isInstalled(command)) return true
  if (process.env.CI !== 'true') return false
  const rights = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const [program = '', ...rest] = [...rights, 'apt-get']
  execFileSync(program, [...rest, 'update'], { stdio: 'ignore' })
  execFileSync(program, [...rest, 'install', '-y', '--no-install-recommends', ...debianPackages], { stdio: 'ignore' })
  return isInstalled(command)
}

/** The launchers to test with. With `CI=true` both are installed if they are missing, else their tests fail. */
export const launchers: readonly (TestLauncher & { readonly isThere: boolean })[] = known.map((one) => ({
  ...one,
  isThere: installed(one),
}))

/** How a job ended. */
export interface JobEnd {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts that many processes of a command and waits for all. */
export function launched(
  { command, options }: TestLauncher,
  size: number,
  [program, ...parameters]: readonly [string, ...string[]],
  { cwd, environment = {} }: { readonly cwd?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<JobEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...options, '-n', String(size), program, ...parameters], { cwd, env: { ...process.env, ...environment } })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (text: Buffer) => {
      stdout += text
    })
    child.stderr.on('data', (text: Buffer) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
}

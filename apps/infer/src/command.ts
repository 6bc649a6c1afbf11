import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { UsageError } from './errors.ts'
import { defaultOptions, type ServeOptions } from './options.ts'

const number =
  (least: number, most: number, whole = true) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if ((whole && !Number.isInteger(value)) || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`Expected ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}.`)
    }
    return value
  }

/** Parses an option with an origin and appends it to those before. */
function origins(text: string, before: readonly string[]): string[] {
  if (text !== '*' && !(URL.canParse(text) && new URL(text).origin === text))
    throw new InvalidArgumentError('Expected an origin such as https://example.org or http://localhost:5173, or *.')
  return [...before, text]
}

/** Parses a host name and appends it to those before. */
function hostNames(text: string, before: readonly string[]): string[] {
  if (!/^[\w.-]+$/.test(text)) throw new InvalidArgumentError('Expected a name such as models.example.org, without a port.')
  return [...before, text]
}

const MIB = 2 ** 20
const bytes = (text: string): number => {
  const [, digits, unit = ''] = /^(\d+)\s*(k|m|g)?(?:i?b)?$/i.exec(text.trim()) ?? []
  if (digits === undefined) throw new InvalidArgumentError('Expected a number of bytes such as 1048576, 64k or 32M.')
  return Number(digits) * { '': 1, k: 1024, m: MIB, g: 1024 * MIB }[unit.toLowerCase() as 'k']
}

/** The parsed options. */
interface Given extends Omit<ServeOptions, 'models' | 'token' | 'tls'> {
  readonly token?: string
  readonly tokenFile?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly json: boolean
}

function tokenOf({ token, tokenFile }: Given): string | undefined {
  if (token !== undefined && tokenFile !== undefined) throw new UsageError('expected --token or --token-file, but not both')
  let text = token ?? process.env.EQUIVAR_INFER_TOKEN
  if (tokenFile !== undefined) {
    try {
      text = readFileSync(tokenFile, 'utf8').trim()
    } catch {
      throw new UsageError(`${tokenFile}: expected a file with the token, but could not read it`)
    }
  }
  if (text !== undefined && !/^\S+$/.test(text)) throw new UsageError('expected a token, neither empty nor with spaces')
  return text
}

function tlsOf({ tlsCert, tlsKey }: Given): ServeOptions['tls'] {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined) throw new UsageError('expected both --tls-cert and --tls-key, received one of them')
  return { cert: tlsCert, key: tlsKey }
}

/** The `serve` command. @param action - runs with the parsed options. */
export function serveCommand(action: (options: ServeOptions, output: { json: boolean }) => Promise<void>): Command {
  const milliseconds = number(0, 3_600_000)
  const defaults = defaultOptions()
  return new Command('serve')
    .description('serve exported models over HTTP with the Open Inference Protocol (KServe v2)')
    .argument('<models>', 'model.onnx, a run directory, or a folder of NAME.onnx, NAME/VERSION/model.onnx, NAME/model.onnx')
    .option('--host <address>', 'address to listen on; 0.0.0.0 for all addresses', defaults.host)
    .option('--port <n>', 'port to listen on; 0 for any free port', number(0, 65_535), defaults.port)
    .addOption(new Option('--device <name>').choices(['cpu', 'cuda', 'webgpu']).default(defaults.device))
    .option('--workers <n>', 'processes that run models; default: one per core, or one on a GPU', number(1, 256))
    .option('--threads <n>', 'threads per operator in each worker; 0: ONNX Runtime chooses', number(0, 1024), defaults.threads)
    .option('--concurrency <n>', 'simultaneous runs of one model; 0 for no limit', number(0, 1024), defaults.concurrency)
    .option('--max-batch <n>', 'largest number of examples in a run; 1 for no batching', number(1, 65_536), defaults.maxBatch)
    .option('--max-delay <ms>', 'how long a request waits for others even if a worker is free', number(0, 60_000, false), defaults.maxDelay)
    .option('--max-waste <share>', 'largest share of padding in a run', number(0, 1, false), defaults.maxWaste)
    .option('--max-body <bytes>', 'largest body of a request, such as 1048576, 64k or 32M', bytes, defaults.maxBody)
    .option('--max-elements <n>', 'largest number of elements in a request, and in a run', number(1, 2 ** 31 - 1), defaults.maxElements)
    .option('--max-pending <bytes>', 'largest total size of waiting request bodies', bytes, defaults.maxPending)
    .option('--queue <n>', 'largest number of waiting requests per model; further ones get 429', number(1, 1_000_000), defaults.queue)
    .option('--timeout <ms>', 'time limit of a request, after which it gets 503', number(1, 3_600_000), defaults.timeout)
    .option(
      '--body-timeout <ms>',
      'time limit for receiving a request, after which it gets 408',
      number(100, 3_600_000),
      defaults.bodyTimeout,
    )
    .option(
      '--reload <ms>',
      'how often to check the models for changes; 0 for never (SIGHUP checks at once)',
      milliseconds,
      defaults.reload,
    )
    .option('--repository-control', 'let callers load and unload models', defaults.repositoryControl)
    .option('--token <text>', 'bearer token that callers must send; also EQUIVAR_INFER_TOKEN (other users can see the command line)')
    .option('--token-file <file>', 'file that contains the token')
    .option('--max-connections <n>', 'largest number of open connections', number(1, 1_000_000), defaults.maxConnections)
    .option('--allow-host <name>', 'further name for calls to 127.0.0.1 without a token; repeat for more', hostNames, [])
    .option('--allow-origin <origin>', 'origin of web pages that may call the server; repeat for more, * for all', origins, [])
    .option('--tls-cert <file>', 'certificate in PEM format')
    .option('--tls-key <file>', 'private key of the certificate in PEM format')
    .addOption(
      new Option('--log-level <level>').choices(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default(defaults.logLevel),
    )
    .option('--json', 'print the address and the models as JSON', false)
    .action(async (models: string, given: Given) => {
      const { json, token: _, tokenFile: __, tlsCert: ___, tlsKey: ____, ...options } = given
      await action({ ...defaults, ...options, models, token: tokenOf(given), tls: tlsOf(given) }, { json })
    })
}

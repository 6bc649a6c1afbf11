import { relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { afterAll, expect, test } from 'vitest'
import { root } from './workspace.ts'

/** What a page that imports one layer holds of the packages of layers: files, and the modules in them: the layer, what it derives from and what it is made of. */
interface Share {
  readonly from: string
  readonly files: readonly string[]
  readonly classes: readonly string[]
}

const layers: Readonly<Record<string, Share>> = {
  DeepSetsLayer: { from: 'layers-sets', files: ['deep-sets', 'members', 'pooling'], classes: ['DeepSetsLayer'] },
  SetAttentionBlock: {
    from: 'layers-sets',
    files: ['attend', 'attention', 'members', 'segments'],
    classes: ['MultiheadAttentionBlock', 'SetAttentionBlock'],
  },
  GinLayer: { from: 'layers-graphs', files: ['gin', 'message-passing/edges'], classes: ['GinLayer'] },
  GcnLayer: {
    from: 'layers-graphs',
    files: ['message-passing/aggregation', 'message-passing/edges', 'message-passing/gcn'],
    classes: ['GcnLayer'],
  },
  PpgnBlock: { from: 'layers-graphs', files: ['ppgn', 'tuple-masks'], classes: ['PairLinear', 'PpgnBlock'] },
  Convolution: {
    from: 'layers-grids',
    files: ['circular-convolution', 'convolution', 'sliding-window'],
    classes: ['Convolution', 'KernelModule'],
  },
  GroupConvolution: {
    from: 'layers-grids',
    files: ['circular-convolution', 'convolution', 'group-convolution', 'point-group', 'sliding-window'],
    classes: ['FilterBank', 'GroupConvolution'],
  },
  Dss: { from: 'layers-dss', files: ['dss', 'elements', 'pooling'], classes: ['Dss'] },
}

const weights: Record<string, number> = {}
afterAll(() => {
  // For the table in the documentation.
  const rows = Object.entries(weights).map(([name, bytes]) => `| \`${name}\` | ${(bytes / 1000).toFixed(1)} kB |`)
  process.stdout.write(`\n| page with | minified, gzipped |\n| --- | --- |\n${rows.join('\n')}\n`)
})

/** Bundles a page that imports one name. */
async function bundled(name: string, from: string): Promise<Rolldown.OutputChunk> {
  const entry = '\0entry'
  const { output } = (await build({
    configFile: false,
    root,
    logLevel: 'warn',
    resolve: { conditions: ['@equivar/source', 'module', 'browser', 'production'] },
    plugins: [
      {
        name: 'one-layer',
        resolveId(id, importer) {
          if (id === entry) return entry
          return importer === entry ? this.resolve(id, import.meta.filename) : undefined
        },
        load: (id) => (id === entry ? `import { ${name} } from '@equivar/${from}'\nglobalThis.layer = ${name}` : undefined),
      },
    ],
    build: { write: false, target: 'es2022', rollupOptions: { input: entry } },
  })) as Rolldown.RolldownOutput
  return output[0]
}

test.each(Object.entries(layers))('a page that uses %s ships no other layer', async (name, { from, files, classes }) => {
  const { modules, code } = await bundled(name, from)
  const used = Object.entries(modules)
    .filter(([, { renderedLength }]) => renderedLength > 0)
    .map(([id, module]) => ({ file: relative(root, id), code: module.code ?? '' }))
    .filter(({ file }) => file.startsWith('packages/layers-'))
  expect(used.map(({ file }) => file).sort()).toEqual(files.map((file) => `packages/${from}/src/${file}.ts`))
  const found = used.flatMap((module) => [...module.code.matchAll(/^var (\w+) = class (?:\w+ )?extends /gm)].map(([, one]) => one))
  expect(found.sort()).toEqual(classes)
  weights[name] = gzipSync(code).length
})

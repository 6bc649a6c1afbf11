/**
 * The most that each package's own code may weigh, minified and gzipped, without its dependencies.
 *
 * A limit is raised only in the change that causes the growth.
 */
const ownCode = (/** @type {object} */ config) => ({ ...config, platform: 'neutral', packages: 'external' })

/**
 * @param {string} name - the package's folder.
 * @param {string} limit
 * @param {string} [names] - what is imported: everything, or `{ these, names }`.
 */
const weigh = (name, limit, names = '*') => ({
  name: names === '*' ? `@equivar/${name}` : `@equivar/${name} ${names}`,
  path: `packages/${name}/dist/index.js`,
  import: names,
  gzip: true,
  limit,
  modifyEsbuildConfig: ownCode,
})

export default [
  weigh('groups', '42 kB'),
  weigh('groups', '8 kB', '{ PermutationGroup }'),
  weigh('tensor', '44 kB'),
  weigh('nn', '10 kB'),
  weigh('export-onnx', '39 kB'),
  weigh('symmetrize', '8 kB'),
  weigh('backend-onnx', '29 kB'),
  weigh('batching', '6 kB'),
  weigh('backend-tfjs', '15 kB'),
  weigh('train', '15 kB'),
  weigh('mpi', '4 kB'),
  weigh('datasets', '27 kB'),
  weigh('verify', '13 kB'),
  weigh('layers-sharing', '10 kB'),
  weigh('layers-sets', '8 kB'),
  weigh('layers-graphs', '20 kB'),
  weigh('layers-graphs', '2 kB', '{ GcnLayer }'),
  weigh('layers-graphs', '4 kB', '{ weisfeilerLeman }'),
  weigh('layers-grids', '16 kB'),
  weigh('layers-points', '25 kB'),
  weigh('layers-representations', '5 kB'),
  weigh('layers-sphere', '12 kB'),
  weigh('layers-dss', '6 kB'),
  weigh('client', '6 kB'),
]

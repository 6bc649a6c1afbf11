/** A hexadecimal SHA-256 checksum. */
export interface Checksum {
  readonly algorithm: 'sha256'
  readonly digest: string
}

/** A downloadable file: its addresses and its checksum. */
export interface Resource {
  /** The name of the file. */
  readonly name: string
  /** The subfolder of the cache and of a data folder that contains it. */
  readonly folder: string
  /** The most bytes that are downloaded; 1 GiB by default. */
  readonly maxBytes?: number
  /** Addresses of the same file, tried in this order: https, or http on this machine. */
  readonly addresses: readonly string[]
  readonly checksum: Checksum
}

/** The files below have at most 10 MB. */
const MOST_BYTES = 2 ** 26

/**
 * The downloadable TU data sets by name, with the SHA-256 checksums of their archives.
 *
 * The graphs and folds are those of the GIN repository (weihua916/powerful-gnns, dataset.zip). The repository of IHGNN provides one archive per set, here at a
 * fixed commit.
 */
const tuChecksums: Readonly<Record<string, string>> = {
  COLLAB: '9ecf84c958ac765b9e0f878f4bd002fec20926e0c3d037cb753ab251f59b41f3',
  IMDBMULTI: '20caee26511d0e5ed130bcb1054b2697b91cc8bb846c72cf0f37a92f99bfc67b',
  MUTAG: '545905a7f0782cba6d3f96cb40af67c90e54f26932341999103e1eb94bbbee52',
  NCI1: '8cd032542f59df715c5983b05bb2b5396ab501c3b41d4ecbd941b88dc40c8c59',
  PROTEINS: 'd28f022559a1fe3f3c0cfd49c96a68a8cb8a1d1e31d5506fb7d93e438eab6f52',
  PTC: '2451966c2cc84663b0cf0021fce8cb6f2b5fccfb471544c2f75ac7c27d21c013',
}

const TU_ADDRESS = 'https://raw.githubusercontent.com/yeweiysh/IHGNN/b17214636dd0a0f83b05849cc6dc9ec2ebd4efbf/data'

/** The names of the downloadable TU data sets. */
export function downloadableTuSets(): string[] {
  return Object.keys(tuChecksums)
}

/** The resource of a TU data set; undefined if it cannot be downloaded. */
export function tuResource(name: string): Resource | undefined {
  const digest = Object.hasOwn(tuChecksums, name) ? tuChecksums[name] : undefined
  if (digest === undefined) return undefined
  return {
    name: `${name}.zip`,
    folder: 'tu',
    maxBytes: MOST_BYTES,
    addresses: [`${TU_ADDRESS}/${name}.zip`],
    checksum: { algorithm: 'sha256', digest },
  }
}

/** The SHA-256 checksums of the MNIST files. */
const mnistChecksums = {
  'train-images-idx3-ubyte.gz': '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
  'train-labels-idx1-ubyte.gz': '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
  't10k-images-idx3-ubyte.gz': '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
  't10k-labels-idx1-ubyte.gz': 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
} as const

const MNIST_ADDRESSES = ['https://ossci-datasets.s3.amazonaws.com/mnist', 'https://storage.googleapis.com/cvdf-datasets/mnist']

/** The resource of an MNIST file: PyTorch's mirror, then Google's. */
export function mnistResource(split: 'train' | 'test', kind: 'images' | 'labels'): Resource {
  const name = `${split === 'train' ? 'train' : 't10k'}-${kind}-idx${kind === 'images' ? 3 : 1}-ubyte.gz` as keyof typeof mnistChecksums
  const addresses = MNIST_ADDRESSES.map((address) => `${address}/${name}`)
  return { name, folder: 'mnist', maxBytes: MOST_BYTES, addresses, checksum: { algorithm: 'sha256', digest: mnistChecksums[name] } }
}

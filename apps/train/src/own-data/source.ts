import type { Examples } from './example.ts'

/** Where own data come from and how they are read: what `config.json` keeps, so that a run can be evaluated again. */
export interface OwnSource {
  /** One file or folder that is split, or three, for training, validation and test. Absolute paths. */
  readonly paths: readonly string[]
  /** Shares of training, validation and test part. */
  readonly shares?: readonly [number, number, number]
  /** The column, or the property of a molecule, that is the class. */
  readonly label?: string
  /** The columns, or the property of a molecule, that are the numbers to predict. */
  readonly target?: string
  /** A file of edges, beside a table of nodes. */
  readonly edges?: string
  /** Whether the file of edges lists each direction by itself; else an edge goes both ways. */
  readonly directed?: boolean
  /** The column that names a node. */
  readonly nodeId?: string
  /** The column that says which set a row belongs to. */
  readonly setId?: string
  /** A file of labels, beside graphs in graph6. */
  readonly labels?: string
  /** The column that says which part a row belongs to. */
  readonly splitColumn?: string
  /** Height and width to which images are brought. */
  readonly size?: readonly [number, number]
  /** What examples are, where the data do not say it: sets of signals look like images. */
  readonly kind?: Examples['kind']
  /** Whether examples are read to be predicted: then nothing of them has to be known. */
  readonly unlabelled?: boolean
  /** Channels of images: 1 if all have to be grey. By default as many as the images need. */
  readonly channels?: number
  /** The columns that are channels, in this order; by default all that have no other role. */
  readonly columns?: readonly string[]
}

/**
 * Reads the examples of one file or folder.
 *
 * @param signal - stops readers of long files.
 * @throws UsageError or FormatError that names the place of the first that cannot be read; Interrupted if the signal aborts.
 */
export type Reader = (path: string, source: OwnSource, signal?: AbortSignal) => Promise<Examples>

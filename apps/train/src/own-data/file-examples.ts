import type { Batch } from '@equivar/datasets'
import { exampleBatch } from './dataset.ts'
import { type Example, type ExampleKind, withEdgeWidth } from './example.ts'
import { PLACE } from './line-index.ts'
import { LineReader } from './line-reader.ts'
import { exampleOfLine } from './ndjson.ts'

/** What a thread must know to make batches of the examples of a file. */
export interface FileDescription {
  readonly path: string
  readonly kind: ExampleKind
  /** Names of the classes: `target` counts in them. */
  readonly classes: readonly string[]
  /** Features of edges, for graphs without edges. */
  readonly edgeWidth: number | undefined
}

/** Makes batches of the examples of a file, read again from it. */
export class FileExamples {
  readonly #file: FileDescription
  readonly #reader: LineReader
  readonly #classes: ReadonlyMap<string, number>

  constructor(file: FileDescription) {
    this.#file = file
    this.#reader = new LineReader(file.path)
    this.#classes = new Map(file.classes.map((name, i) => [name, i]))
  }

  /** @param places - of the lines, by a LineIndex. @throws UsageError that names the file and the line of an example that can no longer be read. */
  batch(places: Float64Array): Batch {
    const { kind, edgeWidth } = this.#file
    const examples: Example[] = []
    for (let at = 0; at < places.length; at += PLACE) {
      const { text, where } = this.#reader.read(places.subarray(at, at + PLACE) as unknown as [number, number, number, number])
      examples.push(withEdgeWidth(exampleOfLine(text, where), edgeWidth))
    }
    return exampleBatch(kind, examples, this.#classes)
  }

  close(): void {
    this.#reader.close()
  }
}

import { decimal } from './decimal.ts'
import type { FormatError } from './format-error.ts'
import { TextLines } from './text-lines.ts'

/** A triangle mesh. */
export interface Mesh {
  /** [vertices, 3], row-major. */
  readonly vertices: Float32Array
  /** Vertex indices, [triangles, 3], row-major. */
  readonly triangles: Int32Array
}

/** The header, with the counts on the same line if the line break after OFF is missing, as in some files of ModelNet40. */
const HEADER = /^(ST)?(?:CN?|NC?)?OFF(?:\s|$|(?=\d))/

/**
 * Reads a mesh in the text form of OFF.
 *
 * Faces with more than three corners are split into triangle fans around their first corner. Colours, normals and texture coordinates are ignored. The line
 * break after OFF may be missing, as in some files of ModelNet40.
 *
 * @param text - bytes of an .off file.
 * @param file - the name of the file in error messages.
 * @throws FormatError that names the line, if the file does not have this form, is truncated, counts more vertices or faces than it can hold, or a face has a
 * vertex that does not exist.
 * @see The Geomview manual, "OFF files".
 */
export function parseOff(text: Uint8Array, file: string = 'the file'): Mesh {
  const lines = new OffLines(text, file)
  const [vertexCount, faceCount] = lines.counts()
  const vertices = new Float32Array(3 * vertexCount)
  for (let v = 0; v < vertexCount; v++) vertices.set(lines.numbers(`the three coordinates of vertex ${v} of ${vertexCount}`, 3), 3 * v)
  const triangles: number[] = []
  for (let f = 0; f < faceCount; f++) {
    const expected = `face ${f} of ${faceCount} as "corners vertex…", vertices from 0 to ${vertexCount - 1}`
    const [corners, ...face] = lines.face(expected)
    const isCorner = (vertex: number | undefined): boolean => Number.isInteger(vertex) && vertex! >= 0 && vertex! < vertexCount
    if (!Number.isInteger(corners) || corners! < 1 || face.length < corners! || !face.slice(0, corners).every(isCorner)) {
      throw lines.error(expected)
    }
    for (let c = 2; c < corners!; c++) triangles.push(face[0]!, face[c - 1]!, face[c]!)
  }
  return { vertices, triangles: Int32Array.from(triangles) }
}

/** The shortest line of a vertex, `0 0 0` and its end, and of a face, `1 0` and its end. */
const VERTEX_LENGTH = 6
const FACE_LENGTH = 4

/** Reads an OFF file line by line, without comments and empty lines. */
class OffLines {
  readonly #lines: TextLines

  constructor(text: Uint8Array, file: string) {
    this.#lines = new TextLines('parseOff', file, text)
  }

  error(expected: string): FormatError {
    return this.#lines.error(expected)
  }

  /** The next nonempty line, without its comment. */
  #next(expected: string): string {
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const content = line.replace(/#.*/, '').trim()
      if (content !== '') return content
    }
    throw this.error(expected)
  }

  /** The first numbers of the next line, which float32 can hold. Throws a FormatError if there are fewer. */
  numbers(expected: string, count: number, line: string = this.#next(expected)): number[] {
    const numbers = line.split(/\s+/, count).map(decimal)
    if (numbers.length < count || !numbers.every((number) => Number.isFinite(Math.fround(number)))) throw this.error(expected)
    return numbers
  }

  /** The numbers of the next line. */
  face(expected: string): number[] {
    return this.#next(expected).split(/\s+/).map(decimal)
  }

  /** Reads the optional header and returns the numbers of vertices and faces. */
  counts(): [number, number] {
    const expected = 'OFF and the numbers of vertices, faces and edges'
    const first = this.#next(expected)
    if (/OFF\s+BINARY/.test(first)) throw this.error('the text form of OFF')
    const hasHeader = HEADER.test(first)
    if (!hasHeader && !/^\d/.test(first)) throw this.error(expected)
    const rest = first.replace(HEADER, '').trim()
    const [vertices, faces] = this.numbers(expected, 2, rest === '' ? this.#next(expected) : rest) as [number, number]
    if (![vertices, faces].every((count) => Number.isSafeInteger(count) && count >= 0)) throw this.error(expected)
    const left = this.#lines.bytesLeft
    // The last line may lack its end.
    if (Math.max(vertices * VERTEX_LENGTH, faces * FACE_LENGTH) > left + 1)
      throw this.error(`no more vertices and faces than fit into the ${left} bytes after this line`)
    return [vertices, faces]
  }
}

import { FormatError, quoted } from './format-error.ts'

/** A triangle mesh. */
export interface Mesh {
  /** [vertices, 3], row-major. */
  readonly vertices: Float32Array
  /** Vertex indices, [triangles, 3], row-major. */
  readonly triangles: Int32Array
}

/** The header, with the counts on the same line if the line break after OFF is missing, as in some files of ModelNet40. */
const HEADER = /^(ST)?C?N?OFF(?:\s|$|(?=\d))/

/**
 * Reads a mesh in the text form of OFF.
 *
 * Faces with more than three corners are split into triangle fans around their first corner. Colours, normals and texture coordinates are ignored. The line
 * break after OFF may be missing, as in some files of ModelNet40.
 *
 * @param text - bytes of an .off file.
 * @param file - the name of the file in error messages.
 * @throws FormatError that names the line, if the file does not have this form, is truncated, or a face has a vertex that does not exist.
 * @see The Geomview manual, "OFF files".
 */
export function parseOff(text: Uint8Array, file: string = 'the file'): Mesh {
  const lines = new OffLines(text, file)
  const [vertexCount, faceCount] = lines.counts()
  const vertices: number[] = []
  for (let v = 0; v < vertexCount; v++) {
    const [x, y, z] = lines.numbers(`the three coordinates of vertex ${v} of ${vertexCount}`, 3)
    vertices.push(x!, y!, z!)
  }
  const triangles: number[] = []
  for (let f = 0; f < faceCount; f++) {
    const expected = `face ${f} of ${faceCount} as "corners vertex…", vertices from 0 to ${vertexCount - 1}`
    const [corners, ...face] = lines.numbers(expected, 1)
    const isCorner = (vertex: number | undefined): boolean => Number.isInteger(vertex) && vertex! >= 0 && vertex! < vertexCount
    if (!Number.isInteger(corners) || corners! < 1 || face.length < corners! || !face.slice(0, corners).every(isCorner)) {
      throw lines.error(expected)
    }
    for (let c = 2; c < corners!; c++) triangles.push(face[0]!, face[c - 1]!, face[c]!)
  }
  return { vertices: Float32Array.from(vertices), triangles: Int32Array.from(triangles) }
}

/** Reads an OFF file line by line, without comments and empty lines. */
class OffLines {
  readonly #file: string
  readonly #lines: string[]
  #line: number = 0

  constructor(text: Uint8Array, file: string) {
    this.#file = file
    this.#lines = new TextDecoder().decode(text).split('\n')
  }

  error(expected: string, received: string = quoted(this.#lines[this.#line - 1] ?? '')): FormatError {
    return new FormatError({ reader: 'parseOff', file: this.#file, line: this.#line, expected, received })
  }

  /** The next nonempty line, without its comment. */
  next(expected: string): string {
    while (this.#line < this.#lines.length) {
      const line = this.#lines[this.#line++]!.replace(/#.*/, '').trim()
      if (line !== '') return line
    }
    throw this.error(expected, 'the end of the file')
  }

  /** The numbers of the next line. Throws a FormatError if there are fewer than `least`. */
  numbers(expected: string, least: number, line: string = this.next(expected)): number[] {
    const numbers = line.split(/\s+/).map(Number)
    if (numbers.length < least || numbers.slice(0, least).some(Number.isNaN)) throw this.error(expected)
    return numbers
  }

  /** Reads the optional header and returns the numbers of vertices and faces. */
  counts(): [number, number] {
    const expected = 'OFF and the numbers of vertices, faces and edges'
    const first = this.next(expected)
    if (/OFF\s+BINARY/.test(first)) throw this.error('the text form of OFF')
    const hasHeader = HEADER.test(first)
    if (!hasHeader && !/^\d/.test(first)) throw this.error(expected)
    const rest = first.replace(HEADER, '').trim()
    const counts = this.numbers(expected, 2, rest === '' ? this.next(expected) : rest)
    if (!counts.slice(0, 2).every((count) => Number.isInteger(count) && count >= 0)) throw this.error(expected)
    return [counts[0]!, counts[1]!]
  }
}

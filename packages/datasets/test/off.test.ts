import { FormatError, parseOff } from '@equivar/datasets'
import { describe, expect, test } from 'vitest'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const square = 'OFF\n4 1 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n'

describe('parseOff', () => {
  test('reads vertices, and faces as fans of triangles', () => {
    const { vertices, triangles } = parseOff(bytes(square))
    expect(vertices).toEqual(Float32Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0))
    expect(triangles).toEqual(Int32Array.of(0, 1, 2, 0, 2, 3))
  })

  test.each([
    [
      'comments, empty lines, carriage returns',
      '# a square\r\nOFF # that\r\n\r\n4 1 0\r\n0 0 0\r\n1 0 0\r\n1 1 0 # corner\r\n0 1 0\r\n4 0 1 2 3\r\n',
    ],
    ['no line break after OFF, as in ModelNet40', square.replace('OFF\n', 'OFF')],
    ['counts on the first line', square.replace('OFF\n', 'OFF ')],
    ['no header', square.replace('OFF\n', '')],
    ['colours', `C${square}`.replace('1 0 0\n', '1 0 0 255 0 0 255\n').replace('4 0 1 2 3', '4 0 1 2 3 0.5 0.5 0.5')],
    ['normals and colours', `NC${square}`.replace('1 0 0\n', '1 0 0 0 0 1 255 0 0 255\n')],
    ['colours and normals', `CN${square}`.replace('1 0 0\n', '1 0 0 255 0 0 255 0 0 1\n')],
    ['texture coordinates, normals and colours', `STNC${square}`],
    ['coordinates without digits on both sides', square.replace('1 1 0\n', '1. +1 .0\n')],
    ['no number of edges', square.replace('4 1 0', '4 1')],
    ['exponents', square.replace('1 1 0\n0 1', '1e0 10.0e-1 0.0\n0 1')],
  ])('accepts a file with %s', (_, text) => expect(parseOff(bytes(text))).toEqual(parseOff(bytes(square))))

  test.each([
    ['of a different format', 'PLY\n', 1, 'OFF and the numbers of vertices, faces and edges, received "PLY"'],
    ['that is binary', 'OFF BINARY\n', 1, 'the text form of OFF, received "OFF BINARY"'],
    ['of a different dimension', '4OFF\n4 1 0\n', 1, 'OFF and the numbers of vertices, faces and edges, received "4OFF"'],
    ['that is empty', '', 1, 'OFF and the numbers of vertices, faces and edges, received the end of the file'],
    [
      'with words for counts',
      square.replace('4 1 0', 'four 1 0'),
      2,
      'OFF and the numbers of vertices, faces and edges, received "four 1 0"',
    ],
    ['with negative counts', square.replace('4 1 0', '4 -1 0'), 2, 'OFF and the numbers of vertices, faces and edges, received "4 -1 0"'],
    [
      'with a coordinate too large for float32',
      square.replace('1 1 0', '1 1e39 0'),
      5,
      'the three coordinates of vertex 2 of 4, received "1 1e39 0"',
    ],
    ['with a hexadecimal coordinate', square.replace('1 1 0', '1 0x1 0'), 5, 'the three coordinates of vertex 2 of 4, received "1 0x1 0"'],
    ['with an impossible number of faces', square.replace('4 1 0', '4 1e15 0'), 2, 'no more vertices and faces than fit into the 34 bytes'],
    ['with two coordinates', square.replace('1 1 0', '1 1'), 5, 'the three coordinates of vertex 2 of 4, received "1 1"'],
    ['with a word for a coordinate', square.replace('1 1 0', '1 x 0'), 5, 'the three coordinates of vertex 2 of 4, received "1 x 0"'],
    [
      'with a vertex that does not exist',
      square.replace('4 0 1 2 3', '4 0 1 2 4'),
      7,
      'face 0 of 1 as "corners vertex…", vertices from 0 to 3, received "4 0 1 2 4"',
    ],
    ['with fewer corners than stated', square.replace('4 0 1 2 3', '4 0 1 2'), 7, 'face 0 of 1 as "corners vertex…"'],
    [
      'that is truncated',
      square.replace('4 0 1 2 3\n', ''),
      7,
      'face 0 of 1 as "corners vertex…", vertices from 0 to 3, received the end of the file',
    ],
    [
      'with an impossible count',
      square.replace('4 1 0', '9000000000000 1 0'),
      2,
      'no more vertices and faces than fit into the 34 bytes after this line, received "9000000000000 1 0"',
    ],
  ])('refuses a file %s', (_, text, line, message) => {
    expect(() => parseOff(bytes(text), 'a.off')).toThrow(FormatError)
    expect(() => parseOff(bytes(text), 'a.off')).toThrow(`parseOff: a.off, line ${line}: expected ${message}`)
  })
})

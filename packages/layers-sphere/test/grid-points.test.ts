import { describe, expect, test } from 'vitest'
import {
  circleNearIdentityGrid,
  rotationEquatorialGrid,
  rotationNearIdentityGrid,
  sphereEquatorialGrid,
  sphereNearIdentityGrid,
} from '../src/index.ts'

describe('grids, point by point', () => {
  const close = (v: number): unknown => expect.closeTo(v, 12)
  const half = Math.PI / 2
  test('on the circle', () => {
    expect(circleNearIdentityGrid({ maxAngle: 0.6, angles: 4 })).toEqual([-0.6, -0.2, 0.2, 0.6].map(close))
    expect(circleNearIdentityGrid({ maxAngle: 0.6, angles: 1 })).toEqual([0])
  })
  test('on the sphere', () => {
    const near = [0.2, 0.4, 0.6].flatMap((beta) => [0, Math.PI].map((alpha) => ({ beta: close(beta), alpha: close(alpha) })))
    expect(sphereNearIdentityGrid({ maxBeta: 0.6, alphas: 2, betas: 3 })).toEqual(near)
    const rings = [half - 0.6, half + 0.6].flatMap((beta) => [0, Math.PI].map((alpha) => ({ beta: close(beta), alpha: close(alpha) })))
    expect(sphereEquatorialGrid({ maxBeta: 0.6, alphas: 2, betas: 2 })).toEqual(rings)
  })
  test('on SO(3)', () => {
    const near = [0.3, 0.6].flatMap((beta) =>
      [0, Math.PI].flatMap((alpha) =>
        [-0.1, 0, 0.1].map((gamma) => ({ alpha: close(alpha), beta: close(beta), gamma: close(gamma - alpha) })),
      ),
    )
    expect(rotationNearIdentityGrid({ maxBeta: 0.6, alphas: 2, betas: 2, gammas: 3, maxGamma: 0.1 })).toEqual(near)
    const rings = [half - 0.6, half + 0.6].flatMap((beta) =>
      [0, Math.PI].flatMap((alpha) => [-0.1, 0.1].map((gamma) => ({ alpha: close(alpha), beta: close(beta), gamma: close(gamma) }))),
    )
    expect(rotationEquatorialGrid({ maxBeta: 0.6, alphas: 2, betas: 2, gammas: 2, maxGamma: 0.1 })).toEqual(rings)
  })
  test.each<[string, () => unknown, string | undefined]>([
    [
      'no rings',
      () => sphereNearIdentityGrid({ betas: 0 }),
      'sphereNearIdentityGrid: expected betas to be a positive integer, received 0.',
    ],
    [
      'half a point',
      () => sphereEquatorialGrid({ alphas: 1.5 }),
      'sphereEquatorialGrid: expected alphas to be a positive integer, received 1.5.',
    ],
    [
      'no gammas',
      () => rotationNearIdentityGrid({ gammas: 0 }),
      'rotationNearIdentityGrid: expected gammas to be a positive integer, received 0.',
    ],
    [
      'a negative angle',
      () => rotationNearIdentityGrid({ maxBeta: -0.1 }),
      `rotationNearIdentityGrid: expected maxBeta to be from 0 to ${Math.PI}, received -0.1.`,
    ],
    [
      'more than a half turn',
      () => sphereNearIdentityGrid({ maxBeta: 3.2 }),
      `sphereNearIdentityGrid: expected maxBeta to be from 0 to ${Math.PI}, received 3.2.`,
    ],
    [
      'more than a quarter',
      () => rotationEquatorialGrid({ maxBeta: 1.6 }),
      `rotationEquatorialGrid: expected maxBeta to be from 0 to ${half}, received 1.6.`,
    ],
    [
      'more than a quarter on the sphere',
      () => sphereEquatorialGrid({ maxBeta: 1.6 }),
      `sphereEquatorialGrid: expected maxBeta to be from 0 to ${half}, received 1.6.`,
    ],
    [
      'no angles',
      () => circleNearIdentityGrid({ angles: 0 }),
      'circleNearIdentityGrid: expected angles to be a positive integer, received 0.',
    ],
    [
      'half an angle',
      () => circleNearIdentityGrid({ angles: 2.5 }),
      'circleNearIdentityGrid: expected angles to be a positive integer, received 2.5.',
    ],
    [
      'the whole range',
      () => [
        sphereNearIdentityGrid({ maxBeta: Math.PI }),
        sphereEquatorialGrid({ maxBeta: half, betas: 2 }),
        sphereNearIdentityGrid({ maxBeta: 0 }),
      ],
      undefined,
    ],
  ])('%s', (_, make, message) => {
    if (message === undefined) expect(make).not.toThrow()
    else expect(make).toThrow(new RangeError(message))
  })
})

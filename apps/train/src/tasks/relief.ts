import { type ClassDataset, heightAt, type ReliefMap } from '@equivar/datasets'
import { loadRelief } from '@equivar/datasets/node'
import { sphereSampler } from '@equivar/layers-sphere'
import { Random } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import { classes } from '../goals.ts'
import type { Task } from '../task.ts'
import { dataFolder } from './data-folder.ts'
import { amount, flag, whole } from './settings.ts'
import { sphereSignals } from './sphere-signals.ts'

/** A place on a planet, in radians. */
interface Place {
  readonly latitude: number
  readonly longitude: number
}

/** Number of sectors of longitude. Each patch lies in one sector, so that patches of different splits never overlap. */
const SECTORS = 12
/** The sectors of validation and test, counted eastwards from Greenwich; a quarter to a third of each split is land. */
const HELD = { validation: [4, 11], test: [2, 8] } as const
type Part = 'train' | keyof typeof HELD
const partOf = (sector: number): Part =>
  HELD.validation.some((held) => held === sector) ? 'validation' : HELD.test.some((held) => held === sector) ? 'test' : 'train'
const RADIAN = Math.PI / 180
/** Signals are heights divided by this number of metres. */
const SCALE = 2_000
/** Number of samples along a radius for the mean height of a patch. */
const RINGS = 12

/** Centres drawn uniformly by area from the places whose patch lies in a sector of the split. */
function centresOf(part: Part, count: number, radius: number, seed: number): Place[] {
  const random = new Random({ seed, stream: `relief ${part}` })
  const width = (2 * Math.PI) / SECTORS
  const places: Place[] = []
  while (places.length < count) {
    const [latitude, around] = [Math.asin(2 * random.uniform() - 1), 2 * Math.PI * random.uniform()]
    const within = around % width
    const distance = Math.asin(Math.cos(latitude) * Math.sin(Math.min(within, width - within)))
    if (distance >= radius && partOf(Math.floor(around / width)) === part) places.push({ latitude, longitude: around })
  }
  return places
}

/** The height at a distance and a bearing from a place, in radians. */
function heightFrom(map: ReliefMap, { latitude, longitude }: Place, distance: number, bearing: number): number {
  const [sinLatitude, cosLatitude] = [Math.sin(latitude), Math.cos(latitude)]
  const sine = sinLatitude * Math.cos(distance) + cosLatitude * Math.sin(distance) * Math.cos(bearing)
  const east = Math.atan2(Math.sin(bearing) * Math.sin(distance) * cosLatitude, Math.cos(distance) - sinLatitude * sine)
  return heightAt(map, Math.asin(Math.min(1, Math.max(-1, sine))), longitude + east)
}

/** The area-weighted mean height of a patch. */
function meanHeight(map: ReliefMap, place: Place, radius: number): number {
  let [sum, weights] = [0, 0]
  for (let ring = 0; ring < RINGS; ring++) {
    const distance = ((ring + 0.5) / RINGS) * radius
    for (let k = 0; k < 2 * RINGS; k++) {
      sum += Math.sin(distance) * heightFrom(map, place, distance, (Math.PI * k) / RINGS)
      weights += Math.sin(distance)
    }
  }
  return sum / weights
}

/** Options of `reliefPatches`. */
export interface ReliefPatchOptions {
  readonly map: ReliefMap
  readonly places: readonly Place[]
  /** Radius of a patch in radians. */
  readonly radius: number
  readonly bandwidth: number
  readonly rotated: boolean
  readonly seed: number
}

/**
 * Patches of a planet as signals on the sphere, classified by whether their centre is land (height above 0). See sphereSignals.
 *
 * The patch is mapped to the northern hemisphere: its centre to the pole, distances proportionally to polar angles, north to -x. The signal is
 * (height - mean of the patch) / 2 km times the cosine of the polar angle, so that it is smooth at the equator, and 0 on the southern hemisphere. Without
 * the mean, the sea level is unknown, so a model must recognize land by its form. Finally the sphere is rotated.
 */
export function reliefPatches({ map, places, radius, ...options }: ReliefPatchOptions): ClassDataset {
  const sample = sphereSampler(options.bandwidth)
  const means = Float64Array.from(places, (place) => meanHeight(map, place, radius))
  return sphereSignals({
    ...options,
    classes: ['sea', 'land'],
    labels: Int32Array.from(places, ({ latitude, longitude }) => (heightAt(map, latitude, longitude) > 0 ? 1 : 0)),
    sample: (index, rotation) =>
      sample((x, y, z) => {
        if (z <= 0) return 0
        const distance = (Math.acos(Math.min(1, z)) / (Math.PI / 2)) * radius
        return (z * (heightFrom(map, places[index] as Place, distance, Math.atan2(y, -x)) - (means[index] as number))) / SCALE
      }, rotation),
  })
}

/** Land or sea from the form of the terrain, in any orientation. */
export const relief: Task = {
  name: 'relief',
  description: 'whether the centre of a patch of the Earth is land, from relief without its mean height, in any orientation',
  data: 'ETOPO, 20 arc minutes; patches of 6 degrees, drawn by area: 4,096 for training, 512 for validation, 1,024 for the test, from separate sectors of longitude; 29 % of the Earth is land',
  published: 'none (our own task)',
  models: ['s2cnn-fine', 'planar'],
  settings: { rotateTrain: 1, rotateTest: 1, bandwidth: 16, radius: 6, trainCount: 4_096, testCount: 1_024 },
  goal: () => classes,
  recipe: () => ({ epochs: 16, batchSize: 32, learningRate: 2e-3, decay: { every: 5, factor: 0.4, minimum: 0 } }),
  load: async (options) => {
    const { seed, settings } = options
    const degrees = amount(settings, 'radius', 90)
    // Near the poles, a larger patch does not fit into a sector of 30 degrees.
    if (!(degrees > 0 && degrees <= 12))
      throw new UsageError(`--set: expected a radius above 0 and of at most 12 degrees, received ${degrees}`)
    const [bandwidth, radius] = [whole(settings, 'bandwidth', 8, 128), degrees * RADIAN]
    const [trainCount, testCount] = [whole(settings, 'trainCount', 1), whole(settings, 'testCount', 1)]
    const map = await loadRelief(dataFolder(options))
    const part = (name: Part, count: number, setting: string): ClassDataset => {
      const places = centresOf(name, count, radius, seed)
      return reliefPatches({
        map,
        places,
        radius,
        bandwidth,
        rotated: flag(settings, setting),
        seed: seed + ['train', 'validation', 'test'].indexOf(name),
      })
    }
    return {
      train: part('train', trainCount, 'rotateTrain'),
      validation: part('validation', Math.ceil(testCount / 2), 'rotateTrain'),
      test: part('test', testCount, 'rotateTest'),
      classes: ['sea', 'land'],
      facts: { channels: 1, outputs: 2, bandwidth },
    }
  },
}

/** A workload in sizes that grow. */
export interface Curve {
  readonly name: string
  readonly title: string
  /** What grows. */
  readonly axis: string
  /** From small to large. */
  readonly sizes: readonly number[]
  workload(size: number): string
}

/** What `equivar bench --scale` measures. */
export const curves: readonly Curve[] = [
  {
    name: 'batch',
    title: 'DeepSets of 256 channels, sets of 1,000 points',
    axis: 'sets in a batch',
    sizes: [1, 4, 16, 64, 256],
    workload: (size) => `deepsets-mean:batch=${size}`,
  },
  {
    name: 'points',
    title: 'DeepSets of 64 channels, one set',
    axis: 'points in the set',
    sizes: [100, 1000, 10_000, 100_000, 1_000_000],
    workload: (size) => `deepsets-mean:batch=1,channels=64,points=${size}`,
  },
  {
    name: 'channels',
    title: 'DeepSets, 32 sets of 1,000 points',
    axis: 'channels',
    sizes: [16, 64, 256, 1024],
    workload: (size) => `deepsets-mean:channels=${size}`,
  },
  {
    name: 'nodes',
    title: '2-IGN 8-32-64-64, one dense graph',
    axis: 'nodes',
    sizes: [32, 64, 128, 256, 512, 1024],
    workload: (size) => `ign:batch=1,nodes=${size}`,
  },
  {
    name: 'edges',
    title: 'sum of neighbours, 64 channels, 10 edges a node',
    axis: 'edges',
    sizes: [1000, 10_000, 100_000, 1_000_000, 10_000_000],
    workload: (size) => `messages-sum:nodes=${size / 10},edges=${size}`,
  },
  {
    name: 'images',
    title: 'DSS 3-32-64-64, one set of images 3 x 64 x 64',
    axis: 'images in the set',
    sizes: [1, 10, 100, 1000],
    workload: (size) => `dss-images-64:batch=1,set=${size}`,
  },
]

import type { Batch, Dataset } from './dataset.ts'
import { transform } from './transform.ts'
import { float32 } from './values.ts'

/**
 * Standardizes images, or other examples without padding: (x - mean) / standard deviation.
 *
 * @param reference - the data set whose first 2,000 examples, all values together, give mean and standard deviation; `images` by default.
 */
export function standardize<Images extends Dataset>(images: Images, reference: Dataset = images): Images {
  const values = reference.batch(Uint32Array.from({ length: Math.min(reference.length, 2000) }, (_, i) => i)).x!.data as Float32Array
  const mean = values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length)
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, values.length)
  const scale = 1 / Math.max(Math.sqrt(variance), 1e-12)
  const standardized = (data: Float32Array): Float32Array => data.map((v) => (v - mean) * scale)
  return transform<Dataset>(images, ({ x, ...others }: Batch) => ({
    ...others,
    x: float32(x!.shape, standardized(x!.data as Float32Array)),
  })) as Images
}

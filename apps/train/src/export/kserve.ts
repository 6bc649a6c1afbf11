import { stringify } from 'yaml'
import { UsageError } from '../errors.ts'

/** Options of a KServe manifest. */
export interface KServeOptions {
  readonly name: string
  readonly device: 'cpu' | 'cuda' | 'tensorrt'
  /** The location of the repository. */
  readonly storage: string
  readonly maxReplicas: number
}

/**
 * A Kubernetes manifest that serves a Triton model repository with KServe.
 *
 * @returns YAML of one InferenceService, serving.kserve.io/v1beta1.
 * @throws UsageError if the name is not valid in Kubernetes.
 * @see https://kserve.github.io/website, the reference of the control plane
 */
export function kserveManifest({ name, device, storage, maxReplicas }: KServeOptions): string {
  const service = name.toLowerCase().replaceAll(/[._]/g, '-')
  if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(service))
    throw new UsageError(`--name: expected a letter, then at most 62 letters, digits and "-", as Kubernetes requires, received "${name}"`)
  const resources = { cpu: '2', memory: '4Gi', ...(device === 'cpu' ? {} : { 'nvidia.com/gpu': '1' }) }
  const manifest = {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: service, labels: { 'app.kubernetes.io/name': service, 'app.kubernetes.io/managed-by': 'equivar' } },
    spec: {
      predictor: {
        minReplicas: 1,
        maxReplicas,
        model: {
          modelFormat: { name: 'triton' },
          protocolVersion: 'v2',
          runtime: 'kserve-tritonserver',
          storageUri: storage,
          resources: { requests: resources, limits: resources },
        },
      },
    },
  }
  // Otherwise an object that occurs twice would become an anchor and an alias.
  return stringify(manifest, { aliasDuplicateObjects: false })
}

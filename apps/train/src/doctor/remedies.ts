import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { deviceRemedy } from '@equivar/backend-onnx'
import type { Provider } from './providers.ts'

/** A missing dependency of a provider, and the command that installs it. */
export interface Remedy {
  readonly lacks: string
  readonly command: string
  /** The system or package source to which the command applies. */
  readonly note?: string
}

/** The properties of the machine that decide the remedies. Tests pass their own. */
export interface Surroundings {
  readonly platform: string
  readonly exists: (path: string) => boolean
  /** Names of the libraries known to the dynamic linker. */
  readonly libraries: readonly string[]
  /** The folder of onnxruntime-node's own libraries. */
  readonly runtimeFolder: string
}

/** The surroundings of this machine. */
export async function surroundings(): Promise<Surroundings> {
  const known = await promisify(execFile)('/sbin/ldconfig', ['-p']).then(
    ({ stdout }) => stdout,
    () => '',
  )
  const folders = (process.env.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder !== '')
  const found = ['libcudart.so.12', 'libcudnn.so.9', 'libnvinfer.so.10'].filter((name) =>
    folders.some((one) => existsSync(join(one, name))),
  )
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  return {
    platform: `${process.platform}/${process.arch}`,
    exists: existsSync,
    libraries: [...found, ...known.matchAll(/^\s*(\S+) \(/gm)].map((one) => (typeof one === 'string' ? one : (one[1] as string))),
    runtimeFolder: join(root, 'bin/napi-v6', process.platform, process.arch),
  }
}

const install = 'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node'

function nvidia({ platform, exists, libraries, runtimeFolder }: Surroundings, tensorRt: boolean): Remedy[] {
  if (platform !== 'linux/x64')
    return [
      {
        lacks: `Linux on x64 (this is ${platform}): onnxruntime-node has no CUDA provider elsewhere`,
        command: 'use a machine with Linux on x64',
      },
    ]
  const library = (name: string): boolean => libraries.includes(name)
  const wanted: readonly (Remedy & { readonly there: boolean })[] = [
    {
      lacks: 'an NVIDIA driver (/dev/nvidia0)',
      command: 'apt-get install nvidia-driver',
      note: 'Debian non-free; on Ubuntu: ubuntu-drivers install',
      there: exists('/dev/nvidia0'),
    },
    {
      lacks: 'CUDA 12 (libcudart.so.12)',
      command: 'apt-get install cuda-libraries-12-9',
      note: "NVIDIA's repository",
      there: library('libcudart.so.12'),
    },
    {
      lacks: 'cuDNN 9 (libcudnn.so.9)',
      command: 'apt-get install cudnn9-cuda-12',
      note: "NVIDIA's repository",
      there: library('libcudnn.so.9'),
    },
    {
      lacks: "ONNX Runtime's CUDA provider (libonnxruntime_providers_cuda.so)",
      command: install,
      there: exists(join(runtimeFolder, 'libonnxruntime_providers_cuda.so')),
    },
    ...(tensorRt
      ? [
          {
            lacks: 'TensorRT 10 (libnvinfer.so.10)',
            command: 'apt-get install libnvinfer10 libnvonnxparsers10 libnvinfer-plugin10',
            note: "NVIDIA's repository",
            there: library('libnvinfer.so.10'),
          },
          {
            lacks: "ONNX Runtime's TensorRT provider (libonnxruntime_providers_tensorrt.so)",
            command: install,
            there: exists(join(runtimeFolder, 'libonnxruntime_providers_tensorrt.so')),
          },
        ]
      : []),
  ]
  return wanted.filter(({ there }) => !there).map(({ there: _, ...remedy }) => remedy)
}

const softwareAdapters = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json']

function webGpu({ platform, exists, libraries }: Surroundings): Remedy[] {
  if (!platform.startsWith('linux/'))
    return [{ lacks: 'a GPU that WebGPU can use', command: "install the graphics driver of the GPU's maker" }]
  const loader = libraries.includes('libvulkan.so.1') ? [] : [{ lacks: 'the Vulkan loader', command: 'apt-get install libvulkan1' }]
  const driver = {
    lacks: 'a GPU with a Vulkan driver',
    command: 'apt-get install mesa-vulkan-drivers',
    note: "Intel, AMD; NVIDIA's is in its own driver",
  }
  const software = softwareAdapters.find(exists)
  const adapter =
    software === undefined
      ? {
          lacks: 'a software adapter, if there is no GPU (slow, for tests)',
          command: `apt-get install chromium; export VK_DRIVER_FILES=${softwareAdapters[0]}`,
        }
      : { lacks: 'the installed software adapter, if there is no GPU (slow, for tests)', command: `export VK_DRIVER_FILES=${software}` }
  return [...loader, driver, adapter]
}

/** The missing dependencies of a provider that does not work; at least one. */
export function remediesOf({ name, device }: Pick<Provider, 'name' | 'device'>, here: Surroundings): Remedy[] {
  if (device === 'cuda' || device === 'tensorrt') {
    const found = nvidia(here, device === 'tensorrt')
    return found.length > 0 ? found : [{ lacks: 'compatible versions', command: deviceRemedy(device) }]
  }
  if (device === 'webgpu') return webGpu(here)
  if (device === 'cpu') return [{ lacks: 'a complete onnxruntime-node', command: 'npm install onnxruntime-node' }]
  if (name === 'tfjs-node') return [{ lacks: 'the package @tensorflow/tfjs-node (optional)', command: 'npm install @tensorflow/tfjs-node' }]
  return [
    {
      lacks: 'the packages of TensorFlow.js (optional)',
      command: 'npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm',
    },
  ]
}

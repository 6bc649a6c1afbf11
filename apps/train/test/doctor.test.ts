import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runNode } from '../src/doctor/children.ts'
import { type Finding, findingOf } from '../src/doctor/doctor.ts'
import { remediesOf, type Surroundings } from '../src/doctor/remedies.ts'

const command = join(dirname(fileURLToPath(import.meta.url)), '../bin/equivar.js')
const software = '/usr/lib/chromium/vk_swiftshader_icd.json'

/** @param more - further arguments. */
function doctor(
  environment: Record<string, string> = {},
  ...more: string[]
): {
  status: number | null
  findings: Finding[]
  machine: Record<string, unknown>
} {
  const env = { ...process.env, VK_DRIVER_FILES: '/nowhere.json', ...environment }
  const { status, stdout } = spawnSync(process.execPath, [command, 'doctor', '--json', ...more], {
    encoding: 'utf8',
    env,
  })
  const [first, ...findings] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  return { status, findings: findings as Finding[], machine: (first as { machine: Record<string, unknown> }).machine }
}

describe('equivar doctor', () => {
  test('the CPU computes correctly; missing providers are listed with commands and are not a failure', () => {
    const { status, findings, machine } = doctor()
    expect(status).toBe(0)
    expect(machine).toMatchObject({ node: process.versions.node, packages: { 'onnxruntime-node': '1.30.0' } })
    expect(findings.map(({ provider }) => provider)).toEqual([
      'onnx/cpu',
      'onnx/webgpu',
      'onnx/cuda',
      'onnx/tensorrt',
      'tfjs/wasm',
      'tfjs-node',
    ])
    const [cpu] = findings
    expect(cpu).toMatchObject({ outcome: 'right', remedies: [] })
    expect(cpu?.error).toBeLessThan(1e-5)
    for (const { outcome, remedies, reason } of findings)
      expect(outcome === 'right' || (remedies.length > 0 && (reason ?? '') !== '')).toBe(true)
  })

  test.skipIf(!existsSync(software))(
    "WebGPU computes correctly on Chromium's software adapter (skipped without Debian's chromium)",
    () => {
      // Chromium also brings the Vulkan loader, for machines without one. Its shaders take 30 s to compile on two cores.
      const { findings } = doctor({ VK_DRIVER_FILES: software, LD_LIBRARY_PATH: dirname(software) }, '--time-limit', '200')
      expect(findings.find(({ provider }) => provider === 'onnx/webgpu')).toMatchObject({ outcome: 'right', remedies: [] })
    },
    240_000,
  )
})

test('processes that crash, hang or answer are told apart', async () => {
  const provider = { name: 'onnx/cuda', tolerance: 1e-3 }
  const crashed = await runNode(
    ['-e', 'console.error("no such kernel"); process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1000)'],
    30,
  )
  expect(findingOf(provider, crashed, 30)).toMatchObject({ outcome: 'crashed', reason: 'its process ended with SIGSEGV: no such kernel' })
  const hanging = await runNode(['-e', 'setInterval(() => {}, 1000)'], 0.5)
  expect(findingOf(provider, hanging, 0.5)).toMatchObject({ outcome: 'timed out', reason: 'it did not answer in 0.5 s' })
  const wrong = await runNode(['-e', `console.log('{"outcome":"wrong","error":"infinite"}')`], 30)
  expect(findingOf(provider, wrong, 30)).toEqual({
    provider: 'onnx/cuda',
    tolerance: 1e-3,
    outcome: 'wrong',
    error: Number.POSITIVE_INFINITY,
  })
})

describe('remedies', () => {
  const bare: Surroundings = { platform: 'linux/x64', exists: () => false, libraries: [], runtimeFolder: '/ort' }
  const lacks = (device: 'cuda' | 'tensorrt' | 'webgpu', here: Partial<Surroundings>): string[] =>
    remediesOf({ name: device, device }, { ...bare, ...here }).map(({ command: adds }) => adds)

  test('CUDA and TensorRT: only the missing parts', () => {
    expect(lacks('cuda', {}).length).toBe(4)
    expect(lacks('tensorrt', {}).length).toBe(6)
    const drivers = { exists: (path: string) => path === '/dev/nvidia0', libraries: ['libcudart.so.12', 'libcudnn.so.9'] }
    expect(lacks('cuda', drivers)).toEqual(['ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node'])
    const all = { exists: () => true, libraries: ['libcudart.so.12', 'libcudnn.so.9'] }
    expect(lacks('cuda', all)[0]).toContain('It needs Linux on x64, an NVIDIA driver')
    expect(lacks('tensorrt', all)).toEqual(['apt-get install libnvinfer10 libnvonnxparsers10 libnvinfer-plugin10'])
    expect(lacks('cuda', { platform: 'darwin/arm64' }).length).toBe(1)
  })

  test('WebGPU: a loader, a driver, or an installed software adapter', () => {
    expect(lacks('webgpu', {})[0]).toBe('apt-get install libvulkan1')
    expect(lacks('webgpu', { libraries: ['libvulkan.so.1'], exists: (path) => path === software })).toEqual([
      'apt-get install mesa-vulkan-drivers',
      `export VK_DRIVER_FILES=${software}`,
    ])
  })
})

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const pathOf = (name: string): string => fileURLToPath(new URL(`../../../docs/cluster/${name}`, import.meta.url))

type Fields = Readonly<Record<string, unknown>>

/**
 * Names that the published resource definition of MPIJob v2beta1 has (kubeflow/mpi-operator, manifests/base/kubeflow.org_mpijobs.yaml); it refuses others.
 */
const known = {
  spec: [
    'launcherCreationPolicy',
    'mpiImplementation',
    'mpiReplicaSpecs',
    'runLauncherAsWorker',
    'runPolicy',
    'slotsPerWorker',
    'sshAuthMountPath',
  ],
  runPolicy: [
    'activeDeadlineSeconds',
    'backoffLimit',
    'cleanPodPolicy',
    'managedBy',
    'schedulingPolicy',
    'suspend',
    'ttlSecondsAfterFinished',
  ],
  replicas: ['replicas', 'restartPolicy', 'template'],
}

const expectKnown = (fields: Fields, names: readonly string[]): void =>
  expect(Object.keys(fields).filter((name) => !names.includes(name))).toEqual([])

describe('files for clusters', () => {
  test('the MPIJob has the fields of v2beta1, a launcher and workers with slots for all ranks', () => {
    const job = parse(readFileSync(pathOf('train.mpijob.yaml'), 'utf8')) as { apiVersion: string; kind: string; spec: Fields }
    expect([job.apiVersion, job.kind]).toEqual(['kubeflow.org/v2beta1', 'MPIJob'])
    const { runPolicy, mpiReplicaSpecs, mpiImplementation, slotsPerWorker } = job.spec as unknown as {
      runPolicy: Fields
      mpiReplicaSpecs: Readonly<
        Record<'Launcher' | 'Worker', Fields & { replicas: number; template: { spec: { containers: { args: string[] }[] } } }>
      >
      mpiImplementation: string
      slotsPerWorker: number
    }
    expectKnown(job.spec, known.spec)
    expectKnown(runPolicy, known.runPolicy)
    expect(['OpenMPI', 'Intel', 'MPICH']).toContain(mpiImplementation)
    expect(Object.keys(mpiReplicaSpecs)).toEqual(['Launcher', 'Worker'])
    for (const one of Object.values(mpiReplicaSpecs)) {
      expectKnown(one, known.replicas)
      expect(one.template.spec.containers).toHaveLength(1)
    }
    const args = mpiReplicaSpecs.Launcher.template.spec.containers[0]?.args ?? []
    expect(Number(args[args.indexOf('-n') + 1])).toBe(slotsPerWorker * mpiReplicaSpecs.Worker.replicas)
    expect(args.at(-1)).toContain('npx equivar train signals')
  })

  test('the script for Slurm is one that a shell reads, and asks for a signal before its time is over', () => {
    const path = pathOf('train.slurm')
    execFileSync('bash', ['-n', path])
    const text = readFileSync(path, 'utf8')
    expect(text.split('\n')[0]).toBe('#!/bin/bash')
    expect(text).toMatch(/^#SBATCH --signal=TERM@600$/m)
    expect(text).toMatch(/^srun .*npx equivar train signals .*\$resume/m)
  })
})

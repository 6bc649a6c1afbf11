import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { familyOf } from '../src/families.ts'
import { launcherOf, openMpi } from '../src/index.ts'
import { pathsFor } from '../src/library.ts'
import { launched, launchers } from './launch.ts'

/** The jobs import the package as it is built. */
const job = (name: string): readonly [string, string] => [process.execPath, fileURLToPath(new URL(`jobs/${name}.js`, import.meta.url))]

for (const launcher of launchers)
  describe.skipIf(!launcher.isThere && process.env.CI !== 'true')(launcher.name, () => {
    test.each([1, 2, 3, 4])('collectives of %i ranks', async (size) => {
      const { status, stdout, stderr } = await launched(launcher, size, job('collectives'))
      expect(stderr).toBe('')
      expect(stdout).toMatch(new RegExp(`^${size} ranks on `))
      expect(stdout.replace(/^\d+ ranks on /, '')).toMatch(launcher.library)
      expect(status).toBe(0)
    })

    test('over TCP, as between hosts', async () => {
      const environment = launcher.name === 'MPICH' ? { MPIR_CVAR_NOLOCAL: '1' } : { OMPI_MCA_btl: 'tcp,self' }
      const { status, stderr } = await launched(launcher, 2, job('collectives'), { environment })
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    })

    test('an uncaught error on one rank ends all, and says which rank', async () => {
      const { status, stderr } = await launched(launcher, 3, job('failing'))
      expect(stderr).toContain('this rank is out of luck')
      expect(stderr).toContain('rank 1 of 3 ended with status 1; all ranks are ended.')
      expect(status).not.toBe(0)
    })

    test('an error is told though the launcher reads it late', async () => {
      const { status, stderr } = await launched(launcher, 3, job('unread'))
      expect(stderr).toContain('this rank is out of luck')
      expect(status).not.toBe(0)
    })

    test('a killed rank ends all', async () => {
      const { status, stdout, stderr } = await launched(launcher, 3, job('killed'))
      expect(stdout + stderr).toMatch(/signal 9|Killed/)
      expect(status).not.toBe(0)
    })

    test('a rank that does not come is waited for so long, then all end', async () => {
      const { status, stderr } = await launched(launcher, 2, job('late'), { environment: { EQUIVAR_MPI_TIMEOUT: '1.5' } })
      expect(stderr).toContain('rank 0 of 2 has waited 1.5 s for other ranks in barrier; a host may be cut off. All ranks are ended.')
      expect(status).not.toBe(0)
    })

    test('the library of another launcher leaves each process alone: an error that says so', async () => {
      const other = launcher.name === 'MPICH' ? 'libmpi.so.40' : 'libmpich.so.12'
      const { status, stderr } = await launched(launcher, 2, job('failing'), { environment: { EQUIVAR_MPI_LIBRARY: other } })
      expect(stderr).toContain('the library belongs to another launcher')
      expect(status).not.toBe(0)
    })

    test('no library: an error that names what was tried and what to install', async () => {
      const { stderr } = await launched(launcher, 1, job('failing'), { environment: { EQUIVAR_MPI_LIBRARY: 'libmpi_missing.so' } })
      expect(stderr).toMatch(/expected an MPI library for .+, received none \(libmpi_missing\.so: .+\)\. Install one/)
    })
  })

describe('openMpi', () => {
  test('without a launcher: a world of one, and no library', async () => {
    const mpi = openMpi({ environment: {} })
    expect([mpi.rank, mpi.size, mpi.library]).toEqual([0, 1, 'none'])
    const own = Float32Array.of(1, 2)
    await mpi.allreduce(own, 'sum')
    await mpi.broadcast(own, 0)
    await mpi.barrier()
    expect([...own]).toEqual([1, 2])
    await expect(mpi.broadcast(own, 1)).rejects.toThrow('broadcast: expected root, the number of a process, from 0 to 0, received 1.')
    await expect(mpi.allreduce(own, 'max' as 'sum')).rejects.toThrow('allreduce: expected the operation "sum", received "max".')
    await mpi.finalize()
  })

  test.each(['0', '-1', 'soon', '1e9'])('a timeout of %s is refused', (said) => {
    const environment = { PMI_RANK: '0', PMI_SIZE: '2', EQUIVAR_MPI_TIMEOUT: said }
    expect(() => openMpi({ environment })).toThrow(
      `openMpi: expected a timeout of more than 0 and less than 2097152 seconds, received "${said}".`,
    )
  })

  test.each([
    [{ OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '4', PMIX_RANK: '1' }, "Open MPI's launcher", 4, 'open-mpi'],
    [{ PMI_RANK: '0', PMI_SIZE: '2' }, 'Hydra, the launcher of MPICH and Intel MPI', 2, 'mpich'],
    [{ SLURM_STEP_ID: '0', SLURM_STEP_NUM_TASKS: '8', PMI_RANK: '3', PMI_SIZE: '8' }, 'srun', 8, undefined],
    [{ MV2_COMM_WORLD_RANK: '0', MV2_COMM_WORLD_SIZE: '3' }, "MVAPICH's launcher", 3, 'mpich'],
    [{ PMIX_RANK: '0' }, 'a launcher with PMIx', undefined, undefined],
    [{ PALS_RANKID: '0' }, 'PALS', undefined, undefined],
  ])('tells launchers by their marks: %j', (environment, name, size, family) => {
    expect(launcherOf(environment)).toEqual({ name, size, family })
  })

  test('the batch script of Slurm is one process', () => {
    expect(launcherOf({ SLURM_JOB_ID: '7', SLURM_NTASKS: '8', SLURM_PROCID: '0' })).toBeUndefined()
  })
})

describe('families', () => {
  const address = (name: string): bigint => BigInt(name.length)

  test.each([
    ['MPICH Version:      4.0.2', 'MPICH', 0x44000000],
    ['Intel(R) MPI Library 2021.14', 'MPICH', 0x44000000],
    ['MVAPICH2 Version : 2.3.7', 'MPICH', 0x44000000],
    ['Open MPI v5.0.6, package', 'Open MPI', BigInt('ompi_mpi_comm_world'.length)],
  ])('%s', (version, name, world) => {
    expect(familyOf(version, false, address)).toMatchObject({ name, world })
  })

  test("the standard ABI is told by the library's name, whoever made it", () => {
    expect(familyOf('MPICH Version: 5.0', true, address)).toEqual({
      name: "MPI's standard ABI",
      handle: 'void *',
      world: 0x101n,
      sum: 0x21n,
      types: { float32: 0x210n, float64: 0x214n, int64: 0x258n, byte: 0x247n },
      inPlace: 1n,
      serialized: 2048,
    })
  })

  test('another library is none that is known', () => {
    expect(familyOf('LAM/MPI 7', false, address)).toBeUndefined()
  })

  test('a launcher of one family starts no library of the other', () => {
    expect(pathsFor('linux', { name: '', size: 1, family: 'mpich' })).toEqual(['libmpi_abi.so.0', 'libmpich.so.12', 'libmpi.so.12'])
    expect(pathsFor('linux', { name: '', size: 1, family: 'open-mpi' })).toEqual(['libmpi_abi.so.0', 'libmpi.so.40'])
    expect(pathsFor('sunos', undefined)).toEqual([])
  })
})

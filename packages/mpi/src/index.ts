export { type Environment, type Launcher, launcherOf } from './launcher.ts'
export { MpiError } from './mpi-error.ts'
export { type OpenMpiOptions, openMpi } from './open-mpi.ts'
export type { MpiWorld, ReducedBuffer } from './world.ts'

import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Checkpoint, decodeSafetensors, encodeSafetensors } from './checkpoint.ts'
import { checkpointOf, type RunState, runStateOf } from './run-state.ts'
import type { TrainStep } from './train-step.ts'

/** Syncs a folder, so that a rename in it survives a loss of power. Does nothing on systems that cannot open folders. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    await folder.sync().finally(() => folder.close())
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/**
 * Writes a file atomically: writes to a temporary name in the same folder, syncs and renames.
 *
 * The usual package, write-file-atomic 6, calls `write` once and treats a short write, which happens when a disk is full, as complete. `writeFile` of a
 * handle continues until everything is written or fails.
 *
 * @throws the error of the file system (ENOSPC, EACCES, ...). An existing file is then unchanged.
 */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2, 10)}.tmp`
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** Saves a checkpoint. An existing file is kept until the new one is complete. */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeAtomically(path, encodeSafetensors(checkpoint))
}

/** Loads a checkpoint. @throws CheckpointError if the file is damaged. */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  return decodeSafetensors(await readFile(path), path)
}

/**
 * Saves a run as one file: parameters, state of the optimizer, averages, step, sums of the epoch, the count for early stopping, the best values. An existing
 * file is kept until the new one is complete.
 *
 * Law: `loadRun(path, step)` gives the same state, and `fit` continues from it as if it had never stopped.
 *
 * @param metadata - further texts, such as what the run is.
 */
export async function saveRun(path: string, state: RunState, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  await saveCheckpoint(path, checkpointOf(state, metadata))
}

/** Loads a run that `saveRun` saved. @throws CheckpointError if the file is damaged, or of another model than that of the training step. */
export async function loadRun(path: string, step: Pick<TrainStep, 'state'>): Promise<RunState> {
  return runStateOf(await loadCheckpoint(path), step, path)
}

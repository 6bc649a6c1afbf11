import { readFile } from 'node:fs/promises'
import writeFileAtomic from 'write-file-atomic'
import { type Checkpoint, decodeSafetensors, encodeSafetensors } from './checkpoint.ts'

/** Writes a file completely or not at all: to a temporary name, synced, renamed. */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  await writeFileAtomic(path, typeof content === 'string' ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength), {
    fsync: true,
  })
}

/** Saves a checkpoint; the file that was there stays until the new one is complete. */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeAtomically(path, encodeSafetensors(checkpoint))
}

/** Loads a checkpoint. @throws CheckpointError if the file is damaged. */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  return decodeSafetensors(await readFile(path), path)
}

/** From how many bytes on the cpu goes through a batch piece by piece, or in parts side by side. They depend on the processor and its caches. */
export interface PieceLimits {
  /** Bytes that the largest tensor of a piece should have: what a piece computes is read again from the cache, and the calls of a loop are few. */
  readonly pieceBytes: number
  /** Bytes of the whole batch's largest tensor up to which pieces gain nothing, as all of it stays in the last cache. */
  readonly wholeBytes: number
  /** Bytes that a step must write before it is worth waking a second thread. */
  readonly partsBytes: number
}

/**
 * The limits if no others are given. They are the same on every machine, so that a run that is resumed elsewhere cuts its batches alike.
 *
 * Measured with pieces of 1, 2, 4 and 8 examples (`equivar bench`): from 1 to 4 MiB a piece the time is the same within 5 %. Two threads, ms, whole and in
 * pieces: 17 MiB (2-IGN) 54.9 and 56.6, with one thread 120 and 85; 42 MiB (images of 64 x 64) 219 and 196.
 * Limits that a short step of two layers found for one processor (2 x 1 MiB, 32 MiB of cache: 0.5, 0.5 and 16 MiB) made some workloads 20 % faster and others
 * 20 % slower, so none are found by themselves.
 */
export const defaultPieceLimits: PieceLimits = { pieceBytes: 2 ** 21, wholeBytes: 10 * 2 ** 20, partsBytes: 2 ** 24 }

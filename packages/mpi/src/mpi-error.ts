/** MPI is not there, does not fit the launcher, or refuses a call. */
export class MpiError extends Error {
  override readonly name: string = 'MpiError'
}

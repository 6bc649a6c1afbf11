/** Throws once the GPU is lost. */
export interface RequireDevice {
  (): void
  /** Does something; what it throws gives way to the loss of the GPU, which the browser tells of some frames later. */
  explains<T>(action: () => Promise<T>): Promise<T>
}

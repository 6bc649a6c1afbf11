/** What is opened when it is first wanted, and then stays. */
export class Once<T> {
  readonly #open: () => Promise<T>
  #opened: Promise<T> | undefined

  constructor(open: () => Promise<T>) {
    this.#open = open
  }

  get(): Promise<T> {
    this.#opened ??= this.#open()
    return this.#opened
  }

  /** Closes it, if it was opened. */
  async close(close: (opened: T) => Promise<unknown>): Promise<void> {
    if (this.#opened === undefined) return
    // Who asked for what could not be opened has been told.
    const opened = await this.#opened.catch(() => undefined)
    if (opened !== undefined) await close(opened)
  }
}

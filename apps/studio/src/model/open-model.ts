import type { Values } from '@equivar/verify'
import type { Answers, Question, Told } from './messages.ts'

/** Who waits for an answer. */
interface Waiting {
  resolve(answer: never): void
  reject(error: Error): void
}

/** A model on ONNX Runtime, in a worker of its own: a model that fails or never ends leaves the page as it is. */
export class OpenModel {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0

  private constructor() {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Told>) => {
      const waiting = this.#waiting.get(data.id)
      this.#waiting.delete(data.id)
      if ('error' in data) waiting?.reject(new Error(data.error))
      else waiting?.resolve(data.answer as never)
    })
    this.#worker.addEventListener('error', ({ message }) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(message || 'ONNX Runtime could not be loaded. Reload the page.'))
      this.#waiting.clear()
    })
  }

  /** Opens a model. @throws Error from ONNX Runtime if it cannot run the model. */
  static async open(bytes: Uint8Array<ArrayBuffer>): Promise<OpenModel> {
    const model = new OpenModel()
    try {
      await model.#ask({ type: 'open', bytes })
      return model
    } catch (error) {
      model.close()
      throw error
    }
  }

  /** Its outputs. */
  run(feeds: Values): Promise<Values> {
    return this.#ask({ type: 'run', feeds })
  }

  /** How long each of some runs takes, in milliseconds. */
  time(feeds: Values, runs: number): Promise<readonly number[]> {
    return this.#ask({ type: 'time', feeds, runs })
  }

  close(): void {
    this.#worker.terminate()
  }

  #ask<Q extends Question>(question: Q): Promise<Answers[Q['type']]> {
    const id = this.#asked++
    const answer = new Promise<Answers[Q['type']]>((resolve, reject) =>
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject }),
    )
    this.#worker.postMessage({ id, question })
    return answer
  }
}

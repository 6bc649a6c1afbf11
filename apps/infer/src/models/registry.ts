import { readFile } from 'node:fs/promises'
import { messageOf, RequestFailure, UsageError } from '../errors.ts'
import { type FoundModel, findModels } from './repository.ts'
import { ServedModel } from './served-model.ts'

/** An entry of the repository's index. */
export interface IndexEntry {
  readonly name: string
  readonly version: string
  readonly state: 'READY' | 'UNAVAILABLE'
  readonly reason: string
}

/** Options of a registry. */
export interface RegistryOptions {
  readonly path: string
  /** Loads a model into the workers. @throws Error if a worker cannot load it. */
  readonly load: (key: number, bytes: Uint8Array, settings: { readonly inTurn: boolean }) => Promise<void>
  readonly unload: (key: number) => void
  /** Whether no request of a model waits or runs. */
  readonly isIdle: (model: ServedModel) => boolean
  readonly onLoad: (model: ServedModel) => void
  readonly onRefuse: (model: string, reason: string) => void
  readonly onRetire: (model: ServedModel) => void
}

/** Milliseconds after a write during which a file may be incomplete. */
const SETTLED_AFTER = 150

interface Entry {
  readonly name: string
  readonly version: string
  /** The stamp of the last file that was tried, whether or not it could be loaded. */
  stamp: string
  model: ServedModel | undefined
  reason: string
}

/** The served models by name and version. Names of requests are looked up here and never become paths. */
export class Registry {
  readonly #options: RegistryOptions
  readonly #entries = new Map<string, Entry>()
  /** Names that are not loaded until they are asked for. */
  readonly #unloaded = new Set<string>()
  readonly #retired = new Set<ServedModel>()
  #next = 0
  #scanning: Promise<void> | undefined

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  get models(): readonly ServedModel[] {
    return [...this.#entries.values()].flatMap(({ model }) => model ?? [])
  }

  get index(): readonly IndexEntry[] {
    return [...this.#entries.values()].map(({ name, version, model, reason }) => ({
      name,
      version,
      state: model === undefined ? 'UNAVAILABLE' : 'READY',
      reason,
    }))
  }

  /** The highest version of a model. */
  #latest(name: string): ServedModel | undefined {
    let latest: ServedModel | undefined
    for (const { model } of this.#entries.values()) {
      if (model?.name === name && Number(model.version) > Number(latest?.version ?? -1)) latest = model
    }
    return latest
  }

  #named(name: string): Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.name === name)
  }

  /** The served versions of a model, ascending. */
  versionsOf(name: string): readonly string[] {
    return this.models.flatMap((model) => (model.name === name ? [model.version] : [])).sort((a, b) => Number(a) - Number(b))
  }

  /**
   * The model with this name and version; the highest version if none is given.
   *
   * @throws RequestFailure (404) that lists the models or versions that exist.
   */
  find(name: string, version: string | undefined): ServedModel {
    const model = version === undefined ? this.#latest(name) : this.#entries.get(`${name}/${version}`)?.model
    if (model !== undefined) return model
    const there =
      version === undefined || this.versionsOf(name).length === 0
        ? [...new Set(this.models.map((each) => each.name))]
        : this.versionsOf(name)
    const kind = version === undefined || this.versionsOf(name).length === 0 ? 'a model among' : `a version of "${name}" among`
    const received = kind === 'a model among' ? name : version
    throw new RequestFailure(
      404,
      `expected ${kind} ${there.join(', ') || '(none is loaded)'}, received "${(received ?? '').slice(0, 60)}".`,
    )
  }

  /**
   * Checks the folder and applies its changes. A changed file is loaded before its previous version is unloaded, and running requests finish on the version
   * they started with. A file that cannot be loaded changes nothing.
   *
   * @param settings - `settled`: skip files that were written just now. `retry`: also retry unchanged files that could not be loaded.
   */
  async scan(settings: { readonly settled: boolean; readonly retry?: boolean }): Promise<void> {
    this.#scanning ??= this.#scan(settings).finally(() => {
      this.#scanning = undefined
    })
    return this.#scanning
  }

  /**
   * Loads a model that was unloaded, whose file changed, or that could not be loaded.
   *
   * @throws RequestFailure (404) if there is no such model, (400) with the reason if a version of it cannot be loaded.
   */
  async load(name: string): Promise<void> {
    this.#unloaded.delete(name)
    // A scan that runs already may be past the model.
    while (this.#scanning !== undefined) await this.#scanning
    await this.scan({ settled: false, retry: true })
    const failed = this.#named(name).find(({ reason }) => reason !== '')
    if (failed === undefined) this.find(name, undefined)
    else throw new RequestFailure(400, `expected a model that can be loaded, received ${name}/${failed.version}: ${failed.reason}`)
  }

  /** Unloads all versions of a model after their last requests, until `load`. They stay in the index. @throws RequestFailure (404) if there is none. */
  unload(name: string): void {
    const entries = this.#named(name)
    if (entries.length === 0) this.find(name, undefined)
    this.#unloaded.add(name)
    for (const entry of entries) {
      const { model } = entry
      entry.model = undefined
      entry.reason = 'unloaded'
      if (model !== undefined) this.#retire(model)
    }
  }

  /** Call it when a model has answered its last request. Unloads the model if it was replaced. */
  idle(model: ServedModel): void {
    if (!this.#retired.delete(model)) return
    this.#options.unload(model.key)
  }

  async #scan({ settled, retry = false }: { readonly settled: boolean; readonly retry?: boolean }): Promise<void> {
    const all = await findModels(this.#options.path)
    for (const file of all) {
      const entry = this.#entries.get(`${file.name}/${file.version}`)
      if (this.#unloaded.has(file.name)) continue
      const young = settled && Date.now() - file.written < SETTLED_AFTER
      const due = entry?.stamp !== file.stamp || (retry && entry.reason !== '')
      if (due && !young) await this.#take(file, entry, settled)
    }
    const present = new Set(all.map(({ name, version }) => `${name}/${version}`))
    for (const [key, { model }] of this.#entries) {
      if (present.has(key)) continue
      this.#entries.delete(key)
      if (model !== undefined) this.#retire(model)
    }
  }

  async #take(file: FoundModel, known: Entry | undefined, inTurn: boolean): Promise<void> {
    const { name, version, path, stamp } = file
    const entry = known ?? { name, version, stamp, model: undefined, reason: '' }
    entry.stamp = stamp
    try {
      const bytes = await readFile(path)
      const model = new ServedModel({ name, version, key: this.#next++, bytes, where: path })
      await this.#options.load(model.key, bytes, { inTurn })
      if (this.#unloaded.has(name)) {
        this.#options.unload(model.key)
        return
      }
      const before = entry.model
      entry.model = model
      entry.reason = ''
      this.#options.onLoad(model)
      if (before !== undefined) this.#retire(before)
    } catch (error) {
      entry.reason = messageOf(error)
      this.#options.onRefuse(`${name}/${version}`, entry.reason)
    }
    this.#entries.set(`${name}/${version}`, entry)
  }

  #retire(model: ServedModel): void {
    this.#options.onRetire(model)
    this.#retired.add(model)
    if (this.#options.isIdle(model)) this.idle(model)
  }
}

/** @throws UsageError if the first scan found no model; Error with the reason if none could be loaded. */
export function demandModels(registry: Registry, path: string): void {
  if (registry.models.length > 0) return
  const [first] = registry.index
  if (first === undefined) throw new UsageError(`${path}: expected NAME.onnx, NAME/VERSION/model.onnx or a run directory, found no model`)
  throw new Error(`${first.name}/${first.version}: ${first.reason}`)
}

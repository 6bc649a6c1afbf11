import type { ComponentType } from 'preact'

/** What a view is given. */
export interface ViewProps {
  /** What the address says of it when it is opened, or when a link to the same view is followed. */
  readonly state: URLSearchParams
}

/** A page of the studio. Its code is loaded when it is opened. */
export interface View {
  readonly title: string
  /** What one can do on it, in a sentence. */
  readonly description: string
  load(): Promise<{ readonly default: ComponentType<ViewProps> }>
}

import { useEffect, useState } from 'preact/hooks'

/** What the address names: a view, and its state, as in `#/explorer?group=S4`. */
export interface Address {
  readonly view: string
  readonly state: URLSearchParams
}

/** Reads the part of an address after `#`. */
export function parseAddress(hash: string): Address {
  const [, view = '', query = ''] = /^#?\/?([^?]*)\??(.*)$/s.exec(hash) ?? []
  return { view, state: new URLSearchParams(query) }
}

/** The part of an address after `#` that names a view and its state. Empty values are left out. */
export function addressOf(view: string, state: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== '')).toString()
  return `#/${view}${query === '' ? '' : `?${query}`}`
}

/** The address that the page shows, which the browser's is not yet when a link was just followed. */
let shown: string | undefined

const readAddress = (): Address => {
  shown = location.hash
  return parseAddress(shown)
}

/** Puts the state of a view into the address, so that the link of the page shows it again. It leaves no entry in the history. */
export function keepState(view: string, state: Readonly<Record<string, string>>): void {
  // A link was followed, and what the page shows is not gone yet; or it is gone, and this view writes late.
  if (location.hash !== shown || ![view, ''].includes(parseAddress(shown).view)) return
  history.replaceState(null, '', addressOf(view, state))
  shown = location.hash
}

/** The address of the page, followed as it changes. */
export function useAddress(): Address {
  const [address, follow] = useState(readAddress)
  useEffect(() => {
    const changed = (): void => follow(readAddress())
    addEventListener('hashchange', changed)
    // It may have changed since it was first read.
    changed()
    return () => removeEventListener('hashchange', changed)
  }, [])
  return address
}

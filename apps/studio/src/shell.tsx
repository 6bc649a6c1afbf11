import type { ComponentType } from 'preact'
import { useEffect, useErrorBoundary, useRef, useState } from 'preact/hooks'
import { addressOf, useAddress } from './address.ts'
import { Alert } from './parts/alert.tsx'
import { messageOf } from './parts/message-of.ts'
import type { ViewProps } from './view.ts'
import { views } from './views.ts'

const [first] = Object.keys(views) as [string]

/** The code of a view once it is there, or why it could not be loaded. */
function useView(name: string): { readonly Component?: ComponentType<ViewProps>; readonly failure?: string } {
  const [loaded, setLoaded] = useState<{ name: string; Component?: ComponentType<ViewProps>; failure?: string }>({ name: '' })
  useEffect(() => {
    let wanted = true
    const tell = (found: { Component?: ComponentType<ViewProps>; failure?: string }): void => {
      if (wanted) setLoaded({ name, ...found })
    }
    views[name]?.load().then(
      (module) => tell({ Component: module.default }),
      (error: unknown) => tell({ failure: `This page could not be loaded: ${messageOf(error)}` }),
    )
    return () => {
      wanted = false
    }
  }, [name])
  return loaded.name === name ? loaded : {}
}

/** A view, and in its place the message of an error that it did not handle itself. */
function Guarded({ View, state }: { readonly View: ComponentType<ViewProps>; readonly state: URLSearchParams }) {
  const [error, again] = useErrorBoundary()
  if (error === undefined) return <View state={state} />
  return (
    <Alert>
      {messageOf(error)}{' '}
      <button type="button" onClick={again}>
        Start again
      </button>
    </Alert>
  )
}

/** The frame of the studio: its menu, and the view that the address names. */
export function Shell() {
  const address = useAddress()
  const name = address.view in views ? address.view : first
  const view = views[name]
  const { Component, failure } = useView(name)
  const heading = useRef<HTMLHeadingElement>(null)
  const opened = useRef(name)
  useEffect(() => {
    document.title = `${view?.title} · Equivar studio`
    // Who follows a link of the menu with a screen reader or the keyboard goes on from the new heading.
    if (opened.current !== name) heading.current?.focus()
    opened.current = name
  }, [name, view])
  return (
    <>
      <header>
        <p class="brand">
          Equivar <span>studio</span>
        </p>
        <nav aria-label="Pages of the studio">
          {Object.entries(views).map(([each, { title }]) => (
            <a key={each} href={addressOf(each)} aria-current={each === name ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main>
        <h1 ref={heading} tabIndex={-1}>
          {view?.title}
        </h1>
        <p class="lead">{view?.description}</p>
        {address.view !== '' && !(address.view in views) && (
          <Alert>There is no page “{address.view}” in the studio; this is the first one.</Alert>
        )}
        {failure !== undefined && <Alert>{failure}</Alert>}
        <div class="view" aria-busy={Component === undefined && failure === undefined}>
          {Component !== undefined && <Guarded key={name} View={Component} state={address.state} />}
        </div>
      </main>
    </>
  )
}

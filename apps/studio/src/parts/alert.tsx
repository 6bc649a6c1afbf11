import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** A message of something that went wrong, read aloud at once and moved into sight. */
export function Alert({ children }: { readonly children: ComponentChildren }) {
  const place = useRef<HTMLParagraphElement>(null)
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), [])
  return (
    <p class="alert" role="alert" ref={place}>
      {children}
    </p>
  )
}

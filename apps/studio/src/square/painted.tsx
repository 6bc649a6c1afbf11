import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** A canvas that is painted anew when what it shows changes, and a drawing over it. */
export function Painted(props: {
  /** Pixels on a side. */
  readonly size: number
  /** Paints the cleared canvas. It is the same function as long as there is nothing new. */
  readonly paint: (context: CanvasRenderingContext2D) => void
  readonly canvas: JSX.IntrinsicElements['canvas']
  readonly children?: ComponentChildren
}) {
  const { size, paint, canvas, children } = props
  const place = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const context = place.current?.getContext('2d')
    if (context === null || context === undefined) return
    context.clearRect(0, 0, size, size)
    paint(context)
  }, [size, paint])
  return (
    <div class="layers">
      <canvas ref={place} width={size} height={size} {...canvas} />
      {children}
    </div>
  )
}

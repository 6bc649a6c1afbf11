/** A place on a drawing, in the coordinates of its viewBox. */
export interface Place {
  readonly x: number
  readonly y: number
}

/** Where the pointer is on the drawing to which the element belongs, which may be the drawing itself or a canvas of the size 1. */
function placeOf({ currentTarget, clientX, clientY }: PointerEvent): Place {
  const drawing = currentTarget instanceof SVGSVGElement ? currentTarget : (currentTarget as SVGElement).ownerSVGElement
  if (drawing === null || drawing === undefined) {
    const box = (currentTarget as Element).getBoundingClientRect()
    return { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height }
  }
  const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(drawing.getScreenCTM()?.inverse())
  return { x, y }
}

/** What an element is given so that a pointer (mouse, pen or finger) can drag it. */
export interface Draggable {
  readonly onPointerDown: (event: PointerEvent) => void
  readonly onPointerMove: (event: PointerEvent) => void
  readonly onLostPointerCapture: () => void
  readonly onTouchMove: (event: TouchEvent) => void
}

/**
 * Follows a pointer from where it is pressed to where it is let go.
 *
 * @param onDrag - is told each place, and whether it is the first.
 * @param onEnd - is told that the pointer was let go.
 */
export function draggable(onDrag: (place: Place, first: boolean) => void, onEnd: () => void = () => {}): Draggable {
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return
      ;(event.currentTarget as Element).setPointerCapture(event.pointerId)
      onDrag(placeOf(event), true)
    },
    onPointerMove: (event) => {
      if ((event.currentTarget as Element).hasPointerCapture(event.pointerId)) onDrag(placeOf(event), false)
    },
    onLostPointerCapture: onEnd,
    // A finger that drags does not scroll: `touch-action` alone is not heeded on parts of a drawing.
    onTouchMove: (event) => event.preventDefault(),
  }
}

/** The step that an arrow key asks for: to the right and down are positive. Undefined for other keys. */
function arrowStep(key: string): Place | undefined {
  const steps: Readonly<Record<string, Place>> = {
    ArrowLeft: { x: -1, y: 0 },
    ArrowRight: { x: 1, y: 0 },
    ArrowUp: { x: 0, y: -1 },
    ArrowDown: { x: 0, y: 1 },
  }
  return steps[key]
}

/** Handles the arrow keys, and keeps them from scrolling the page. */
export const onArrows =
  (step: (step: Place, fast: boolean) => void) =>
  (event: KeyboardEvent): void => {
    const arrow = arrowStep(event.key)
    if (arrow === undefined) return
    event.preventDefault()
    step(arrow, event.shiftKey)
  }

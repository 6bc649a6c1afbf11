/** How many pixels of the PNG a pixel of the SVG becomes. */
const SCALE = 2

/** An SVG document as a PNG file. @throws Error if the browser cannot draw it. */
export async function pngOf(svg: string): Promise<Uint8Array<ArrayBuffer>> {
  const image = new Image()
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = SCALE * image.width
  canvas.height = SCALE * image.height
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (blob === null)
    throw new Error(`PNG: expected a picture that the browser can store, received one of ${canvas.width} x ${canvas.height}. Take the SVG.`)
  return new Uint8Array(await blob.arrayBuffer())
}

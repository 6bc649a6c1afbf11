/** The images of the identity on n points. */
export function identityImages(n: number): Uint32Array {
  return new Uint32Array(n).map((_, point) => point)
}

/** The table of images of the inverse permutation. */
export function invertImages(images: Uint32Array): Uint32Array {
  const inverse = new Uint32Array(images.length)
  images.forEach((image, point) => {
    inverse[image] = point
  })
  return inverse
}

/** Writes the images of the product x -> a(b(x)) into `target`, which may be b. */
export function composeInto(target: Uint32Array, a: Uint32Array, b: Uint32Array): void {
  // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
  for (let x = 0; x < target.length; x++) target[x] = a[b[x]!]!
}

/** The images of the product x -> a(b(x)), as a new table. */
export function composeImages(a: Uint32Array, b: Uint32Array): Uint32Array {
  const product = new Uint32Array(b.length)
  composeInto(product, a, b)
  return product
}

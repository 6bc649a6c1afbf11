/** Red, green and blue, each from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number]

const GOLDEN_ANGLE = 2.399_963_229_728_653

/** Converts an OKLCH colour (perceptual lightness, chroma, hue) to sRGB. Components outside the gamut are clipped. */
function fromOklch(lightness: number, chroma: number, hue: number): Colour {
  const a = chroma * Math.cos(hue)
  const b = chroma * Math.sin(hue)
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const linear = [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ]
  const [red, green, blue] = linear.map((value) => {
    const clipped = Math.min(1, Math.max(0, value))
    return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055))
  })
  return [red!, green!, blue!]
}

/** Colours that people with any kind of colour blindness can tell apart: those of Okabe and Ito, without black. */
const FIRST: readonly Colour[] = [
  [0, 114, 178],
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [86, 180, 233],
  [213, 94, 0],
  [240, 228, 66],
]

/** Up to this number of parameters, colours are chosen so that neighbouring labels contrast. */
const DISTINCT = 48

/**
 * The colour of one of `count` parameters.
 *
 * For few parameters, a label has the same colour in every picture: the first seven can be told apart by people who are colour-blind; the hues of the others
 * are a golden angle apart and cycle through three shades, so neighbouring labels contrast. For many parameters, the hues go once around the colour circle.
 *
 * @param label - from 0 to count - 1.
 * @param count - the number of parameters.
 * @see Okabe, Ito 2002, Color universal design.
 */
export function labelColour(label: number, count: number): Colour {
  if (count > DISTINCT) return fromOklch(0.72, 0.13, 0.6 + (2 * Math.PI * label) / count)
  const first = FIRST[label]
  if (first !== undefined) return first
  const shade = label % 3
  return fromOklch([0.7, 0.56, 0.83][shade]!, [0.15, 0.14, 0.11][shade]!, 0.6 + label * GOLDEN_ANGLE)
}

/** Whether black text is easier to read on a colour of `labelColour` than white text. */
export function isBright([red, green, blue]: Colour): boolean {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140
}

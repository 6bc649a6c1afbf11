/** What is said of something that keys reach and change. */
export interface SliderWords {
  readonly label: string
  readonly least: number
  readonly most: number
  readonly value: number
  /** The value in words, if the number does not say it. */
  readonly text?: string
}

/** The attributes of a part of a drawing that keys reach and change. */
export function slider({ label, least, most, value, text }: SliderWords): Readonly<Record<string, string | number | undefined>> {
  return {
    role: 'slider',
    tabindex: 0,
    'aria-label': label,
    'aria-valuemin': least,
    'aria-valuemax': most,
    'aria-valuenow': value,
    'aria-valuetext': text,
  }
}

import { isBright, labelColour } from '@equivar/groups/picture'

/** The colour of a weight, as CSS writes it. */
export const cssColour = (label: number, count: number): string => `rgb(${labelColour(label, count).join(' ')})`

/** The colour of text on it. */
export const cssInk = (label: number, count: number): string => (isBright(labelColour(label, count)) ? '#000' : '#fff')

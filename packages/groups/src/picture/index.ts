export { describeGroup, formatDescription, type GroupDescription } from './describe.ts'
export { type Colour, isBright, labelColour } from './palette.ts'
export { type SvgOptions, sharingSvg } from './svg.ts'
export { sharingText, type TerminalOptions } from './terminal.ts'

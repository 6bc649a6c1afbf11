import { RequestFailure } from '../errors.ts'

/** A JSON object of a request. */
export type Json = Readonly<Record<string, unknown>>

/** A refusal (400) of the form "expected ..., received ...". */
export const refused = (expected: string, received: string): RequestFailure =>
  new RequestFailure(400, `expected ${expected}, received ${received}.`)

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value of a request for a message: its first 60 characters. */
export const kindOf = (value: unknown): string => (value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value).slice(0, 60))

/** An object's own property, never one of its prototype. */
export const own = (object: Json, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined)

/** The parameters of a request or a tensor; none if they are omitted. @throws RequestFailure (400) if they are no object. */
export function parametersOf(object: Json, where: string): Json {
  const parameters = own(object, 'parameters') ?? {}
  if (!isObject(parameters)) throw refused(`${where} with parameters that are an object`, kindOf(parameters))
  return parameters
}

/** A model that one page hands to another. */
export interface HandedModel {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

let handed: HandedModel | undefined

/** Hands a model to the page that runs models, which shows it when it is opened. */
export function handModel(model: HandedModel): void {
  handed = model
}

/** The model that was handed over last, once. */
export function takeHandedModel(): HandedModel | undefined {
  const model = handed
  handed = undefined
  return model
}

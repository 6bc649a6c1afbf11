/**
 * The names of the classes in the metadata of a trained model's file: the list `classes` of its configuration.
 *
 * @param metadata - of `inspectOnnx`.
 * @returns the names in the order of the logits; none if the file does not name them.
 */
export function classNames({ config }: Readonly<Record<string, string>>): readonly string[] {
  if (config === undefined) return []
  try {
    const { classes } = JSON.parse(config) as { readonly classes?: unknown }
    return Array.isArray(classes) && classes.every((name) => typeof name === 'string') ? classes : []
  } catch {
    return []
  }
}

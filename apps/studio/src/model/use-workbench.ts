import { relativeError, type Values } from '@equivar/verify'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { messageOf } from '../parts/message-of.ts'
import { claimsOf, nameOf, randomElement, seeded } from './check.ts'
import type { Declared } from './declared.ts'
import { numbersOf } from './editors.ts'
import { drawValues } from './first-values.ts'
import { type EditedInput, edited, type Given } from './given.ts'
import { guessedAction } from './guess.ts'
import type { ModelFile } from './model-file.ts'
import type { OpenModel } from './open-model.ts'
import { openSizes, type Sizes } from './sizes.ts'
import { taskExample } from './task-example.ts'

/** What is seen after the input was moved by a group element. */
export interface Moved {
  readonly element: string
  /** How much the answer differs from the one before, moved as the symmetry says. */
  readonly error: number
}

/** The largest difference of some outputs, as a part of the largest number. */
const differenceOf = (received: Values, expected: Values): number =>
  Math.max(
    0,
    ...Object.entries(expected).map(([name, value]) =>
      relativeError(received[name] === undefined ? [] : numbersOf(received[name]), numbersOf(value)),
    ),
  )

/** The answer of a model to values that change; the last answer stays until the next is there. */
function useAnswer(run: (values: Values) => Promise<Values>, values: Values): { readonly outputs?: Values; readonly failure?: string } {
  const [answer, set] = useState<{ outputs?: Values; failure?: string }>({})
  useEffect(() => {
    let wanted = true
    run(values).then(
      (outputs) => wanted && set({ outputs }),
      (error: unknown) => wanted && set({ failure: messageOf(error) }),
    )
    return () => {
      wanted = false
    }
  }, [run, values])
  return answer
}

/** A symmetry that inputs like those of a file often have, where the file itself declares none. */
function guessedSymmetry({ symmetries, description }: ModelFile): Declared | undefined {
  if (symmetries.length > 0) return undefined
  const texts = Object.fromEntries(description.inputs.map((each) => [each.name, guessedAction(each)]))
  if (Object.values(texts).every((text) => text === '')) return undefined
  const claims = claimsOf(texts, {})
  return { text: `A guess: ${nameOf(claims)}`, claims }
}

/** An open model, its input and its answer, and what is done with them. */
export function useWorkbench(file: ModelFile, model: OpenModel) {
  const [own, claim] = useState(() => guessedSymmetry(file))
  const [failure, setFailure] = useState<string>()
  const [moved, setMoved] = useState<Moved>()
  const [seed, shown] = [useRef(1), useRef(0)]
  const claims = own?.claims ?? file.symmetries.find((each) => each.claims !== undefined)?.claims
  const draw = (sizes: Sizes): Values => drawValues(file.description.inputs, sizes, claims, seeded(seed.current++))
  const [given, give] = useState<Given>(() => {
    const example = taskExample(file, 0)
    const sizes = openSizes(file.description.inputs)
    return { ...(example ?? { sizes, values: draw(sizes) }), source: 0 }
  })
  const run = useCallback((values: Values) => model.run(values), [model])
  const answer = useAnswer(run, given.values)
  /** Does what may fail with a message. */
  const attempt = (work: () => void | Promise<void>): void => {
    setFailure(undefined)
    setMoved(undefined)
    Promise.resolve()
      .then(work)
      .catch((error: unknown) => {
        setFailure(messageOf(error))
        // What an editor shows may not be what the input is.
        give((now) => ({ ...now, source: now.source + 1 }))
      })
  }
  const redraw = (sizes: Sizes): void => attempt(() => give({ sizes, values: draw(sizes), source: given.source + 1 }))
  const takeExample = (): void =>
    attempt(() => {
      const example = taskExample(file, ++shown.current)
      if (example !== undefined) give({ ...example, source: given.source + 1 })
    })
  const move = (): void =>
    attempt(async () => {
      if (claims === undefined) return
      const element = randomElement(claims, given.values, seeded(seed.current++))
      const values = element.input(given.values)
      const [before, after] = [await run(given.values), await run(values)]
      give({ ...given, values, source: given.source + 1 })
      setMoved({ element: element.name, error: differenceOf(after, element.output(before)) })
    })
  const change = (input: EditedInput): void => attempt(() => give(edited(file, given, input, draw)))
  return { given, answer, failure, moved, own, claims, run, claim, redraw, takeExample, move, change }
}

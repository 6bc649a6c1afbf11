import {
  type DataType,
  DerivativeError,
  type Program,
  program,
  ShapeError,
  symbol,
  type Tensor,
  TypeMismatchError,
  topological,
} from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { control } from './random-programs/control.ts'
import { indexing } from './random-programs/indexing.ts'
import { patterns } from './random-programs/patterns.ts'
import { pointwise } from './random-programs/pointwise.ts'
import { products } from './random-programs/products.ts'
import type { Recipe } from './random-programs/recipe.ts'
import { shaping } from './random-programs/shaping.ts'
import { type Tone, Writer } from './random-programs/writer.ts'

/** A Program, and what it is fed. */
export interface RandomProgram {
  readonly seed: number
  readonly program: Program
  readonly feeds: Writer['feeds']
  /** The recipes that were written. */
  readonly written: readonly string[]
}

/** What is drawn. */
export interface RandomProgramOptions {
  /** Recipes of which one is written for sure, and every second one is; all alike if left out. */
  readonly rich?: readonly string[]
  readonly tones?: readonly Tone[]
  readonly floats?: readonly DataType[]
  /** What the sizes are, known ones and values of symbols. */
  readonly numbers?: readonly number[]
  /** Recipes that are never written. */
  readonly without?: readonly string[]
}

const recipes: Readonly<Record<string, Recipe>> = {
  ...pointwise,
  ...shaping,
  ...products,
  ...indexing,
  ...patterns,
  ...control((w, count) => writeSteps(w, count, {})),
}

/** Names of all recipes. */
export const recipeNames: readonly string[] = Object.keys(recipes)

/** What an operator says where it cannot take what was drawn. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ShapeError || error instanceof TypeMismatchError || error instanceof DerivativeError || error instanceof RangeError

function write(w: Writer, name: string): boolean {
  const recipe = recipes[name]
  if (recipe === undefined) throw new Error(`random programs: no recipe is called "${name}".`)
  try {
    for (const x of [recipe(w)].flat() as Tensor[]) w.keep(x)
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    return false
  }
}

/** What is drawn half of the time: patterns that passes look for, and derivatives. */
const interesting = [...Object.keys(patterns), 'gradient', 'gradient', 'gradient']

/** What stands for many operators is drawn more often. */
const wide = Array.from({ length: 12 }, () => ['unary', 'unary', 'binary', 'reduce']).flat()

/** Writes that many recipes; the names of those that could be written. */
function writeSteps(w: Writer, count: number, { rich, without = [] }: RandomProgramOptions): string[] {
  const allowed = (names: readonly string[]): string[] => names.filter((name) => !without.includes(name))
  const [likely, all] = [rich ?? allowed(interesting), allowed([...recipeNames, ...wide])]
  const drawn = Array.from({ length: count }, (_, i) => ((rich !== undefined && i === 0) || w.chance(0.5) ? likely : all))
  return drawn.flatMap((list) => {
    const name = w.pick(list)
    return write(w, name) ? [name] : []
  })
}

/** The last tensor, whatever nothing else reads, and one more. */
function outputsOf(w: Writer): Tensor[] {
  const made = w.tensors.filter((x) => x.node.operator.name !== 'Input')
  const read = new Set(topological(made).flatMap(({ inputs }) => [...inputs]))
  const ends = made.filter((x) => !read.has(x)).slice(-4)
  const extra = made.length > 0 && w.chance(0.2) ? [w.pick(made)] : []
  const outputs = [...new Set([...ends, ...extra])]
  return outputs.length > 0 ? outputs : w.tensors.slice(-1)
}

/**
 * A random Program with feeds; the same seed and options give the same one.
 *
 * Sizes are 0, 1, primes and symbols, types all there are; what a recipe cannot write about what is there is left out.
 */
export function randomProgram(seed: number, options: RandomProgramOptions = {}): RandomProgram {
  const random = new Random({ seed, stream: 'programs' })
  const { tones = ['halves', 'smooth', 'smooth', 'wild'], floats = ['float32', 'float32', 'float32', 'float32', 'float16'] } = options
  const numbers = options.numbers ?? [0, 1, 1, 2, 2, 3, 3, 5, 7]
  const draw = <T>(list: readonly T[]): T => list[random.integer(list.length)] as T
  const sizes = new Map(['n', 'm'].map((name) => [name, draw(numbers)]))
  const w = new Writer(random, { tone: draw(tones), float: draw(floats), sizes, numbers })
  // An input that holds the symbols, so that they have values even where nothing else tells them.
  w.input(
    w.setting.float,
    ['n', 'm'].map((name) => symbol(name)),
  )
  const written = writeSteps(w, 2 + random.integer(7), options)
  const outputs = Object.fromEntries(outputsOf(w).map((tensor, i) => [`y${i}`, tensor]))
  return { seed, program: program({ inputs: w.inputs, outputs }), feeds: w.feeds, written }
}

import type { ColdStart } from './cold-start.ts'
import { type Measure, measures } from './side.ts'
import type { Figures } from './turns.ts'

/** What is compared. */
export type Quantity = Measure | 'memory'

/** PyTorch's best of its forms, in every figure. */
export interface Peer extends Figures {
  /** Which form that is. */
  readonly forms: Partial<Record<Quantity, string>>
}

/** Equivar's figure over that of PyTorch's best form. */
export interface Ratio extends Partial<Record<Quantity, number>> {
  /** Of what is held above the memory before the first step. */
  readonly above?: number
  readonly cpu: Partial<Record<Measure, number>>
}

/** What `equivar bench` says of a workload. */
export interface Result extends Figures {
  readonly workload: string
  /** What the products of a training step take at the rate of a large product. */
  readonly floorMs: number
  readonly cold?: ColdStart
  readonly peer?: Peer
  /** Every form of PyTorch. */
  readonly forms?: Readonly<Record<string, Figures & { readonly cold?: ColdStart }>>
  readonly ratio?: Ratio
}

type Entry = readonly [string, Figures]

/** The form with the least of something. */
function least(forms: readonly Entry[], of: (figures: Figures) => number | undefined): readonly [string, number] | undefined {
  const known = forms.flatMap(([name, figures]) => {
    const value = of(figures)
    return value === undefined ? [] : [[name, value] as const]
  })
  return known.reduce<readonly [string, number] | undefined>(
    (best, each) => (best === undefined || each[1] < best[1] ? each : best),
    undefined,
  )
}

/** The best of all forms, figure by figure. Memory is that of training, so forms that only infer do not count there. */
export function bestOf(forms: Readonly<Record<string, Figures>>): Peer {
  const all = Object.entries(forms)
  const training = all.filter(([, { trainMs }]) => trainMs !== undefined)
  const clock = measures.map((measure) => [measure, least(all, (figures) => figures[`${measure}Ms`])] as const)
  const cpu = measures.map((measure) => [measure, least(all, ({ cpuMs }) => cpuMs[measure])] as const)
  const memory = least(training, ({ peakMiB }) => peakMiB)
  const trained = forms[clock[0]?.[1]?.[0] ?? '']
  return {
    ...Object.fromEntries(clock.flatMap(([measure, best]) => (best === undefined ? [] : [[`${measure}Ms`, best[1]]]))),
    cpuMs: Object.fromEntries(cpu.flatMap(([measure, best]) => (best === undefined ? [] : [[measure, best[1]]]))),
    compileMs: trained?.compileMs ?? 0,
    peakMiB: memory?.[1] ?? 0,
    aboveMiB: least(training, ({ aboveMiB }) => aboveMiB)?.[1] ?? 0,
    ...(trained?.parameters === undefined ? {} : { parameters: trained.parameters }),
    forms: Object.fromEntries([...clock, ['memory', memory] as const].flatMap(([of, best]) => (best === undefined ? [] : [[of, best[0]]]))),
  }
}

const over = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined || b === 0 ? undefined : a / b

const known = <Key extends string>(ratios: Record<Key, number | undefined>): Partial<Record<Key, number>> =>
  Object.fromEntries(Object.entries(ratios).filter(([, value]) => value !== undefined)) as Partial<Record<Key, number>>

/** Ours over theirs. */
export function ratioOf(own: Figures, peer: Figures): Ratio {
  return {
    ...known({
      train: over(own.trainMs, peer.trainMs),
      infer: over(own.inferMs, peer.inferMs),
      infer1: over(own.infer1Ms, peer.infer1Ms),
      memory: over(own.peakMiB, peer.peakMiB),
      above: over(own.aboveMiB, peer.aboveMiB),
    }),
    cpu: known({
      train: over(own.cpuMs.train, peer.cpuMs.train),
      infer: over(own.cpuMs.infer, peer.cpuMs.infer),
      infer1: over(own.cpuMs.infer1, peer.cpuMs.infer1),
    }),
  }
}

const mean = (values: readonly (number | undefined)[]): number | undefined => {
  const all = values.filter((value) => value !== undefined)
  return all.length === 0 ? undefined : Math.exp(all.reduce((sum, value) => sum + Math.log(value), 0) / all.length)
}

/** The geometric mean of ratios: a workload that is twice as fast makes up for one that is half as fast. */
export function geometricMean(ratios: readonly Ratio[]): Ratio {
  const of = (pick: (ratio: Ratio) => number | undefined): number | undefined => mean(ratios.map(pick))
  return {
    ...known({
      train: of(({ train }) => train),
      infer: of(({ infer }) => infer),
      infer1: of(({ infer1 }) => infer1),
      memory: of(({ memory }) => memory),
      above: of(({ above }) => above),
    }),
    cpu: known({
      train: of(({ cpu }) => cpu.train),
      infer: of(({ cpu }) => cpu.infer),
      infer1: of(({ cpu }) => cpu.infer1),
    }),
  }
}

import type { ComponentChildren } from 'preact'
import { type Difference, formatDifference, meaningOf } from './difference.ts'
import type { Journey, Kind, Motion } from './kind.ts'
import type { Ways } from './ways.ts'

/** A corner of the square with its name. */
function Corner({ name, children }: { readonly name?: string; readonly children: ComponentChildren }) {
  return (
    <figure class="corner">
      {children}
      {name !== undefined && <figcaption>{name}</figcaption>}
    </figure>
  )
}

/** An arrow of the square. */
function Side({ name, to }: { readonly name: 'f' | 'g'; readonly to: 'right' | 'down' }) {
  return (
    <span class={`side ${to}`} aria-hidden="true">
      <i>{name}</i>
    </span>
  )
}

/** The largest difference of the two ways, and what it means. */
function Verdict({ difference, reason }: { readonly difference: Difference; readonly reason: string | undefined }) {
  const { agreement, largest } = difference
  const commutes = { equal: 'It commutes:', nearly: 'It nearly commutes:', different: 'It does not commute:' }[agreement]
  const sign = { equal: '=', nearly: '≈', different: '≠' }[agreement]
  return (
    <p class={`verdict ${agreement}`}>
      <span class="sign" aria-hidden="true">
        {sign}
      </span>
      <span>
        <strong>{commutes}</strong> <i>g·f(x)&nbsp;{sign}&nbsp;f(g·x)</i>
        <br />
        Largest difference <b class="number">{formatDifference(largest)}</b>: {meaningOf(difference, reason)}
      </span>
    </p>
  )
}

/** What a square is made of. */
export interface DiagramProps<X, G> extends Ways {
  readonly kind: Kind<X, G>
  readonly title: string
  readonly network: string
  readonly keys: boolean
  readonly x: X
  readonly moved: X
  readonly journey: Journey<G>
  readonly onInput: (x: X) => void
  readonly onMove: (g: G, motion: Motion) => void
}

/** The square of one network: x, g·x, f(x), and both ways to the last corner. */
export function Diagram<X, G>(props: DiagramProps<X, G>) {
  const { kind, title, network, keys, x, moved, journey, output, around, difference, reason, onInput, onMove } = props
  const { Picture, words } = kind
  return (
    <section class={`card diagram ${difference.agreement}`} aria-label={`${title}: ${network}`}>
      <h2>
        {title} <span>{network}</span>
      </h2>
      <div class="corners">
        <Corner name="x">
          <Picture x={x} label="The input x" keys={keys} onInput={onInput} />
        </Corner>
        <Side name="g" to="right" />
        <Corner name="g·x">
          <Picture x={moved} label="The moved input g x" journey={journey} keys={keys} onMove={onMove} />
        </Corner>
        <Side name="f" to="down" />
        <Side name="f" to="down" />
        <Corner name="f(x)">
          <Picture x={x} outputs={[output]} label={`The output f(x): ${words.output}`} />
        </Corner>
        <Side name="g" to="right" />
        <Corner>
          <Picture x={moved} outputs={around} label={`Both g f(x) and f(g x): ${words.legend}`} journey={journey} />
        </Corner>
        <p class="legend">{words.legend}</p>
      </div>
      <Verdict difference={difference} reason={reason} />
    </section>
  )
}

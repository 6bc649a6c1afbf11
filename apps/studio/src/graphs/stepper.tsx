import { type Round, type TestName, tests, verdict } from './refinement.ts'

interface StepperProps {
  readonly rounds: readonly Round[]
  readonly at: number
  readonly test: TestName
  readonly onRound: (round: number) => void
  readonly onTest: (test: TestName) => void
}

const rules: Readonly<Record<TestName, string>> = {
  wl: 'Each round, a node’s new colour says its old one, and how many neighbours of each colour it has.',
  fwl2: 'Each round, the new colour of a pair (u, v) says its old one, and the colours of (u, w) and (w, v) for all nodes w.',
}

/** The choice of a test, its rounds forth and back, and what it has said so far. */
export function Stepper({ rounds, at, test, onRound, onTest }: StepperProps) {
  const last = rounds.length - 1
  return (
    <section class="stepper" aria-label="The test">
      <fieldset aria-label="Test">
        {(Object.keys(tests) as TestName[]).map((name) => (
          <label key={name}>
            <input type="radio" name="test" checked={name === test} onChange={() => onTest(name)} />
            {tests[name].title}
          </label>
        ))}
      </fieldset>
      <div class="tools">
        <button type="button" disabled={at === 0} onClick={() => onRound(at - 1)}>
          Back
        </button>
        <button type="button" class="primary" disabled={at === last} onClick={() => onRound(at + 1)}>
          Step
        </button>
        <button type="button" disabled={at === last} onClick={() => onRound(last)}>
          To the end
        </button>
        <span class="round">
          Round {at} of {last}
        </span>
      </div>
      <p class={rounds[at]!.same ? 'verdict' : 'verdict different'} role="status">
        {verdict(rounds, at, test)}
      </p>
      <p class="rule">{rules[test]}</p>
    </section>
  )
}

import { input, Program, substitute, type Tensor } from '@equivar/tensor'
import type { TrainStep } from '../train-step.ts'

/** A training step in two parts, which meet in the gradients. */
export interface StepHalves {
  /** Of the examples: the gradients, `gradient.0` and so on, and what else depends on examples: losses, metrics, running statistics. */
  readonly gradients: Program
  /** Of the gradients: everything else that the step gives. */
  readonly update: Program
}

/** The Program of some outputs, without inputs that none of them reads; `kept` stay, as they may tell a size. */
function programOf({ inputs, metadata }: Program, outputs: Program['outputs'], kept: ReadonlySet<string>): Program {
  const { nodes } = new Program(inputs, outputs, metadata)
  const read = new Set<Tensor>([...nodes.flatMap((node) => node.inputs), ...outputs.map(({ tensor }) => tensor)])
  return new Program(
    inputs.filter(({ name, tensor }) => kept.has(name) || read.has(tensor)),
    outputs,
    metadata,
  )
}

/** The tensors that are made from any of some inputs. */
function dependsOn({ inputs, nodes }: Program, names: ReadonlySet<string>): Set<Tensor> {
  const found = new Set(inputs.filter(({ name }) => names.has(name)).map(({ tensor }): Tensor => tensor))
  for (const node of nodes) if (node.inputs.some((x) => found.has(x))) for (const y of node.outputs) found.add(y)
  return found
}

/**
 * Cuts a training step at its gradients.
 *
 * @param data - the names of the inputs with examples.
 */
export function stepHalves({ program, gradients }: Pick<TrainStep, 'program' | 'gradients'>, data: readonly string[]): StepHalves {
  const leaves = gradients.map((tensor, i) => ({ name: `gradient.${i}`, tensor: input(`gradient.${i}`, tensor.dtype, tensor.shape) }))
  const tensors = substitute(
    program.outputs.map(({ tensor }) => tensor),
    new Map(gradients.map((tensor, i) => [tensor, (leaves[i] as { tensor: Tensor }).tensor])),
  )
  const outputs = program.outputs.map(({ name }, i) => ({ name, tensor: tensors[i] as Tensor }))
  const all = new Program([...program.inputs, ...leaves], outputs, program.metadata)
  const names = new Set(data)
  const ofExamples = dependsOn(all, names)
  const isOfExamples = ({ tensor }: { readonly tensor: Tensor }): boolean => ofExamples.has(tensor)
  const made = [...gradients.map((tensor, i) => ({ name: `gradient.${i}`, tensor })), ...outputs.filter(isOfExamples)]
  return {
    gradients: programOf(program, made, names),
    update: programOf(
      all,
      outputs.filter((one) => !isOfExamples(one)),
      new Set(),
    ),
  }
}

/** What a file that the command reads may import from @equivar/cli. */
export { defineConfig, type TrainConfig } from './train-config.ts'
export {
  type ClaimedSymmetry,
  type DataOptions,
  defineTask,
  type ExamplesWith,
  type InputsOf,
  type TaskDatasets,
  type TaskDefinition,
  type TaskExample,
  type TaskGoal,
} from './user-task/define-task.ts'

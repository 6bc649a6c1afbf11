/**
 * `npm run quickstart`: from a fresh machine with Node and npm to a trained, exported, verified network that predicts.
 *
 * Options are handed to the training run: `npm run quickstart -- --epochs 5 --seed 2`.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exampleSets } from './example-sets.js'
import { install, root, stage } from './stages.js'

const run = 'runs/quickstart'

install()
stage('build', ['turbo', 'run', 'build', '--filter=@equivar/cli...', '--output-logs=errors-only'])
rmSync(join(root, run), { recursive: true, force: true })
stage('train', ['equivar', 'train', 'signals', '--out', run, '--overwrite', ...process.argv.slice(2)])
stage('verify', ['equivar', 'verify', run])
stage('evaluate', ['equivar', 'evaluate', run])
writeFileSync(join(root, run, 'example-input.json'), `${JSON.stringify(exampleSets())}\n`)
stage('predict', ['equivar', 'predict', `${run}/model.onnx`, `${run}/example-input.json`])

process.stdout.write(`
Done. Everything is in ${run}/:
  report.html              curves, confusion matrix, equivariance and parity errors: open it in a browser
  model.onnx               the trained network, for ONNX Runtime in any language
  train-step.onnx          one step of its training, forward, backward and optimizer
  checkpoint.safetensors   parameters and optimizer state, to resume from
  metrics.jsonl            one line an epoch
  config.json              what was trained, and how
  example-input.json       three sets of signals (sine, square, sawtooth), as predict reads them

Next: npx equivar tasks      what else can be trained
      npx equivar --help     every command
`)

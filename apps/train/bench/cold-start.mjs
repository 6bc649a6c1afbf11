// The first answer of a model from the start of the process: node bench/cold-start.mjs MODEL.onnx THREADS '{"x":{"dtype":"float32","shape":[1,8]}}'
// Prints what the import of the runtime, the load of the model and the first answer took. Numbers of the inputs do not matter: whole numbers are 0, or 1
// where there is only one.
const [model, threads, inputs] = process.argv.slice(2)
const { loadOnnx } = await import('@equivar/backend-onnx')
// Milliseconds since the process started.
const imported = performance.now()
const executable = await loadOnnx(model, { threads: Number(threads) })
const loaded = performance.now()
const zeros = ({ dtype, shape }) => {
  const count = shape.reduce((a, b) => a * b, 1)
  return { dtype, shape, data: dtype === 'int64' ? new BigInt64Array(count).fill(shape.length === 0 ? 1n : 0n) : new Float32Array(count) }
}
const outputs = await executable.run(Object.fromEntries(Object.entries(JSON.parse(inputs)).map(([name, input]) => [name, zeros(input)])))
for (const output of Object.values(outputs)) await output.data()
const answered = performance.now()
process.stdout.write(`${JSON.stringify({ importMs: imported, loadMs: loaded - imported, firstMs: answered - loaded })}\n`)

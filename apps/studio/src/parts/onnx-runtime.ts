/** ONNX Runtime in the browser; the bundler puts its wasm file beside the script. */
export const runtime = () => import('onnxruntime-web/wasm')

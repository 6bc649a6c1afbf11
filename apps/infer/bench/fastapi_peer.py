"""The same server in Python: FastAPI and onnxruntime behind uvicorn, with the same protocol.

`--run documented` follows FastAPI's documentation: a validated model of the request and a plain function. It accepts only JSON.

The other two are tuned by hand: orjson and numpy parse bodies without a schema per number and write answers from numpy arrays, and only onnxruntime
validates. `--run inline` computes on the event loop, `--run thread` (the default) in two other threads, as onnxruntime releases the interpreter lock while it
computes. Inline is faster for a single caller; threads are faster for many callers, most of all for models that compute more than they parse.

All three use uvloop and httptools. `load.js` measures them.

    pip install fastapi uvicorn uvloop httptools onnxruntime numpy orjson
    python fastapi_peer.py --models DIR --port 8001 --threads 1 --workers 1
"""

import argparse
import asyncio
import os
import pathlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime as ort
import orjson
import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel

DTYPES = {"FP32": np.float32, "FP64": np.float64, "INT32": np.int32, "INT64": np.int64, "BOOL": np.bool_}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
HEADER = "inference-header-content-length"


def load(folder: str, threads: int) -> dict[str, ort.InferenceSession]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return {
        file.stem: ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        for file in sorted(pathlib.Path(folder).glob("*.onnx"))
    }


def read(body: bytes, header: str | None) -> tuple[dict, dict[str, np.ndarray]]:
    """The request and its tensors. Tensors with a binary_data_size follow the JSON in order."""
    end = len(body) if header is None else int(header)
    request = orjson.loads(memoryview(body)[:end])
    feeds = {}
    for tensor in request["inputs"]:
        dtype = DTYPES[tensor["datatype"]]
        size = tensor.get("parameters", {}).get("binary_data_size")
        if size is None:
            numbers = np.array(tensor["data"], dtype)
        else:
            numbers = np.frombuffer(body, dtype, size // np.dtype(dtype).itemsize, end)
            end += size
        feeds[tensor["name"]] = numbers.reshape(tensor["shape"])
    return request, feeds


def write(model: str, request: dict, names: list[str], arrays: list[np.ndarray]) -> Response:
    binary = request.get("parameters", {}).get("binary_data_output", False)
    outputs = []
    for name, array in zip(names, arrays):
        entry = {"name": name, "datatype": NAMES[array.dtype], "shape": array.shape}
        entry |= {"parameters": {"binary_data_size": array.nbytes}} if binary else {"data": np.ascontiguousarray(array).ravel()}
        outputs.append(entry)
    answer = {"model_name": model, "model_version": "1", "outputs": outputs}
    if "id" in request:
        answer["id"] = request["id"]
    text = orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
    if not binary:
        return Response(text, media_type="application/json")
    body = b"".join([text, *(array.tobytes() for array in arrays)])
    return Response(body, media_type="application/octet-stream", headers={HEADER: str(len(text))})


class Tensor(BaseModel):
    name: str
    datatype: str
    shape: list[int]
    data: list[float]


class InferRequest(BaseModel):
    inputs: list[Tensor]


def documented(app: FastAPI, sessions: dict[str, ort.InferenceSession]) -> None:
    @app.post("/v2/models/{model}/infer")
    def infer(model: str, request: InferRequest) -> dict:
        session = sessions.get(model)
        if session is None:
            raise HTTPException(404, f"no model {model}")
        names = [output.name for output in session.get_outputs()]
        feeds = {tensor.name: np.array(tensor.data, DTYPES[tensor.datatype]).reshape(tensor.shape) for tensor in request.inputs}
        try:
            arrays = session.run(names, feeds)
        except Exception as error:
            raise HTTPException(400, str(error)) from error
        outputs = [
            {"name": name, "datatype": NAMES[array.dtype], "shape": array.shape, "data": array.ravel().tolist()}
            for name, array in zip(names, arrays)
        ]
        return {"model_name": model, "model_version": "1", "outputs": outputs}


def application() -> FastAPI:
    """The application of one worker. Its settings come from the environment, because uvicorn creates it in each worker."""
    sessions = load(os.environ["PEER_MODELS"], int(os.environ["PEER_THREADS"]))
    outputs = {name: [output.name for output in session.get_outputs()] for name, session in sessions.items()}
    pool = ThreadPoolExecutor(int(os.environ["PEER_POOL"])) if os.environ["PEER_RUN"] == "thread" else None
    app = FastAPI()

    @app.get("/v2/health/ready")
    async def ready() -> Response:
        return Response()

    if os.environ["PEER_RUN"] == "documented":
        documented(app, sessions)
        return app

    @app.post("/v2/models/{model}/infer")
    async def infer(model: str, request: Request) -> Response:
        session = sessions.get(model)
        if session is None:
            raise HTTPException(404, f"no model {model}")
        body = await request.body()
        try:
            parsed, feeds = read(body, request.headers.get(HEADER))
            names = [output["name"] for output in parsed.get("outputs", [])] or outputs[model]
            if pool is None:
                arrays = session.run(names, feeds)
            else:
                arrays = await asyncio.get_running_loop().run_in_executor(pool, session.run, names, feeds)
        except Exception as error:
            raise HTTPException(400, str(error)) from error
        return write(model, parsed, names, arrays)

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description="the peer of the inference server's benchmarks")
    parser.add_argument("--models", required=True, help="a folder of NAME.onnx")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--threads", type=int, default=1, help="threads of each run")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--run", choices=["documented", "inline", "thread"], default="thread")
    settings = parser.parse_args()
    os.environ |= {
        "PEER_MODELS": settings.models,
        "PEER_THREADS": str(settings.threads),
        "PEER_POOL": "2",
        "PEER_RUN": settings.run,
    }
    uvicorn.run(
        "fastapi_peer:application",
        factory=True,
        app_dir=str(pathlib.Path(__file__).parent),
        port=settings.port,
        workers=settings.workers,
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http="httptools",
    )


if __name__ == "__main__":
    main()

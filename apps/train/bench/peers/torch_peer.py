"""PyTorch's side of `equivar bench`: the same models, each in its fastest ordinary forms.

Usage: python torch_peer.py forms WORKLOAD                  which forms of a workload work here, and why others do not
       python torch_peer.py side WORKLOAD FORM THREADS      one form, for questions on standard input
       python torch_peer.py export WORKLOAD FOLDER          PyTorch's own ONNX files, with inputs beside them
       python torch_peer.py weights WORKLOAD FOLDER         a file of weights
       python torch_peer.py cold WORKLOAD FOLDER THREADS    from the start of the process to the first answer with those weights
WORKLOAD is a name, or NAME:key=value,... with other sizes. A side answers `train`, `infer` and `infer1` with the time of one run, `memory` with what
the process holds and held at most since the last time it was asked; one JSON object a line.

All forms: Adam in its fused form, inference in inference mode (compiled: without gradients and with frozen weights). `compiled NAME` is torch.compile of
model and loss. Matrix products stay in float32.
"""
import sys
import time

started = time.perf_counter()

import json
import resource
from pathlib import Path

import torch
from torch.nn import functional as F


def tell(value):
    print(json.dumps(value), flush=True)


def find(text):
    """The case of a workload and its sizes."""
    import torch_graphs
    import torch_messages
    import torch_planes
    import torch_points
    import torch_sets
    import torch_sphere

    cases = {}
    for module in (torch_sets, torch_graphs, torch_planes, torch_sphere, torch_messages, torch_points):
        cases.update(module.cases)
    name, _, sizes = text.partition(':')
    if name not in cases:
        raise SystemExit(f'expected a workload ({", ".join(cases)}), received "{name}"')
    return cases[name], cases[name].sized(sizes)


def prepared(model, inputs):
    return model.prepare(*inputs) if hasattr(model, 'prepare') else inputs


def memory():
    """Resident memory now, and the most since the last call, in MiB."""
    try:
        lines = dict(line.split(':') for line in Path('/proc/self/status').read_text().splitlines())
        Path('/proc/self/clear_refs').write_text('5')
        return {key: int(lines[name].split()[0]) / 1024 for key, name in (('heldMiB', 'VmRSS'), ('peakMiB', 'VmHWM'))}
    except OSError:
        return {'heldMiB': None, 'peakMiB': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def losses_of(case, sizes):
    """The sum of the cross-entropies of all outputs with fixed random classes; of numbers, the mean squared difference from fixed ones."""
    if case.numbers:
        wanted = {}
        return lambda y: F.mse_loss(y, wanted.setdefault(len(y), torch.randn(y.shape)))
    classes = case.classes(sizes)
    targets = [torch.randint(0, count, (sizes[case.examples],)) for count in (classes if isinstance(classes, tuple) else (classes,))]

    def loss(outputs):
        return sum(F.cross_entropy(y, t) for y, t in zip(outputs if isinstance(outputs, tuple) else (outputs,), targets))

    return loss


def side(case, sizes, form):
    compiled = form.startswith('compiled ')
    building = time.perf_counter()
    model = case.forms[form.removeprefix('compiled ')].make(sizes)
    built = time.perf_counter() - building
    data, single = prepared(model, case.inputs(sizes)), prepared(model, case.inputs({**sizes, **case.single}))
    loss = losses_of(case, sizes)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
    if compiled:
        torch._inductor.config.freezing = True
    compile = (lambda f: torch.compile(f, dynamic=False)) if compiled else (lambda f: f)
    objective = compile(lambda *values: loss(model(*values)))
    answer, answer1 = compile(lambda *values: model(*values)), compile(lambda *values: model(*values))
    quietly = torch.no_grad if compiled else torch.inference_mode

    def train():
        optimizer.zero_grad()
        value = objective(*data)
        value.backward()
        optimizer.step()
        return value.item()

    def infer(function, values):
        with quietly():
            return function(*values)

    work = {'train': train, 'infer': lambda: infer(answer, data), 'infer1': lambda: infer(answer1, single)}
    tell({'parameters': sum(p.numel() for p in model.parameters()), 'compileMs': 1000 * built})
    for line in sys.stdin:
        question = line.strip()
        if question == 'memory':
            tell(memory())
            continue
        if model.training != (question == 'train'):
            model.train(question == 'train')
        before, busy = time.perf_counter(), time.process_time()
        work[question]()
        tell({'ms': 1000 * (time.perf_counter() - before), 'cpuMs': 1000 * (time.process_time() - busy)})


def plain(case, sizes):
    """The model in the form that is exported and served."""
    return case.forms[case.exports or next(iter(case.forms))].make(sizes).eval()


def export(case, sizes, folder):
    import numpy
    import onnx

    model = plain(case, sizes)
    for name, given in (('infer', sizes), ('infer1', {**sizes, **case.single})):
        values = prepared(model, case.inputs(given))
        torch.onnx.export(model, values, folder / f'{name}.onnx', dynamo=True, verbose=False, external_data=False)
        numbers = [value for value in values if isinstance(value, torch.Tensor)]
        names = [value.name for value in onnx.load(folder / f'{name}.onnx').graph.input]
        numpy.savez(folder / f'{name}.npz', **{key: value.contiguous().numpy() for key, value in zip(names, numbers, strict=True)})
    tell({})


def cold(case, sizes, folder):
    imported = time.perf_counter()
    model = plain(case, sizes)
    model.load_state_dict(torch.load(folder / 'weights.pt'))
    loaded = time.perf_counter()
    with torch.inference_mode():
        model(*prepared(model, case.inputs({**sizes, **case.single})))
    answered = time.perf_counter()
    tell({'importMs': 1000 * (imported - started), 'loadMs': 1000 * (loaded - imported), 'firstMs': 1000 * (answered - loaded)})


what, workload, *rest = sys.argv[1:]
torch.manual_seed(0)
case, sizes = find(workload)
if what == 'forms':
    tell({'forms': case.names(), 'missing': case.missing()})
elif what == 'export':
    export(case, sizes, Path(rest[0]))
elif what == 'weights':
    torch.save(plain(case, sizes).state_dict(), Path(rest[0]) / 'weights.pt')
    tell({})
else:
    threads = int(rest[-1])
    torch.set_num_threads(threads if threads > 0 else torch.get_num_threads())
    side(case, sizes, rest[0]) if what == 'side' else cold(case, sizes, Path(rest[0]))

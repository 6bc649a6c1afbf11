"""What a workload is on PyTorch's side: sizes, ways to write the model, inputs."""
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Callable

import torch
from torch import nn


@dataclass
class Form:
    """One way to write a model. Its module may have `prepare(*inputs)`: what is done to the data once, before anything is timed."""

    make: Callable[[dict], nn.Module]
    # Whether torch.compile is tried on it too.
    compiles: bool = True
    # A module besides torch.
    needs: str | None = None


@dataclass
class Case:
    """A workload."""

    # Sizes and what they are if nothing else is said.
    sizes: dict
    # The plain form first.
    forms: dict[str, Form]
    inputs: Callable[[dict], tuple]
    classes: Callable[[dict], int]
    # Whether the output is numbers, whose loss is the mean squared difference from fixed ones, rather than logits.
    numbers: bool = False
    # What is counted as one example, and the sizes of the smallest input.
    examples: str = 'batch'
    single: dict = field(default_factory=lambda: {'batch': 1})
    # The form that PyTorch exports to ONNX; the first if None.
    exports: str | None = None

    def sized(self, text):
        """Sizes with those of `key=value,...` in their place."""
        given = dict(part.split('=') for part in text.split(',') if part)
        unknown = given.keys() - self.sizes.keys()
        if unknown:
            raise SystemExit(f'expected sizes {", ".join(self.sizes)}, received {", ".join(unknown)}')
        return {**self.sizes, **{key: int(value) for key, value in given.items()}}

    def names(self):
        """Forms that work here. `compiled NAME` is torch.compile of NAME, `onnx` PyTorch's own export of the plain form."""
        present = {name: form for name, form in self.forms.items() if form.needs is None or find_spec(form.needs)}
        compiled = [f'compiled {name}' for name, form in present.items() if form.compiles and compiles()]
        exported = ['onnx'] if all(map(find_spec, ('onnx', 'onnxscript'))) else []
        return [*present, *compiled, *exported]

    def missing(self):
        """Forms that do not work here, and why."""
        why = [] if compiles() else ['torch.compile needs the modules filelock, fsspec and a C++ compiler']
        why += [f'"{name}" needs {form.needs}' for name, form in self.forms.items() if form.needs and not find_spec(form.needs)]
        return why + ([] if all(map(find_spec, ('onnx', 'onnxscript'))) else ["PyTorch's ONNX export needs onnx and onnxscript"])


def compiles():
    """Whether torch.compile works: it writes C++."""
    from shutil import which

    return all(map(find_spec, ('filelock', 'fsspec'))) and any(map(which, ('g++', 'c++', 'clang++')))


def normal(*shape):
    """The inputs of a model of one tensor."""
    return (torch.randn(*shape),)

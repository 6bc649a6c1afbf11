"""W1, W5 and W6: DeepSets, DSS on images, DSS on signals.

What is in place was measured to be faster: relu is, and sums where they do not change a view (a step of DeepSets 519 ms of processor time, with sums in
place on the result of a Linear, which is a view, 628). Images and signals have a form in the channels-last layout.
"""
import torch
from torch import nn
from torch.nn import functional as F

from torch_case import Case, Form, normal


class DeepSets(nn.Module):
    """W1: y = x own + pool(x) pooled + b."""

    def __init__(self, pool, channels):
        super().__init__()
        self.pool = pool
        sizes = [3, channels, channels, channels]
        self.own = nn.ModuleList(nn.Linear(i, o) for i, o in zip(sizes, sizes[1:]))
        self.pooled = nn.ModuleList(nn.Linear(i, o, bias=False) for i, o in zip(sizes, sizes[1:]))
        self.head = nn.Sequential(nn.Linear(channels, 256), nn.ReLU(), nn.Linear(256, 40))

    def forward(self, x):
        for own, pooled in zip(self.own, self.pooled):
            context = F.linear(self.pool(x), pooled.weight, own.bias)
            x = (x @ own.weight.T).add_(context[:, None]).relu_()
        return self.head(self.pool(x))


class Signals(nn.Module):
    """W6: circular convolutions of kernel 5 of each signal and of the mean over the set, mean over time and set, MLP 64-64-3."""

    def __init__(self, channels=64):
        super().__init__()
        sizes = [1, channels, channels, channels]
        self.own = nn.ModuleList(nn.Conv1d(i, o, 5, padding=2, padding_mode='circular') for i, o in zip(sizes, sizes[1:]))
        self.shared = nn.ModuleList(nn.Conv1d(i, o, 5, padding=2, padding_mode='circular', bias=False) for i, o in zip(sizes, sizes[1:]))
        self.head = nn.Sequential(nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, 3))

    def forward(self, x):
        b, n = x.shape[:2]
        for own, shared in zip(self.own, self.shared):
            x = (own(x.flatten(0, 1)).unflatten(0, (b, n)) + shared(x.mean(1))[:, None]).relu_()
        return self.head(x.mean((1, 3)))


class SignalsAsRows(Signals):
    """The same with the signals of a set as the rows of an image, channels last, [batch, channels, set, time]."""

    def prepare(self, x):
        return (x.transpose(1, 2).contiguous(memory_format=torch.channels_last),)

    def forward(self, x):
        def convolve(layer, y):
            return F.conv2d(F.pad(y, (2, 2, 0, 0), mode='circular'), layer.weight[:, :, None], layer.bias)

        for own, shared in zip(self.own, self.shared):
            x = convolve(own, x).add_(convolve(shared, x.mean(2, keepdim=True))).relu_()
        return self.head(x.mean((2, 3)))


class Images(nn.Module):
    """W5: 3 x 3 convolutions c-32-64-64 of each image and of the mean over the set; a score an image, and classes from the mean over the set."""

    def __init__(self, channels, layout):
        super().__init__()
        sizes = [channels, 32, 64, 64]
        self.own = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1) for i, o in zip(sizes, sizes[1:]))
        self.shared = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1, bias=False) for i, o in zip(sizes, sizes[1:]))
        self.score = nn.Linear(64, 1)
        self.classes = nn.Linear(64, 10)
        self.to(memory_format=layout)
        self.layout = layout

    def prepare(self, x):
        return (x.flatten(0, 1).contiguous(memory_format=self.layout).unflatten(0, x.shape[:2]),)

    def forward(self, x):
        b, n = x.shape[:2]
        for i, (own, shared) in enumerate(zip(self.own, self.shared)):
            x = (own(x.flatten(0, 1)).unflatten(0, (b, n)) + shared(x.mean(1))[:, None]).relu_()
            if i < 2:
                x = F.max_pool2d(x.flatten(0, 1), 2).unflatten(0, (b, n))
        x = x.mean((3, 4))
        return self.score(x)[..., 0], self.classes(x.mean(1))


def points(**pools):
    return Case(
        sizes={'batch': 32, 'points': 1000, 'channels': 256},
        forms={name: Form(lambda s, pool=pool: DeepSets(pool, s['channels'])) for name, pool in pools.items()},
        inputs=lambda s: normal(s['batch'], s['points'], 3),
        classes=lambda s: 40,
    )


def images(channels, side):
    return Case(
        sizes={'batch': 8, 'set': 10},
        forms={
            'eager': Form(lambda s: Images(channels, torch.contiguous_format)),
            'channels_last': Form(lambda s: Images(channels, torch.channels_last)),
        },
        inputs=lambda s: normal(s['batch'], s['set'], channels, side, side),
        classes=lambda s: (s['set'], 10),
    )


cases = {
    'deepsets-mean': points(eager=lambda x: x.mean(1)),
    'deepsets-max': points(eager=lambda x: x.max(1).values, amax=lambda x: x.amax(1)),
    'dss': Case(
        sizes={'batch': 64, 'set': 25},
        forms={'eager': Form(lambda s: Signals()), 'channels_last': Form(lambda s: SignalsAsRows())},
        inputs=lambda s: normal(s['batch'], s['set'], 1, 100),
        classes=lambda s: 3,
    ),
    'dss-images-64': images(3, 64),
    'dss-images-28': images(1, 28),
}

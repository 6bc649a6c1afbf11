"""PyTorch's side of `equivar bench`: the same models, eager.

Usage: python torch_peer.py deepsets-mean|deepsets-max|ign|gin|dss|dss-images-64|dss-images-28|p4cnn|p4mcnn|s2cnn [threads]
Answers the lines `train`, `infer`, `infer1` with the time of one run, and `memory`, one JSON object a line.
"""
import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

from torch_sphere import SphericalNetwork

workload = sys.argv[1]
torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 and int(sys.argv[2]) > 0 else torch.get_num_threads())
torch.manual_seed(0)


class DeepSets(nn.Module):
    """W1: y = x own + pool(x) pooled + b."""

    def __init__(self, pool):
        super().__init__()
        self.pool = pool
        sizes = [3, 256, 256, 256]
        self.own = nn.ModuleList(nn.Linear(i, o) for i, o in zip(sizes, sizes[1:]))
        self.pooled = nn.ModuleList(nn.Linear(i, o, bias=False) for i, o in zip(sizes, sizes[1:]))
        self.head = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 40))

    def forward(self, x):
        for own, pooled in zip(self.own, self.pooled):
            x = F.relu(own(x) + pooled(self.pool(x))[:, None])
        return self.head(self.pool(x))


class EquivariantGraphLinear(nn.Module):
    """All 15 maps of 2-tensors, factored: two products and five vectors, channel-last."""

    def __init__(self, i, o):
        super().__init__()
        self.w = nn.Parameter(torch.randn(15, i, o) / (15 * i) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(2, o))

    def forward(self, x):
        n = x.shape[1]
        w = self.w
        d = torch.diagonal(x, dim1=1, dim2=2).transpose(1, 2)
        r, c = x.sum(2) / n, x.sum(1) / n
        t, s = d.sum(1, keepdim=True) / n, r.sum(1, keepdim=True) / n
        rows = d @ w[11] + r @ w[6] + c @ w[5]
        columns = d @ w[12] + r @ w[8] + c @ w[7]
        total = t @ w[13] + s @ w[14] + self.bias[0]
        diagonal = d @ w[0] + r @ w[2] + c @ w[3] + t @ w[1] + s @ w[4] + self.bias[1]
        y = x @ w[9] + x.transpose(1, 2) @ w[10] + rows[:, :, None] + columns[:, None] + total[:, None]
        return y + torch.diag_embed(diagonal.transpose(1, 2)).permute(0, 2, 3, 1)


class Ign(nn.Module):
    """W2."""

    def __init__(self):
        super().__init__()
        sizes = [8, 32, 64, 64]
        self.layers = nn.ModuleList(EquivariantGraphLinear(i, o) for i, o in zip(sizes, sizes[1:]))
        self.head = nn.Sequential(nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 2))

    def forward(self, x):
        for layer in self.layers:
            x = F.relu(layer(x))
        diagonal = torch.diagonal(x, dim1=1, dim2=2).mean(2)
        return self.head(torch.cat([diagonal, x.mean((1, 2))], 1))


class Gin(nn.Module):
    """W4: 5 layers of 2-layer MLPs with batch norm, learnable eps, sum readouts."""

    def __init__(self, inputs=37, hidden=64, classes=2, layers=5):
        super().__init__()
        self.eps = nn.Parameter(torch.zeros(layers))
        self.mlps = nn.ModuleList(
            nn.Sequential(nn.Linear(inputs if k == 0 else hidden, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, hidden))
            for k in range(layers)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in range(layers))
        self.heads = nn.ModuleList(nn.Linear(inputs if k == 0 else hidden, classes) for k in range(layers + 1))

    def forward(self, x, edge_index, batch, graphs):
        def readout(h):
            return torch.zeros(graphs, h.shape[1]).index_add(0, batch, h)

        logits = self.heads[0](readout(x))
        for k, mlp in enumerate(self.mlps):
            neighbours = torch.zeros_like(x).index_add(0, edge_index[1], x[edge_index[0]])
            x = F.relu(self.norms[k](mlp((1 + self.eps[k]) * x + neighbours)))
            logits = logits + self.heads[k + 1](readout(x))
        return logits


class Dss(nn.Module):
    """W6: conv1d 1-64-64-64, kernel 5, own and mean over the set, mean over time and set, MLP 64-64-3."""

    def __init__(self):
        super().__init__()
        sizes = [1, 64, 64, 64]
        self.own = nn.ModuleList(nn.Conv1d(i, o, 5, padding=2, padding_mode='circular') for i, o in zip(sizes, sizes[1:]))
        self.shared = nn.ModuleList(nn.Conv1d(i, o, 5, padding=2, padding_mode='circular', bias=False) for i, o in zip(sizes, sizes[1:]))
        self.head = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))

    def forward(self, x):
        b, n = x.shape[:2]
        for own, shared in zip(self.own, self.shared):
            each = own(x.flatten(0, 1)).unflatten(0, (b, n))
            x = F.relu(each + shared(x.mean(1))[:, None])
        return self.head(x.mean((1, 3)))


class DssImages(nn.Module):
    """W5: 3 x 3 convolutions c-32-64-64 of each image and of the mean over the set; a score per image, and classes from the mean over the set."""

    def __init__(self, channels):
        super().__init__()
        sizes = [channels, 32, 64, 64]
        self.own = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1) for i, o in zip(sizes, sizes[1:]))
        self.shared = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1, bias=False) for i, o in zip(sizes, sizes[1:]))
        self.score = nn.Linear(64, 1)
        self.classes = nn.Linear(64, 10)

    def forward(self, x):
        b, n = x.shape[:2]
        for i, (own, shared) in enumerate(zip(self.own, self.shared)):
            x = F.relu(own(x.flatten(0, 1)).unflatten(0, (b, n)) + shared(x.mean(1))[:, None])
            if i < 2:
                x = F.max_pool2d(x.flatten(0, 1), 2).unflatten(0, (b, n))
        x = x.mean((3, 4))
        return self.score(x)[..., 0], self.classes(x.mean(1))


class PlaneConvolution(nn.Module):
    """Convolution over p4 or p4m: one gather makes the filters of all sheets, one convolution uses them. Filters are kept for inference."""

    def __init__(self, i, o, kernel, order, lifts):
        super().__init__()
        sheets = 1 if lifts else order
        bound = (i * sheets * kernel * kernel) ** -0.5
        self.weight = nn.Parameter(torch.empty(o, i, sheets * kernel * kernel).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(o).uniform_(-bound, bound))
        self.sizes = (o, i, order, sheets, kernel)
        taps = torch.arange(kernel * kernel).view(kernel, kernel)
        rows = []
        for g in range(order):
            turns, mirrored = g % 4, g >= 4
            moved = torch.rot90(taps.flip(1) if mirrored else taps, turns)
            for h in range(sheets):
                # g = R^turns M^mirrored; its inverse is R^-turns, or itself.
                power, flip = (turns - h % 4, h < 4) if mirrored else (h % 4 - turns, h >= 4)
                sheet = 0 if lifts else power % 4 + (4 if flip else 0)
                rows.append(moved.flatten() + sheet * kernel * kernel)
        self.register_buffer('index', torch.stack(rows), persistent=False)
        self.kept = None

    def filters(self):
        o, i, order, sheets, kernel = self.sizes
        bank = self.weight[:, :, self.index].view(o, i, order, sheets, kernel, kernel)
        return bank.transpose(1, 2).reshape(o * order, i * sheets, kernel, kernel), self.bias.repeat_interleave(order)

    def train(self, mode=True):
        super().train(mode)
        with torch.no_grad():
            self.kept = None if mode else self.filters()
        return self

    def forward(self, x):
        return F.conv2d(x, *(self.filters() if self.kept is None else self.kept))


class PlaneGroupNetwork(nn.Module):
    """W7: 7 layers of 10 channels, batch norm shared over the group, max pooling after the second layer, and the maximum over the group."""

    def __init__(self, order):
        super().__init__()
        self.order = order
        kernels = [3, 3, 3, 3, 3, 3, 4]
        self.layers = nn.ModuleList(PlaneConvolution(1 if k == 0 else 10, 10, kernel, order, k == 0) for k, kernel in enumerate(kernels))
        self.norms = nn.ModuleList(nn.BatchNorm3d(10) for _ in kernels[1:])

    def forward(self, x):
        for k, norm in enumerate(self.norms):
            x = F.relu(norm(self.layers[k](x).unflatten(1, (10, self.order)))).flatten(1, 2)
            if k == 1:
                x = F.max_pool2d(x, 2)
        return self.layers[-1](x).unflatten(1, (10, self.order)).amax((2, 3, 4))


def graphs(count):
    """`count` random graphs of 15 to 45 nodes and about 64 directed edges, as one disjoint union."""
    sizes = torch.randint(15, 46, (count,))
    starts = torch.cumsum(sizes, 0) - sizes
    edges = torch.cat([torch.randint(0, int(n), (2, 32)) + s for n, s in zip(sizes, starts)], 1)
    x = F.one_hot(torch.randint(0, 37, (int(sizes.sum()),)), 37).float()
    return x, torch.cat([edges, edges.flip(0)], 1), torch.repeat_interleave(torch.arange(count), sizes), count


def points(count):
    return (torch.randn(count, 1000, 3),)


cases = {
    'deepsets-mean': (lambda: DeepSets(lambda x: x.mean(1)), points, 32, 40),
    'deepsets-max': (lambda: DeepSets(lambda x: x.amax(1)), points, 32, 40),
    'ign': (Ign, lambda b: (torch.randn(b, 32, 32, 8),), 32, 2),
    'gin': (Gin, graphs, 128, 2),
    'dss': (Dss, lambda b: (torch.randn(b, 25, 1, 100),), 64, 3),
    'dss-images-64': (lambda: DssImages(3), lambda b: (torch.randn(b, 10, 3, 64, 64),), 8, 10),
    'dss-images-28': (lambda: DssImages(1), lambda b: (torch.randn(b, 10, 1, 28, 28),), 8, 10),
    'p4cnn': (lambda: PlaneGroupNetwork(4), lambda b: (torch.randn(b, 1, 28, 28),), 64, 10),
    'p4mcnn': (lambda: PlaneGroupNetwork(8), lambda b: (torch.randn(b, 1, 28, 28),), 64, 10),
    's2cnn': (SphericalNetwork, lambda b: (torch.randn(b, 1, 60, 60),), 32, 10),
}
make, inputs, batch, classes = cases[workload]
model = make()
data, single = inputs(batch), inputs(1)
target = torch.randint(0, classes, (batch,))
optimizer = torch.optim.Adam(model.parameters(), 1e-3)


def train():
    optimizer.zero_grad()
    outputs = model(*data)
    loss = sum(F.cross_entropy(output, target) for output in (outputs if isinstance(outputs, tuple) else (outputs,)))
    loss.backward()
    optimizer.step()
    return loss.item()


def infer(values):
    with torch.no_grad():
        return model(*values)


def tell(value):
    print(json.dumps(value), flush=True)


work = {'train': train, 'infer': lambda: infer(data), 'infer1': lambda: infer(single)}
tell({'parameters': sum(p.numel() for p in model.parameters())})
for line in sys.stdin:
    question = line.strip()
    if question == 'memory':
        tell({'peakMiB': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})
        continue
    model.train(question == 'train')
    start = time.perf_counter()
    work[question]()
    tell({'ms': 1000 * (time.perf_counter() - start)})

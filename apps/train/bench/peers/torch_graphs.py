"""W2, W3 and W4: 2-IGN, PPGN, GIN."""
import torch
from torch import nn
from torch.nn import functional as F

from torch_case import Case, Form, normal
from torch_messages import SparseProduct, both_ways


class EquivariantGraphLinear(nn.Module):
    """All 15 maps of 2-tensors, factored: two products and five vectors, channel-last."""

    def __init__(self, i, o, in_place):
        super().__init__()
        self.in_place = in_place
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
        y = (x @ w[9]).add_(x.transpose(1, 2) @ w[10]).add_(rows[:, :, None]).add_(columns[:, None] + total[:, None])
        if not self.in_place:
            return y + torch.diag_embed(diagonal.transpose(1, 2)).permute(0, 2, 3, 1)
        torch.diagonal(y, dim1=1, dim2=2).add_(diagonal.transpose(1, 2))
        return y


class Ign(nn.Module):
    """W2. What stands on the diagonal is added in place (a step 131 ms of processor time against 145), which PyTorch cannot export."""

    def __init__(self, in_place):
        super().__init__()
        sizes = [8, 32, 64, 64]
        self.layers = nn.ModuleList(EquivariantGraphLinear(i, o, in_place) for i, o in zip(sizes, sizes[1:]))
        self.head = nn.Sequential(nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 2))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).relu_()
        diagonal = torch.diagonal(x, dim1=1, dim2=2).mean(2)
        return self.head(torch.cat([diagonal, x.mean((1, 2))], 1))


class Pairs(nn.Conv2d):
    """A linear map of the channels of every pair, channel-first, as published: a convolution of 1 x 1."""

    def __init__(self, i, o):
        super().__init__(i, o, 1)


class PairsAsProduct(Pairs):
    """The same as one product for each graph."""

    def forward(self, x):
        flat = x.flatten(2)
        y = torch.baddbmm(self.bias[:, None], self.weight[:, :, 0, 0].expand(len(x), -1, -1), flat)
        return y.unflatten(2, x.shape[2:])


class Ppgn(nn.Module):
    """
    W3: 3 blocks of MLP(X) MLP(X) beside X, mixed; sums on and off the diagonal after each block, and a linear map of those.

    Channels last was measured to be slower, because the products of matrices want channels first: a step 570 ms of processor time against 400.
    """

    def __init__(self, pairs, inputs=8, width=64, classes=2, blocks=3):
        super().__init__()
        sizes = [inputs] + [width] * blocks

        def mlp(i):
            return nn.Sequential(pairs(i, width), nn.ReLU(inplace=True), pairs(width, width), nn.ReLU(inplace=True))

        self.left = nn.ModuleList(mlp(i) for i in sizes[:-1])
        self.right = nn.ModuleList(mlp(i) for i in sizes[:-1])
        self.skip = nn.ModuleList(pairs(i + width, width) for i in sizes[:-1])
        self.heads = nn.ModuleList(nn.Linear(2 * width, classes) for _ in sizes[1:])

    def prepare(self, x):
        return (x.permute(0, 3, 1, 2).contiguous(),)

    def forward(self, x):
        logits = 0
        for left, right, skip, head in zip(self.left, self.right, self.skip, self.heads):
            x = skip(torch.cat([x, torch.matmul(left(x), right(x))], 1))
            diagonal = torch.diagonal(x, dim1=2, dim2=3).sum(2)
            logits = logits + head(torch.cat([diagonal, x.sum((2, 3)) - diagonal], 1))
        return logits


class Gin(nn.Module):
    """W4: 5 layers of 2-layer MLPs with batch norm, learnable eps, sum readouts; neighbours by index_add."""

    def __init__(self, inputs=37, hidden=64, classes=2, layers=5):
        super().__init__()
        self.eps = nn.Parameter(torch.zeros(layers))
        self.mlps = nn.ModuleList(
            nn.Sequential(nn.Linear(inputs if k == 0 else hidden, hidden), nn.BatchNorm1d(hidden), nn.ReLU(True), nn.Linear(hidden, hidden))
            for k in range(layers)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in range(layers))
        self.heads = nn.ModuleList(nn.Linear(inputs if k == 0 else hidden, classes) for k in range(layers + 1))

    def neighbours(self, x, sources, targets):
        return torch.zeros_like(x).index_add(0, targets, x.index_select(0, sources))

    def prepare(self, x, edge_index, batch, graphs):
        return x, edge_index[0].contiguous(), edge_index[1].contiguous(), batch, graphs

    def forward(self, x, first, second, batch, graphs):
        def readout(h):
            return torch.zeros(graphs, h.shape[1]).index_add(0, batch, h)

        logits = self.heads[0](readout(x))
        for k, mlp in enumerate(self.mlps):
            x = self.norms[k](mlp((1 + self.eps[k]) * x + self.neighbours(x, first, second))).relu_()
            logits = logits + self.heads[k + 1](readout(x))
        return logits


class GinSparse(Gin):
    """The same with the neighbours as a product with a sparse matrix, made beforehand."""

    def prepare(self, x, edge_index, batch, graphs):
        return x, *both_ways(edge_index, torch.ones(edge_index.shape[1]), len(x)), batch, graphs

    def neighbours(self, x, matrix, transpose):
        return SparseProduct.apply(x, matrix, transpose)


def graphs(sizes):
    """Random graphs of 15 to 45 nodes and 64 directed edges, as one disjoint union."""
    count = sizes['batch']
    nodes = torch.randint(15, 46, (count,))
    starts = torch.cumsum(nodes, 0) - nodes
    edges = torch.cat([torch.randint(0, int(n), (2, 32)) + s for n, s in zip(nodes, starts)], 1)
    x = F.one_hot(torch.randint(0, 37, (int(nodes.sum()),)), 37).float()
    return x, torch.cat([edges, edges.flip(0)], 1), torch.repeat_interleave(torch.arange(count), nodes), count


def dense(exports, forms):
    return Case(
        sizes={'batch': 32, 'nodes': 32},
        forms=forms,
        inputs=lambda s: normal(s['batch'], s['nodes'], s['nodes'], 8),
        classes=lambda s: 2,
        exports=exports,
    )


cases = {
    'ign': dense('embedded', {
        'eager': Form(lambda s: Ign(True)),
        'embedded': Form(lambda s: Ign(False), compiles=False),
    }),
    'ppgn': dense('eager', {
        'eager': Form(lambda s: Ppgn(Pairs)),
        'products': Form(lambda s: Ppgn(PairsAsProduct)),
    }),
    'gin': Case(
        sizes={'batch': 128},
        forms={'eager': Form(lambda s: Gin()), 'sparse': Form(lambda s: GinSparse(), compiles=False)},
        inputs=graphs,
        classes=lambda s: 2,
    ),
}

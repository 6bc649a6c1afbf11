"""W12: a linear map of 64 channels and the sum of neighbours, a GCN layer, a GAT layer of 8 heads of 8 channels, on a random graph.

Adding rows by index was measured on PyTorch 2.13, 100,000 nodes, 1,000,000 edges, 64 channels, one thread, forward and backward in milliseconds:
index_select and index_add 272 + 118 (`x[index]` instead: 291 + 274), scatter_add 185 + 180, segment_reduce of edges sorted by target 114 + 140, index_add of
edges sorted by target 96 + 91, a product with a CSR matrix 71 + 144 (autograd transposes it each time), with its transpose kept 63 + 62. So the forms are
`eager` (edges as they come), `sorted` (edges sorted by target beforehand) and `sparse` (CSR matrices made beforehand, the transposes for the gradient too);
`pyg` and `pyg sparse` are PyTorch Geometric, where it is, with the list of edges and with a CSR matrix (GAT's layer multiplies by none).
What depends on the edges alone (sorting, degrees, missing self loops) is done once, before anything is timed; Equivar's side does it at every step.
"""
import torch
from torch import nn
from torch.nn import functional as F

from torch_case import Case, Form


def csr(rows, columns, values, nodes):
    """The sparse matrix with `values` at (rows, columns), rows sorted."""
    starts = torch.zeros(nodes + 1, dtype=torch.int64)
    starts[1:] = torch.bincount(rows, minlength=nodes).cumsum(0)
    return torch.sparse_csr_tensor(starts, columns, values, (nodes, nodes), check_invariants=False)


class SparseProduct(torch.autograd.Function):
    """A x, with the transpose of A at hand for the gradient."""

    @staticmethod
    def forward(ctx, x, matrix, transpose):
        ctx.transpose = transpose
        return matrix @ x

    @staticmethod
    def backward(ctx, g):
        return ctx.transpose @ g, None, None


def both_ways(edge_index, values, nodes):
    """The matrix that adds the rows of sources to targets, and its transpose."""
    sources, targets = edge_index
    order, back = torch.argsort(targets, stable=True), torch.argsort(sources, stable=True)
    return csr(targets[order], sources[order], values[order], nodes), csr(sources[back], targets[back], values[back], nodes)


def looped(edge_index, nodes):
    """The edges, and one from each node to itself that has none."""
    sources, targets = edge_index
    missing = torch.ones(nodes, dtype=torch.bool)
    missing[sources[sources == targets]] = False
    loops = missing.nonzero()[:, 0]
    return torch.cat([edge_index, torch.stack([loops, loops])], 1)


def by_target(edge_index):
    return edge_index[:, torch.argsort(edge_index[1], stable=True)]


class Messages(nn.Module):
    """Linear, then for each node the sum over its edges (with the weights of GCN), then a bias."""

    def __init__(self, channels, form, kind):
        super().__init__()
        self.linear = nn.Linear(channels, channels, bias=kind == 'sum')
        self.bias = nn.Parameter(torch.zeros(channels)) if kind == 'gcn' else None
        self.form, self.kind = form, kind

    def prepare(self, x, edge_index):
        nodes = x.shape[0]
        edges = looped(edge_index, nodes) if self.kind == 'gcn' else edge_index
        edges = edges if self.form == 'eager' else by_target(edges)
        root = torch.bincount(edges[1], minlength=nodes).float().rsqrt() if self.kind == 'gcn' else None
        if self.form != 'sparse':
            return x, edges[0].contiguous(), edges[1].contiguous(), root
        values = torch.ones(edges.shape[1]) if root is None else root[edges[0]] * root[edges[1]]
        return x, *both_ways(edges, values, nodes), None

    def forward(self, x, first, second, root):
        h = self.linear(x)
        if self.form == 'sparse':
            y = SparseProduct.apply(h, first, second)
        else:
            sent = h if root is None else h * root[:, None]
            y = torch.zeros_like(h).index_add(0, second, sent.index_select(0, first))
            y = y if root is None else y * root[:, None]
        return y if self.bias is None else y + self.bias


class WeightedSums(torch.autograd.Function):
    """For each head the product of the sparse matrix of its weights with its channels; weights [heads, edges], h [heads, nodes, channels]."""

    @staticmethod
    def forward(ctx, weights, h, graph):
        starts, sources = graph.matrix
        ctx.save_for_backward(weights, h)
        ctx.graph = graph
        size = (h.shape[1], h.shape[1])
        return torch.stack([torch.sparse_csr_tensor(starts, sources, w, size, check_invariants=False) @ each for w, each in zip(weights, h)])

    @staticmethod
    def backward(ctx, g):
        weights, h = ctx.saved_tensors
        graph = ctx.graph
        starts, targets = graph.transpose
        size = (h.shape[1], h.shape[1])
        gh = [torch.sparse_csr_tensor(starts, targets, w[graph.order], size, check_invariants=False) @ each for w, each in zip(weights, g)]
        gw = [(a.index_select(0, graph.targets) * b.index_select(0, graph.sources)).sum(1) for a, b in zip(g, h)]
        return torch.stack(gw), torch.stack(gh), None


class Neighbours:
    """Edges sorted by target, and how to read them by source."""

    def __init__(self, edge_index, nodes):
        self.sources, self.targets = by_target(edge_index).contiguous()
        ones = torch.ones(edge_index.shape[1])
        matrix = csr(self.targets, self.sources, ones, nodes)
        self.order = torch.argsort(self.sources, stable=True)
        transpose = csr(self.sources[self.order], self.targets[self.order], ones, nodes)
        self.matrix = matrix.crow_indices(), matrix.col_indices()
        self.transpose = transpose.crow_indices(), transpose.col_indices()


class Attention(nn.Module):
    """GAT: attention of 8 heads over the edges to a node and itself, divided by the sum of weights at the nodes."""

    def __init__(self, channels, form, heads=8):
        super().__init__()
        self.heads, self.form = heads, form
        self.linear = nn.Linear(channels, channels, bias=False)
        self.source = nn.Parameter(torch.randn(heads, channels // heads) / (channels // heads) ** 0.5)
        self.target = nn.Parameter(torch.randn(heads, channels // heads) / (channels // heads) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(channels))

    def prepare(self, x, edge_index):
        edges = looped(edge_index, x.shape[0])
        if self.form == 'sparse':
            graph = Neighbours(edges, x.shape[0])
            return x, graph.sources, graph.targets, graph
        edges = edges if self.form == 'eager' else by_target(edges)
        return x, edges[0].contiguous(), edges[1].contiguous(), None

    def forward(self, x, sources, targets, graph):
        nodes = x.shape[0]
        h = self.linear(x).view(nodes, self.heads, -1)
        sent, asked = (h * self.source).sum(-1), (h * self.target).sum(-1)
        scores = F.leaky_relu(sent.index_select(0, sources) + asked.index_select(0, targets), 0.2)
        with torch.no_grad():
            top = scores.new_full((nodes, self.heads), -torch.inf).scatter_reduce(0, targets[:, None].expand_as(scores), scores, 'amax')
        weights = torch.exp(scores - top.index_select(0, targets))
        total = torch.zeros_like(sent).index_add(0, targets, weights)
        if graph is not None:
            heard = WeightedSums.apply(weights.T.contiguous(), h.transpose(0, 1).contiguous(), graph).transpose(0, 1)
        else:
            heard = torch.zeros_like(h).index_add(0, targets, h.index_select(0, sources) * weights[:, :, None])
        return (heard / total[:, :, None]).flatten(1) + self.bias


class Geometric(nn.Module):
    """PyTorch Geometric's layers, with self loops and the weights of GCN made beforehand; `sparse` hands them a CSR matrix, which the sum and GCN multiply by."""

    def __init__(self, channels, kind, sparse):
        super().__init__()
        from torch_geometric.nn import GATConv, GCNConv, SimpleConv

        self.kind, self.sparse = kind, sparse
        self.linear = nn.Linear(channels, channels) if kind == 'sum' else nn.Identity()
        makers = {
            'sum': lambda: SimpleConv('sum'),
            'gcn': lambda: GCNConv(channels, channels, normalize=False),
            'gat': lambda: GATConv(channels, channels // 8, heads=8, add_self_loops=False),
        }
        self.layer = makers[kind]()

    def prepare(self, x, edge_index):
        nodes = x.shape[0]
        edges, weights = (edge_index if self.kind == 'sum' else looped(edge_index, nodes)), None
        if self.kind == 'gcn':
            root = torch.bincount(edges[1], minlength=nodes).float().rsqrt()
            weights = root[edges[0]] * root[edges[1]]
        if not self.sparse:
            return (x, edges) if weights is None else (x, edges, weights)
        order = torch.argsort(edges[1], stable=True)
        values = torch.ones(edges.shape[1]) if weights is None else weights
        return x, csr(edges[1][order], edges[0][order], values[order], nodes)

    def forward(self, x, edges, *weights):
        return self.layer(self.linear(x), edges, *weights)


def inputs(sizes):
    return torch.randn(sizes['nodes'], sizes['channels']), torch.randint(0, sizes['nodes'], (2, sizes['edges']))


def case(kind):
    make = (lambda form: lambda s: Attention(s['channels'], form)) if kind == 'gat' else (lambda form: lambda s: Messages(s['channels'], form, kind))
    return Case(
        sizes={'nodes': 100_000, 'edges': 1_000_000, 'channels': 64},
        forms={
            'sparse': Form(make('sparse'), compiles=False),
            'eager': Form(make('eager'), compiles=False),
            'sorted': Form(make('sorted')),
            'pyg': Form(lambda s: Geometric(s['channels'], kind, False), compiles=False, needs='torch_geometric'),
            **({} if kind == 'gat' else {'pyg sparse': Form(lambda s: Geometric(s['channels'], kind, True), compiles=False, needs='torch_geometric')}),
        },
        inputs=inputs,
        classes=lambda s: s['channels'],
        examples='nodes',
        single={'nodes': 100, 'edges': 1000},
        exports='eager',
    )


cases = {f'messages-{kind}': case(kind) for kind in ('sum', 'gcn', 'gat')}

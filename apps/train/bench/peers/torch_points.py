"""W10: EGNN with velocities on systems of particles."""
import torch
from torch import nn
from torch.nn import functional as F

from torch_case import Case, Form


def mlp(*sizes, last=False):
    layers = []
    for k, (i, o) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(i, o))
        if last or k < len(sizes) - 2:
            layers.append(nn.SiLU())
    return nn.Sequential(*layers)


def gathered(values, targets, nodes):
    """The sums of rows by target."""
    return torch.zeros(nodes, values.shape[1]).index_add(0, targets, values)


class Layer(nn.Module):
    """Messages of both ends, the squared distance and the features of the edge; positions move by their mean along the edges, and by the velocity."""

    def __init__(self, channels, edge_channels, split):
        super().__init__()
        self.edge = mlp(2 * channels + 1 + edge_channels, channels, channels, last=True)
        self.node = mlp(2 * channels, channels, channels)
        self.step = nn.Sequential(nn.Linear(channels, channels), nn.SiLU(), nn.Linear(channels, 1, bias=False))
        self.velocity = mlp(channels, channels, 1)
        self.channels, self.split = channels, split

    def messages(self, h, sources, targets, attributes):
        if not self.split:
            return self.edge(torch.cat([h.index_select(0, targets), h.index_select(0, sources), attributes], 1))
        first = self.edge[0]
        own, other, rest = first.weight.split([self.channels, self.channels, attributes.shape[1]], 1)
        ends = F.linear(h, own, first.bias).index_select(0, targets) + F.linear(h, other).index_select(0, sources)
        return self.edge[1:](ends + F.linear(attributes, rest))

    def forward(self, h, x, v, sources, targets, attributes, degrees):
        difference = x.index_select(0, targets) - x.index_select(0, sources)
        square = (difference * difference).sum(1, keepdim=True)
        m = self.messages(h, sources, targets, torch.cat([square, attributes], 1))
        x = x + gathered(difference * self.step(m), targets, len(x)) / degrees + self.velocity(h) * v
        return h + self.node(torch.cat([h, gathered(m, targets, len(h))], 1)), x


class Egnn(nn.Module):
    """`split`: the first layer of the edges runs on nodes, of which there are fewer."""

    def __init__(self, channels, layers, split):
        super().__init__()
        self.embedding = nn.Linear(1, channels)
        self.layers = nn.ModuleList(Layer(channels, 2, split) for _ in range(layers))

    def prepare(self, x, positions, velocities, edge_index, edge_attr):
        degrees = torch.bincount(edge_index[1], minlength=len(x)).clamp(min=1).float()[:, None]
        return x, positions, velocities, edge_index[0].contiguous(), edge_index[1].contiguous(), edge_attr, degrees

    def forward(self, x, positions, velocities, sources, targets, edge_attr, degrees):
        h = self.embedding(x)
        for layer in self.layers:
            h, positions = layer(h, positions, velocities, sources, targets, edge_attr, degrees)
        return positions


def systems(sizes):
    count, particles = sizes['batch'], sizes['particles']
    pairs = [(i, j) for j in range(particles) for i in range(particles) if i != j]
    edges = torch.cat([torch.tensor(pairs).T + k * particles for k in range(count)], 1)
    nodes = count * particles
    return torch.randn(nodes, 1), torch.randn(nodes, 3), torch.randn(nodes, 3), edges, torch.randn(edges.shape[1], 2)


cases = {
    'egnn': Case(
        sizes={'batch': 100, 'particles': 5, 'channels': 64, 'layers': 4},
        forms={
            'eager': Form(lambda s: Egnn(s['channels'], s['layers'], split=False)),
            'split': Form(lambda s: Egnn(s['channels'], s['layers'], split=True)),
        },
        inputs=systems,
        classes=lambda s: (),
        numbers=True,
    ),
}

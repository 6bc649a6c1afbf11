"""W10: EGNN with velocities on systems of particles. W11: a network of NequIP's kind on molecules, energies and forces, by the formulas of e3nn."""
from math import pi

import numpy
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


RADIUS, RADIAL = 4, 8
# The degrees of first input, harmonics and output of each path: features are even or odd as their degree is.
PATHS = [(i, j, k) for i in range(3) for j in range(3) for k in range(3) if abs(i - j) <= k <= i + j and (i + j + k) % 2 == 0]


def harmonics(r):
    """Degrees 0 to 2 of unit vectors, each with the sum of squares 2 l + 1."""
    x, y, z = r.unbind(-1)
    second = [15**0.5 * x * z, 15**0.5 * x * y, 5**0.5 * (y * y - (x * x + z * z) / 2), 15**0.5 * y * z, 15**0.5 / 2 * (z * z - x * x)]
    return [torch.ones_like(x)[..., None], 3**0.5 * r, torch.stack(second, -1)]


def coupling(i, j, k):
    """The 3j symbols of three degrees whose sum is even, up to sign: integrals of three harmonics, exact at these points, with norm 1."""
    heights, weights = numpy.polynomial.legendre.leggauss(8)
    angles = numpy.arange(16) * pi / 8
    root = numpy.sqrt(1 - heights**2)
    points = numpy.stack([numpy.outer(root, numpy.cos(angles)), numpy.repeat(heights[:, None], 16, 1), numpy.outer(root, numpy.sin(angles))], -1)
    y = [each.double() for each in harmonics(torch.tensor(points.reshape(-1, 3)))]
    table = torch.einsum('n,ni,nj,nk->ijk', torch.tensor(numpy.repeat(weights, 16)), y[i], y[j], y[k])
    return (table / table.norm()).float()


class Interaction(nn.Module):
    """Neighbours times harmonics, weighted by a network of the distance; linear maps around it, a product with the kinds, and a gate."""

    def __init__(self, degrees, channels, neighbours):
        super().__init__()
        self.paths = [path for path in PATHS if path[0] in degrees]
        self.channels, self.neighbours = channels, neighbours
        c = channels
        width = {0: 3 * c, 1: c, 2: c}
        reach = {k: c * sum(path[2] == k for path in self.paths) for k in range(3)}
        self.enter = nn.ParameterList(torch.randn(c, c) / c**0.5 for _ in degrees)
        self.leave = nn.ParameterList(torch.randn(reach[k], width[k]) / reach[k] ** 0.5 for k in range(3))
        self.own = nn.ParameterList(torch.randn(c, 4, width[k]) / c**0.5 for k in degrees)
        sizes = [RADIAL, 64, 64, c * len(self.paths)]
        self.radial = nn.ParameterList(torch.randn(i, o) / i**0.5 for i, o in zip(sizes, sizes[1:]))
        for path in self.paths:
            self.register_buffer('w%d%d%d' % path, coupling(*path) * (2 * path[2] + 1) ** 0.5)

    def forward(self, x, kinds, sources, targets, y, basis):
        c, nodes = self.channels, len(kinds)
        weights = basis
        for n, weight in enumerate(self.radial):
            weights = weights @ weight
            weights = F.silu(weights) * 1.6765 if n < 2 else weights
        sent = [torch.einsum('nui,uv->nvi', h, w).index_select(0, sources) for h, w in zip(x, self.enter)]
        parts = {0: [], 1: [], 2: []}
        for (i, j, k), own in zip(self.paths, weights.split(c, 1)):
            parts[k].append(torch.einsum('eui,ej,ijk,eu->euk', sent[i], y[j], getattr(self, 'w%d%d%d' % (i, j, k)), own))
        mixed = []
        for k in range(3):
            m = torch.cat(parts[k], 1)
            sums = torch.zeros(nodes, *m.shape[1:]).index_add(0, targets, m) / self.neighbours**0.5
            mixed.append(torch.einsum('nui,uv->nvi', sums, self.leave[k]))
        own = [torch.einsum('nui,nz,uzv->nvi', h, kinds, w) for h, w in zip(x, self.own)]
        mixed = [m + o for m, o in zip(mixed, own)] + mixed[len(own) :]
        scalars, first, second = mixed[0].split(c, 1)
        gates = torch.sigmoid(first) * 1.8467, torch.sigmoid(second) * 1.8467
        return [F.silu(scalars) * 1.6765, mixed[1] * gates[0], mixed[2] * gates[1]]


class Nequip(nn.Module):
    """Energies of structures, or the forces on their atoms, minus the derivative of the energies."""

    def __init__(self, channels, layers, with_forces):
        super().__init__()
        self.embedding = nn.Parameter(torch.randn(4, channels) / 2)
        self.layers = nn.ModuleList(Interaction(range(1) if n == 0 else range(3), channels, 7) for n in range(layers))
        half = channels // 2
        self.readout = nn.ParameterList([torch.randn(channels, half) / channels**0.5, torch.randn(half, 1) / half**0.5])
        self.with_forces = with_forces

    def energies(self, x, positions, sources, targets, batch, count):
        vectors = positions.index_select(0, sources) - positions.index_select(0, targets)
        d = vectors.norm(dim=1, keepdim=True)
        u = d / RADIUS
        cutoff = (1 - 28 * u**6 + 48 * u**7 - 21 * u**8) * (u < 1)
        basis = (2 / RADIUS) ** 0.5 * torch.sin(torch.arange(1, RADIAL + 1) * pi * u) / d * cutoff
        y = harmonics(vectors / d)
        h = [(x @ self.embedding)[..., None]]
        for layer in self.layers:
            h = layer(h, x, sources, targets, y, basis)
        atoms = h[0][..., 0] @ self.readout[0] @ self.readout[1]
        return torch.zeros(count, 1).index_add(0, batch, atoms)

    def prepare(self, x, positions, edge_index, batch, count):
        return x, positions, edge_index[0].contiguous(), edge_index[1].contiguous(), batch, count

    def forward(self, x, positions, *rest):
        if not self.with_forces:
            return self.energies(x, positions, *rest)
        with torch.inference_mode(False), torch.enable_grad():
            at = positions.clone().requires_grad_()
            rest = [each.clone() if isinstance(each, torch.Tensor) else each for each in rest]
            energy = self.energies(x.clone(), at, *rest).sum()
            return -torch.autograd.grad(energy, at, create_graph=self.training)[0]


def molecules(sizes):
    count, atoms = sizes['batch'], sizes['atoms']
    batch = torch.arange(count).repeat_interleave(atoms)
    positions = 2.2 * torch.randn(count * atoms, 3)
    near = (torch.cdist(positions, positions) < RADIUS) & (batch[:, None] == batch) & ~torch.eye(count * atoms, dtype=torch.bool)
    x = F.one_hot(torch.randint(0, 4, (count * atoms,)), 4).float()
    return x, positions, near.nonzero().T.flip(0), batch, count


def nequip(with_forces):
    return Case(
        sizes={'batch': 32, 'atoms': 20, 'channels': 32, 'layers': 4},
        forms={'eager': Form(lambda s: Nequip(s['channels'], s['layers'], with_forces), compiles=False)},
        inputs=molecules,
        classes=lambda s: (),
        numbers=True,
    )


cases = {
    'nequip': nequip(False),
    'nequip-forces': nequip(True),
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

"""W8: the spherical CNN 1-20-40, bandwidths 30, 10 and 6, as products with constants; complex numbers as pairs, half of each spectrum.

Conventions: D^l_km = e^(-i k alpha) d^l_km(beta) e^(-i m gamma); X^l_km = mean of x D^l_km; x = sum over l of (2l + 1) X^l_km conj(D^l_km), where
X^l_(-k)(-m) = (-1)^(k - m) conj(X^l_km), so that only m >= 0 is kept. Correlations are G^l = X^l (Psi^l)^H. Samples are [gamma, alpha, beta, batch channels].
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from torch_case import Case, Form, normal


def wigner_d(l, betas):
    """d^l at some angles [angles, 2l + 1, 2l + 1], through the eigenvectors of J_y."""
    m = torch.arange(-l, l, dtype=torch.float64)
    up = torch.diag(torch.sqrt(l * (l + 1) - m * (m + 1)), -1).to(torch.complex128)
    _, v = torch.linalg.eigh((up - up.T) / 2j)
    phases = torch.exp(-1j * torch.outer(betas, torch.arange(-l, l + 1, dtype=torch.float64)))
    return torch.einsum('ij,aj,kj->aik', v, phases, v.conj()).real


def polar(degrees, betas):
    """d^l_km for m >= 0, [k, m, angles, l], 0 where l is too small."""
    d = torch.zeros(2 * degrees - 1, degrees, len(betas), degrees, dtype=torch.float64)
    for l in range(degrees):
        d[degrees - 1 - l : degrees + l, : l + 1, :, l] = wigner_d(l, betas)[:, :, l:].permute(1, 2, 0)
    return d


def grid(b):
    """Polar angles and their quadrature weights, which sum to 1."""
    j, k = torch.arange(2 * b, dtype=torch.float64), torch.arange(b, dtype=torch.float64)
    betas = math.pi * (2 * j + 1) / (4 * b)
    odd = 2 * k + 1
    return betas, torch.sin(betas) / b * (torch.sin(torch.outer(2 * j + 1, odd) * math.pi / (4 * b)) / odd).sum(1)


def waves(orders, b):
    """cos and sin of order times angle, [2, angles, orders]."""
    angles = torch.outer(math.pi * torch.arange(2 * b, dtype=torch.float64) / b, orders.double())
    return torch.stack([torch.cos(angles), torch.sin(angles)])


def of_pairs(c, s):
    """The real matrix of a complex product with c + i s [rows, columns]: [2 rows, 2 columns]."""
    return torch.cat([torch.cat([c, -s], 1), torch.cat([s, c], 1)], 0)


class Rotations(nn.Module):
    """Signals on SO(3) of a bandwidth: spectrum [k, m, l, 2 batch channels] to samples and back."""

    def __init__(self, b):
        super().__init__()
        self.b = b
        betas, weights = grid(b)
        d = polar(b, betas)
        orders = torch.arange(-b + 1, b)
        c, s = waves(orders, b)
        cg, sg = waves(torch.arange(b), b)
        twice = torch.full((b,), 2.0, dtype=torch.float64)
        twice[0] = 1
        dimension = 2 * torch.arange(b) + 1
        self.register_buffer('synthesis', (d * dimension).float())
        self.register_buffer('analysis', (d * weights[:, None]).transpose(2, 3).contiguous().float())
        self.register_buffer('to_alpha', of_pairs(c, s).float())
        self.register_buffer('from_alpha', (of_pairs(c.T, -s.T) / (2 * b)).float())
        self.register_buffer('to_gamma', torch.cat([cg * twice, -sg * twice], 1).float())
        self.register_buffer('from_gamma', (torch.cat([cg.T, -sg.T]) / (2 * b)).float())
        self.register_buffer('weights', weights.float())

    def samples(self, spectrum):
        b, k, m = self.b, 2 * self.b - 1, self.b
        y = (self.synthesis @ spectrum).view(k, m, 2 * b, 2, -1).permute(3, 0, 1, 2, 4).reshape(2 * k, -1)
        y = (self.to_alpha @ y).view(2, 2 * b, m, 2 * b, -1).transpose(1, 2).reshape(2 * m, -1)
        return (self.to_gamma @ y).view(2 * b, 2 * b, 2 * b, -1)

    def spectrum(self, samples):
        b, k, m = self.b, 2 * self.b - 1, self.b
        x = (self.from_gamma @ samples.reshape(2 * b, -1)).view(2, m, 2 * b, 2 * b, -1).transpose(1, 2).reshape(4 * b, -1)
        x = (self.from_alpha @ x).view(2, k, m, 2 * b, -1).permute(1, 2, 3, 0, 4).reshape(k, m, 2 * b, -1)
        return self.analysis @ x

    def mean(self, samples):
        return torch.einsum('j,gajn->n', self.weights, samples) / (4 * self.b**2)


def rings(count, top, around):
    """Polar angles and azimuths of the published grids near the identity."""
    betas = torch.arange(1, count + 1, dtype=torch.float64) * top / count
    return betas, 2 * math.pi * torch.arange(around, dtype=torch.float64) / around


class SphereConvolution(nn.Module):
    def __init__(self, i, o, b, c):
        super().__init__()
        self.c, self.out = c, Rotations(c)
        betas, weights = grid(b)
        d = polar(c, betas)[:, 0]  # [k, angles, l]
        cosine, sine = waves(torch.arange(-c + 1, c), b)
        # e^(-i k alpha) d w / 2b: [2, l, k, beta, alpha].
        harmonics = torch.einsum('kjl,j,pak->plkja', d, weights, torch.stack([cosine, -sine])) / (2 * b)
        self.register_buffer('analysis', harmonics.reshape(2 * c * (2 * c - 1), -1).T.contiguous().float())
        polars, azimuths = rings(3, math.pi / 8, 8)
        points = torch.cartesian_prod(polars, azimuths)
        d = polar(c, points[:, 0])[c - 1 :, 0]  # [m, points, l], m >= 0
        phase = torch.outer(points[:, 1], torch.arange(c, dtype=torch.float64))
        # conj(Psi): e^(+i m alpha) d.
        kernel = torch.stack([torch.einsum('mpl,pm->lmp', d, w) for w in (torch.cos(phase), torch.sin(phase))])
        self.register_buffer('kernel', kernel.float())
        self.weight = nn.Parameter(torch.rand(24, i, o) * 2 - 1)
        self.bias = nn.Parameter(torch.zeros(o))
        self.scale = 1 / math.sqrt(24 * i * c**4 / b**2)

    def forward(self, x):
        batch, i = x.shape[:2]
        re, im = (x.reshape(batch * i, -1) @ self.analysis).view(batch, i, 2, self.c, 2 * self.c - 1).unbind(2)
        p, q = torch.einsum('rlmp,pio->rlmio', self.kernel, self.weight * self.scale)
        times = lambda f, g: torch.einsum('bilk,lmio->kmlbo', f, g)
        product = torch.stack([times(re, p) - times(im, q), times(re, q) + times(im, p)], 3)
        y = self.out.samples(product.reshape(2 * self.c - 1, self.c, self.c, -1))
        return (y.unflatten(3, (batch, -1)) + self.bias).flatten(3)


class RotationConvolution(nn.Module):
    def __init__(self, i, o, b, c):
        super().__init__()
        self.b, self.c, self.into, self.out = b, c, Rotations(b), Rotations(c)
        betas, azimuths = rings(3, math.pi / 8, 8)
        # As published: from -2 pi to 2 pi, both ends included.
        turns = torch.linspace(-2 * math.pi, 2 * math.pi, 8, dtype=torch.float64)
        beta, alpha, turn = torch.cartesian_prod(betas, azimuths, turns).T
        gamma = turn - alpha
        for l in range(c):
            orders = torch.arange(-l, l + 1, dtype=torch.float64)
            d = wigner_d(l, beta)[:, l:]  # k >= 0
            angle = alpha[:, None, None] * orders[l:, None] + gamma[:, None, None] * orders
            # conj(Psi_km): e^(i k alpha) d e^(i m gamma), [2, k, m, points].
            constant = torch.stack([torch.cos(angle) * d, torch.sin(angle) * d]).permute(0, 2, 3, 1)
            self.register_buffer(f'kernel{l}', constant.contiguous().float())
            self.register_buffer(f'sign{l}', ((-1.0) ** (orders[:, None] - orders[l + 1 :])).float()[:, :, None])
        self.weight = nn.Parameter(torch.rand(192, i, o) * 2 - 1)
        self.bias = nn.Parameter(torch.zeros(o))
        self.scale = 1 / math.sqrt(192 * i * c**3 / b**3)

    def forward(self, x, batch):
        b, c = self.b, self.c
        i, o = self.weight.shape[1:]
        spectrum = self.into.spectrum(x)
        weight = (self.weight * self.scale).flatten(1)
        blocks = []
        for l in range(c):
            rows = 2 * l + 1
            half = spectrum[b - 1 - l : b + l, : l + 1, l].view(rows, l + 1, 2, batch * i)
            re, im = half.unbind(2)
            # Orders below 0: conj at -j, with a sign.
            sign = getattr(self, f'sign{l}')
            below = [(sign * part[:, 1:].flip(0)).flip(1) for part in (re, -im)]
            full = torch.stack([torch.cat([below[0], re], 1), torch.cat([below[1], im], 1)], 1)  # [j, 2, m, (b i)]
            matrix = full.view(rows, 2, rows, batch, i).permute(0, 3, 1, 2, 4).reshape(rows * batch, -1)
            p, q = (getattr(self, f'kernel{l}') @ weight).view(2, l + 1, rows, i, o).permute(0, 2, 3, 1, 4)  # [m, i, k, o]
            product = matrix @ torch.stack([torch.stack([p, q], 2), torch.stack([-q, p], 2)]).reshape(2 * rows * i, -1)
            y = product.view(rows, batch, 2, l + 1, o).permute(0, 3, 2, 1, 4).reshape(rows, l + 1, -1)
            blocks.append(F.pad(y, (0, 0, 0, c - 1 - l, c - 1 - l, c - 1 - l)))
        y = self.out.samples(torch.stack(blocks, 2))
        return (y.unflatten(3, (batch, o)) + self.bias).flatten(3)


class SphericalNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.lifting = SphereConvolution(1, 20, 30, 10)
        self.convolution = RotationConvolution(20, 40, 10, 6)
        self.head = nn.Linear(40, 10)

    def forward(self, x):
        batch = x.shape[0]
        features = F.relu(self.convolution(F.relu(self.lifting(x)), batch))
        return self.head(self.convolution.out.mean(features).view(batch, 40))


cases = {
    's2cnn': Case(
        sizes={'batch': 32},
        forms={'eager': Form(lambda s: SphericalNetwork())},
        inputs=lambda s: normal(s['batch'], 1, 60, 60),
        classes=lambda s: 10,
    ),
}

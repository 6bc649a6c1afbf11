"""W7: P4CNN and P4MCNN."""
import torch
from torch import nn
from torch.nn import functional as F

from torch_case import Case, Form, normal


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
    """W7: 7 layers of 10 channels, batch norm shared over the group, max-pool after the second, the largest over the group."""

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


def images(order):
    return Case(
        sizes={'batch': 64},
        forms={'eager': Form(lambda s: PlaneGroupNetwork(order))},
        inputs=lambda s: normal(s['batch'], 1, 28, 28),
        classes=lambda s: 10,
    )


cases = {'p4cnn': images(4), 'p4mcnn': images(8)}

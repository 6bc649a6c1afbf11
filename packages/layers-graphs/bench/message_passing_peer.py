"""PyTorch Geometric's side of message-passing.mjs: answers the lines `sum|gcn|gat infer|train` with the milliseconds of one run.

Usage: python message_passing_peer.py threads nodes edges channels
"""
import sys
import time

import torch
from torch_geometric.nn import GATConv, GCNConv, SimpleConv

threads, nodes, edges, channels = map(int, sys.argv[1:])
torch.set_num_threads(threads)
torch.manual_seed(0)
x = torch.randn(nodes, channels)
cotangent = torch.randn(nodes, channels)
edge_index = torch.randint(0, nodes, (2, edges))
layers = {
    'sum': SimpleConv('sum'),
    'gcn': GCNConv(channels, channels),
    'gat': GATConv(channels, channels // 8, heads=8),
}


def run(layer, kind):
    if kind == 'infer':
        with torch.no_grad():
            return layer(x, edge_index)
    given = x.clone().requires_grad_()
    layer.zero_grad()
    start = time.perf_counter()
    (layer(given, edge_index) * cotangent).sum().backward()
    return start


print('ready', flush=True)
for line in sys.stdin:
    name, kind = line.split()
    start = time.perf_counter()
    inner = run(layers[name], kind)
    # The copy that becomes the leaf is not part of a step.
    start = inner if kind == 'train' else start
    print(1000 * (time.perf_counter() - start), flush=True)

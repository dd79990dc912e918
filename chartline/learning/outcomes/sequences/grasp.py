"""GRASP (Zhang et al., AAAI 2021): a patient borrows from patients like it, through clusters and a graph of them.

    patient ──backbone──▶ h ──▶ which clusters? ──▶ what these say, spread over a graph of them ──▶ gate ──▶ logit

Centres are found over all training patients before each epoch and then belong to the model, and the graph joins each
to its nearest ones. A widespread port finds them anew in each batch, which makes a patient's score depend on who else
is asked about, and never sets the graph's edges: nothing is spread.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from sklearn.cluster import KMeans
from torch import Tensor, nn

from chartline.learning.outcomes.sequences.batches import StepBatch
from chartline.learning.outcomes.sequences.networks import SIZE, Recurrent

CLUSTERS = 12
_NEIGHBOURS = 3


class Grasp(nn.Module):
    centres: Tensor

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.backbone = Recurrent(tokens)
        self.register_buffer("centres", torch.zeros(CLUSTERS, SIZE))
        self.spread = nn.ModuleList([nn.Linear(SIZE, SIZE), nn.Linear(SIZE, SIZE)])
        self.gate = nn.Linear(2 * SIZE, SIZE)
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(SIZE, 1))

    def forward(self, batch: StepBatch) -> Tensor:
        own = self.backbone.represent(batch)
        scores = -(torch.cdist(own, self.centres) ** 2) / SIZE**0.5
        share = nn.functional.gumbel_softmax(scores, dim=1) if self.training else torch.softmax(scores, dim=1)
        borrowed = share @ self.shared()
        gate = torch.sigmoid(self.gate(torch.cat([own, borrowed], dim=1)))
        logits: Tensor = self.head(gate * own + (1 - gate) * borrowed).squeeze(1)
        return logits

    def shared(self) -> Tensor:
        """[CLUSTERS, SIZE]: what each cluster says after two rounds of a graph convolution (Kipf & Welling 2017)."""
        graph, told = edges(self.centres), self.centres
        for layer in self.spread:
            told = torch.relu(layer(graph @ told))
        return told

    @torch.no_grad()
    def find_centres(self, batches: Sequence[StepBatch], seed: int) -> None:
        """k-means over the training patients as the backbone sees them now. Fewer patients than clusters repeat."""
        self.eval()
        patients = torch.cat([self.backbone.represent(batch) for batch in batches])
        clusters = min(CLUSTERS, len(torch.unique(patients, dim=0)))
        found = KMeans(clusters, n_init=1, random_state=seed).fit(patients.numpy()).cluster_centers_
        centres = torch.from_numpy(found).float()
        self.centres.copy_(centres[torch.arange(CLUSTERS) % clusters])


def edges(centres: Tensor) -> Tensor:
    """float32 [C, C]: each centre joined to itself and its nearest, symmetric, normalised by degree on both sides."""
    nearest = torch.cdist(centres, centres).topk(min(_NEIGHBOURS + 1, len(centres)), largest=False).indices
    joined = torch.eye(len(centres)).scatter(1, nearest, 1.0)
    joined = ((joined + joined.T) > 0).float()
    degrees = joined.sum(dim=1).rsqrt()
    return degrees.unsqueeze(1) * joined * degrees.unsqueeze(0)

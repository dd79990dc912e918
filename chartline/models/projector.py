"""The projector (step 9): one event's embedding and numbers become one soft token of the LLM.

Llemr's projector (LLaVA's two-layer GELU MLP) with two changes that make it fit any LLM: the embedding is brought to
unit variance beside the channels, and a soft token has the norm that this LLM's own token embeddings have.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from chartline.errors import InvalidRequest
from chartline.models.checkpoint import CARD, PROJECTOR, Checkpoint


class Projector(nn.Module):
    """`embeddings` [N, E] of norm 1 and `channels` [N, C], both fp32, to soft tokens [N, H] in fp32.

    `token_norm` is the mean norm of what the LLM's embedding layer gives out (see `token_norm`), so models that scale
    their embeddings (Gemma) need no rule of their own. It is learned on from there.
    """

    def __init__(self, embedding_size: int, channels: int, hidden_size: int, token_norm: float = 1.0) -> None:
        super().__init__()
        self.embedding_size, self.channels, self.hidden_size = embedding_size, channels, hidden_size
        self.inner = nn.Linear(embedding_size + channels, hidden_size)
        self.outer = nn.Linear(hidden_size, hidden_size)
        self.norm = nn.Parameter(torch.tensor([float(token_norm)]))  # one row: FSDP shards no scalars

    def forward(self, embeddings: Tensor, channels: Tensor) -> Tensor:
        inputs = torch.cat([embeddings * self.embedding_size**0.5, channels], dim=-1)
        outputs: Tensor = self.outer(nn.functional.gelu(self.inner(inputs)))
        return self.norm * nn.functional.normalize(outputs, dim=-1)


def token_norm(embedding: nn.Module, vocabulary: int) -> float:
    """Mean norm of the LLM's token embeddings, over at most 4,096 tokens spread evenly over the vocabulary."""
    device = next(embedding.parameters()).device
    ids = torch.linspace(0, vocabulary - 1, min(vocabulary, 4096), device=device).long()
    with torch.no_grad():
        return float(embedding(ids).float().norm(dim=-1).mean())


def save_projector(folder: Path, projector: Projector) -> None:
    tensors = {name: tensor.detach().float().cpu().contiguous() for name, tensor in projector.state_dict().items()}
    save_file({**tensors, "norm": tensors["norm"].squeeze()}, folder / PROJECTOR)


def load_projector(folder: Path, card: Checkpoint) -> Projector:
    """Raises InvalidRequest where the weights do not have the card's shapes."""
    projector = Projector(card.embedding_size, card.channels, card.hidden_size)
    try:
        tensors = load_file(folder / PROJECTOR)
        projector.load_state_dict({**tensors, "norm": tensors["norm"].reshape(1)})
    except (OSError, KeyError, RuntimeError) as error:
        raise InvalidRequest(f"{folder / PROJECTOR} does not fit its {CARD}: {error}") from error
    return projector.eval()

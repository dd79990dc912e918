import torch

from chartline.models.projector import Projector, token_norm


def test_soft_tokens_have_the_norm_of_the_token_embeddings():
    embedding = torch.nn.Embedding(5000, 24)
    norm = token_norm(embedding, 5000)
    projector = Projector(384, 6, 24, norm)
    soft = projector(torch.nn.functional.normalize(torch.randn(10, 384), dim=-1), torch.randn(10, 6))
    assert soft.shape == (10, 24)
    torch.testing.assert_close(soft.norm(dim=-1), torch.full((10,), norm))


def test_numbers_change_the_soft_token():
    projector = Projector(384, 6, 24)
    event = torch.nn.functional.normalize(torch.randn(1, 384), dim=-1)
    low, high = projector(event, torch.zeros(1, 6)), projector(event, torch.ones(1, 6))
    assert not torch.allclose(low, high, atol=1e-3)

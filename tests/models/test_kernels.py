"""The two hand-set kernels against the plain formula."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from cascade_core.models import attention, dense
from cascade_core.models.attention import attend
from cascade_core.models.batches import Run
from cascade_core.models.dense import Dense

RUNS = (Run(2, 7), Run(1, 5), Run(3, 1))
CLOSE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}


def plain_attention(qkv: torch.Tensor, heads: int) -> torch.Tensor:
    """Every text by itself, every head by itself, in float64."""
    rows, start = [], 0
    for texts, length in RUNS:
        for _ in range(texts):
            q, k, v = (
                part.view(length, heads, -1).transpose(0, 1)
                for part in qkv[start : start + length].double().chunk(3, dim=1)
            )
            context = (q @ k.transpose(1, 2)).softmax(-1) @ v
            rows.append(context.transpose(0, 1).flatten(1))
            start += length
    return torch.cat(rows)


@pytest.mark.parametrize("longest_product", [0, 256], ids=["fused kernel", "two products"])
@pytest.mark.parametrize("dtype", CLOSE)
def test_a_text_attends_to_itself_and_nothing_else(monkeypatch, longest_product, dtype):
    monkeypatch.setattr(attention, "LONGEST_PRODUCT", longest_product)
    torch.manual_seed(0)
    tokens = sum(run.texts * run.length for run in RUNS)
    qkv = torch.randn(tokens, 3 * 12).to(dtype)
    torch.testing.assert_close(
        attend(qkv, RUNS, heads=3).double(),
        plain_attention(qkv, heads=3),
        atol=CLOSE[dtype],
        rtol=CLOSE[dtype],
    )


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("dtype", CLOSE)
def test_dense_is_a_linear_layer_with_what_follows_it(monkeypatch, fused, dtype):
    if not fused:
        monkeypatch.setattr(dense, "_onednn_is_there", lambda: False)
    torch.manual_seed(0)
    weight, bias = torch.randn(6, 8).to(dtype), torch.randn(6).to(dtype)
    x, residual = torch.randn(5, 8).to(dtype), torch.randn(5, 6).to(dtype)
    layer = Dense(weight, bias)
    assert layer.is_fused == fused
    plain = functional.linear(x.float(), weight.float(), bias.float())
    kept = residual.clone()
    for found, expected in (
        (layer(x), plain),
        (layer.activated(x, "gelu"), functional.gelu(plain)),
        (layer.activated(x, "relu"), functional.relu(plain)),
        (layer.added(x, residual), residual.float() + plain),
    ):
        assert found.dtype == dtype
        torch.testing.assert_close(found.float(), expected, atol=CLOSE[dtype], rtol=CLOSE[dtype])
    torch.testing.assert_close(residual, kept)  # what is added to is not overwritten

"""What a user would pick instead: the same classifier in other libraries, each at its fastest here.

The peers are no dependencies: `pip install 'cascadelens[peers]'` brings them. Every peer gets the
texts length-sorted in batches, tokenises them with the same tokenizer, and must give the logits
that the engine gives within a tolerance of its precision, or its speed would say nothing.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerBase
from transformers.models.bert.modeling_bert import BertPooler

from ..models.exit_model import ExitModel
from ..prediction.engine import Stage, Texts

Infer = Callable[[], NDArray[np.float32]]  # logits [N, C] in the texts' order

PEER_BATCH = 32


class Peer(NamedTuple):
    """One library in one setting: `infer` runs all texts; `tolerance` is of its logits."""

    name: str
    infer: Infer
    tolerance: float


class Unavailable(NamedTuple):
    """A peer that could not be set up, and why."""

    name: str
    reason: str


def as_bert_classifier(model: ExitModel) -> BertForSequenceClassification:
    """Return the same function as a standard class: a BERT with a head on the first token.

    Raises `ValueError` for another architecture, for mean pooling or for more than one exit.
    """
    config = model.encoder.config
    if config.model_type != "bert" or model.pooling != "first" or len(model.exits) > 1:
        raise ValueError(
            "expected a BERT with one exit on its first token, but got a "
            f"{config.model_type} with {len(model.exits)} exits on the {model.pooling} token"
        )
    config = BertConfig.from_dict({**config.to_dict(), "num_labels": model.classes})
    plain = BertForSequenceClassification(config).eval()
    missing, _ = plain.bert.load_state_dict(model.encoder.state_dict(), strict=False)
    head = model.typed_heads[0]
    pooler = cast(BertPooler, plain.bert.pooler)
    pooler.dense.load_state_dict(head.dense.state_dict())
    assert all(name.startswith("pooler.") for name in missing)
    plain.classifier.load_state_dict(head.classifier.state_dict())
    return plain


def peers(stage: Stage, texts: Texts, max_tokens: int) -> Iterator[Peer | Unavailable]:
    """Set up every peer on the same weights and texts; one that cannot be says why."""
    makers: Mapping[str, Callable[..., Iterator[Peer | Unavailable]]] = {
        "transformers": _eager,
        "CrossEncoder": _cross_encoder,
        "ONNX Runtime": _onnx_runtime,
        "OpenVINO": _openvino,
    }
    try:
        plain = as_bert_classifier(stage.model)
    except ValueError as error:
        yield from (Unavailable(name, str(error)) for name in makers)
        return
    for name, make in makers.items():
        try:
            yield from make(plain, stage.tokenizer, texts, max_tokens)
        except ModuleNotFoundError as error:
            yield Unavailable(name, f"{error.name} is not installed")


def sorted_batches(
    tokenizer: PreTrainedTokenizerBase, texts: Texts, max_tokens: int, form: str
) -> Iterator[tuple[NDArray[np.int64], Any]]:
    """Tokenise, sort by length, and pad in batches: what a careful user of a library would do."""
    first, *second = (list(column) for column in texts.values())
    encoded = tokenizer(
        first, text_pair=second[0] if second else None, truncation=True, max_length=max_tokens
    )
    lengths = np.array([len(ids) for ids in encoded["input_ids"]])
    order = np.argsort(-lengths, kind="stable")
    for start in range(0, len(order), PEER_BATCH):
        index = order[start : start + PEER_BATCH]
        rows = {name: [encoded[name][i] for i in index] for name in encoded}
        yield index, tokenizer.pad(rows, return_tensors=form)


def _collect(batches: Iterator[tuple[NDArray, Any]], logits_of: Callable) -> NDArray[np.float32]:
    index, logits = zip(*((index, logits_of(inputs)) for index, inputs in batches), strict=True)
    joined = np.concatenate(logits).astype(np.float32)
    return joined[np.argsort(np.concatenate(index))]


def _eager(plain, tokenizer, texts, max_tokens) -> Iterator[Peer]:
    @torch.inference_mode()
    def infer(dtype: torch.dtype) -> NDArray[np.float32]:
        def logits_of(inputs) -> NDArray[np.float32]:
            with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
                return plain(**inputs).logits.float().numpy()

        return _collect(sorted_batches(tokenizer, texts, max_tokens, "pt"), logits_of)

    yield Peer("transformers float32", partial(infer, torch.float32), 1e-3)
    yield Peer("transformers bfloat16", partial(infer, torch.bfloat16), 0.2)


def _cross_encoder(plain, tokenizer, texts, max_tokens) -> Iterator[Peer | Unavailable]:
    from sentence_transformers import CrossEncoder

    columns = list(texts.values())
    if len(columns) != 2:
        yield Unavailable("CrossEncoder", "reads pairs only")
        return
    pairs = list(zip(*columns, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        plain.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        for name, dtype, tolerance in (("float32", None, 1e-3), ("bfloat16", "bfloat16", 0.2)):
            options = {"dtype": dtype} if dtype else {}
            encoder = CrossEncoder(
                folder, device="cpu", max_length=max_tokens, model_kwargs=options
            )
            infer = partial(
                encoder.predict,
                pairs,
                batch_size=PEER_BATCH,
                activation_fn=torch.nn.Identity(),
                show_progress_bar=False,
            )
            yield Peer(f"CrossEncoder {name}", infer, tolerance)


def _onnx_runtime(plain, tokenizer, texts, max_tokens) -> Iterator[Peer]:
    import onnxruntime  # pyright: ignore[reportMissingImports]
    from onnxruntime.quantization import (  # pyright: ignore[reportMissingImports]
        QuantType,
        quantize_dynamic,
    )

    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder) / "float32.onnx"
        _export_onnx(plain, tokenizer, exact)
        small = Path(folder) / "int8.onnx"
        quantize_dynamic(exact, small, weight_type=QuantType.QInt8)
        for name, path, tolerance in (("float32", exact, 1e-3), ("int8", small, np.inf)):
            session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
            wanted = {one.name for one in session.get_inputs()}

            def logits_of(inputs, session=session, wanted=wanted) -> NDArray[np.float32]:
                given = {key: np.asarray(value) for key, value in inputs.items() if key in wanted}
                return np.asarray(session.run(None, given)[0])

            def infer(logits_of=logits_of) -> NDArray[np.float32]:
                return _collect(sorted_batches(tokenizer, texts, max_tokens, "np"), logits_of)

            yield Peer(f"ONNX Runtime {name}", infer, tolerance)


def _openvino(plain, tokenizer, texts, max_tokens) -> Iterator[Peer]:
    import openvino  # pyright: ignore[reportMissingImports]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "float32.onnx"
        _export_onnx(plain, tokenizer, path)
        model = openvino.Core().read_model(path)
    for name, kind, tolerance in (("float32", "f32", 1e-3), ("bfloat16", "bf16", 0.2)):
        for hint in ("LATENCY", "THROUGHPUT"):
            compiled = openvino.Core().compile_model(
                model, "CPU", {"INFERENCE_PRECISION_HINT": kind, "PERFORMANCE_HINT": hint}
            )
            wanted = {one.any_name for one in compiled.inputs}

            # Threads that wait, not callbacks: these may deadlock when the model is freed.
            def infer(compiled=compiled, wanted=wanted) -> NDArray[np.float32]:
                own = threading.local()

                def logits_of(inputs) -> NDArray[np.float32]:
                    if not hasattr(own, "request"):
                        own.request = compiled.create_infer_request()
                    given = {key: np.asarray(inputs[key]) for key in wanted}
                    return np.array(own.request.infer(given)[0])

                batches = list(sorted_batches(tokenizer, texts, max_tokens, "np"))
                at_once = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
                with ThreadPoolExecutor(at_once) as pool:
                    logits = pool.map(logits_of, (inputs for _, inputs in batches))
                    found = [(index, one) for (index, _), one in zip(batches, logits, strict=True)]
                return _collect(iter(found), lambda one: one)

            yield Peer(f"OpenVINO {name}, {hint.lower()}", infer, tolerance)


def _export_onnx(plain, tokenizer, path: Path) -> None:
    names = [name for name in tokenizer.model_input_names if name != "attention_mask"]
    names = [*names[:1], "attention_mask", *names[1:]]
    example = tokenizer(["one", "and two more"], padding=True, return_tensors="pt")
    axes = {name: {0: "texts", 1: "tokens"} for name in names}
    torch.onnx.export(
        plain,
        (),
        str(path),
        kwargs={name: example[name] for name in names},
        input_names=names,
        output_names=["logits"],
        dynamic_axes=axes,
        dynamo=False,
    )

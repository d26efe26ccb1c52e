"""A model folder: read it, judge it, then build from it. JSON and plain arrays, never pickle.

::

    manifest.json   format, taxonomy, thresholds, what it was trained on, SHA-256 of the files beside it
    features.json   the features of each scorer, in the order of their numbers
    arrays.npz      the weights, float32
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .context import FACTS
from .errors import ModelError
from .features import FloatArray
from .scoring import LinearScorer, Model, SentenceScorer
from .taxonomy import ACTS

FORMAT = 1
MANIFEST, FEATURES, ARRAYS = "manifest.json", "features.json", "arrays.npz"
_ACTS, _FACTS = [act.value for act in ACTS], list(FACTS)
_CONTEXT_THRESHOLDS = ("sharing", "advice_requested", "crisis")


def load_model(path: str | Path = "default") -> Model:
    """Return the model in a folder, or a shipped one by its name.

    Raises
    ------
    ModelError
        If the folder is missing, altered, or of another format or taxonomy; the message names both values.
    """
    folder = _find(path)
    manifest, files = _read(folder)
    _judge(folder, manifest, files)
    return _build(folder, manifest, files)


def save_model(model: Model, folder: str | Path) -> None:
    """Write a model folder; the same model gives the same bytes.

    Raises
    ------
    ModelError
        If the folder cannot be written.
    """
    folder = Path(folder)
    sentences, facts = model.sentences, model.facts
    arrays = {
        **{f"alone_{name}": array for name, array in _linear_arrays(sentences.alone).items()},
        **{name: getattr(sentences, name) for name in ("own", "before", "after", "bias")},
        **{f"facts_{name}": array for name, array in _linear_arrays(facts).items()},
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: array.astype(np.float32) for name, array in arrays.items()})
    features = {"alone": _ordered(sentences.alone), "facts": _ordered(facts)}
    files = {ARRAYS: buffer.getvalue(), FEATURES: json.dumps(features, ensure_ascii=False, indent=0).encode()}
    manifest = {
        "format": FORMAT,
        "acts": _ACTS,
        "facts": _FACTS,
        "thresholds": dict(model.thresholds),
        "about": dict(model.about),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise ModelError(f"cannot write the model to {folder}: {error.strerror}") from error


def _find(path: str | Path) -> Path:
    """Return the folder: a path if there is one, else a shipped model of this name."""
    if isinstance(path, str) and path and path.replace("-", "").replace("_", "").isalnum():
        package = Path(__file__).parent
        for shipped in (package / "models" / path, package.parents[1] / "models" / path):
            if (shipped / MANIFEST).is_file():
                return shipped
    folder = Path(path)
    if not folder.is_dir():
        raise ModelError(f"no model folder: {path}")
    return folder


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        files = {name: (folder / name).read_bytes() for name in (FEATURES, ARRAYS)}
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is no model folder: it lacks {Path(error.filename).name}") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} is no model folder: {error}") from error
    if not isinstance(manifest, dict):
        raise ModelError(f"{folder} is no model folder: {MANIFEST} holds no object")
    return manifest, files


def _judge(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    expected: dict[str, object] = {"format": FORMAT, "acts": _ACTS, "facts": _FACTS}
    for key, wanted in expected.items():
        if manifest.get(key) != wanted:
            raise ModelError(f"{folder}: {key} is {manifest.get(key)!r}, this version reads {wanted!r}")
    thresholds = manifest.get("thresholds")
    wanted_keys = {*_ACTS, *_CONTEXT_THRESHOLDS}
    if not isinstance(thresholds, dict) or set(thresholds) != wanted_keys:
        raise ModelError(f"{folder}: thresholds must be given for {', '.join(sorted(wanted_keys))}")
    sums = manifest.get("sha256")
    for name, content in files.items():
        found, stated = hashlib.sha256(content).hexdigest(), sums.get(name) if isinstance(sums, dict) else None
        if found != stated:
            raise ModelError(f"{folder / name} was altered: SHA-256 is {found}, the manifest says {stated}")


def _build(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Model:
    try:
        features = json.loads(files[FEATURES])
        with np.load(io.BytesIO(files[ARRAYS]), allow_pickle=False) as stored:
            arrays: dict[str, FloatArray] = {name: stored[name].astype(np.float64) for name in stored.files}
        alone = _linear(features["alone"], arrays, "alone", len(_ACTS))
        facts = _linear(features["facts"], arrays, "facts", len(_FACTS))
        sentences = SentenceScorer(alone, *(arrays[name] for name in ("own", "before", "after", "bias")))
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(f"{folder}: arrays and features do not fit together: {error}") from error
    return Model(sentences, facts, manifest["thresholds"], manifest.get("about", {}))


def _linear_arrays(scorer: LinearScorer) -> dict[str, FloatArray]:
    return {"rarity": scorer.rarity, "weights": scorer.weights, "bias": scorer.bias}


def _ordered(scorer: LinearScorer) -> list[str]:
    return sorted(scorer.vocabulary, key=scorer.vocabulary.__getitem__)


def _linear(features: list[str], arrays: Mapping[str, FloatArray], prefix: str, outputs: int) -> LinearScorer:
    vocabulary = {feature: number for number, feature in enumerate(features, start=1)}
    rarity, weights, bias = (arrays[f"{prefix}_{name}"] for name in ("rarity", "weights", "bias"))
    if weights.shape != (len(vocabulary) + 1, outputs) or rarity.shape != (len(vocabulary) + 1,) or bias.shape != (outputs,):
        raise ValueError(f"{prefix} has {len(vocabulary)} features and weights of shape {weights.shape}")
    return LinearScorer(vocabulary, rarity, weights, bias)

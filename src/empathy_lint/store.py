"""A model folder: read it, judge it, then build from it. JSON and plain arrays, never pickle.

::

    manifest.json   format, taxonomy, thresholds, what it was trained on, SHA-256 of the files beside it
    words.json      the vocabulary, in the order of its numbers
    arrays.npz      which word sequences are features, and the weights, float32
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from .context import FACTS
from .errors import ModelError
from .features import Sequences, Vocabulary
from .scoring import ContextScorer, Model, SentenceScorer, WordWeights
from .taxonomy import ACTS

FORMAT = 2
MANIFEST, WORDS, ARRAYS = "manifest.json", "words.json", "arrays.npz"
_ACTS, _FACTS = [act.value for act in ACTS], list(FACTS)
_SENTENCE_ARRAYS = ("bias", "own", "before", "after", "shift")
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
    sentences, context = model.sentences, model.context
    arrays = {
        **_word_arrays("said", sentences.said),
        **_word_arrays("heard", sentences.heard),
        **_word_arrays("context", context.said),
        **{name: getattr(sentences, name) for name in _SENTENCE_ARRAYS},
        "context_bias": context.bias,
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    files = {ARRAYS: buffer.getvalue(), WORDS: json.dumps(model.vocabulary.words, ensure_ascii=False, indent=0).encode()}
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
        files = {name: (folder / name).read_bytes() for name in (WORDS, ARRAYS)}
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
        if manifest.get(key) != wanted or isinstance(manifest.get(key), bool):
            raise ModelError(f"{folder}: {key} is {manifest.get(key)!r}, this version reads {wanted!r}")
    thresholds = manifest.get("thresholds")
    wanted_keys = {*_ACTS, *_CONTEXT_THRESHOLDS}
    if not isinstance(thresholds, dict) or set(thresholds) != wanted_keys:
        raise ModelError(f"{folder}: thresholds must be given for {', '.join(sorted(wanted_keys))}")
    for key, value in thresholds.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
            raise ModelError(f"{folder}: the threshold of {key} must lie above 0 and up to 1, not {value!r}")
    sums = manifest.get("sha256")
    for name, content in files.items():
        found, stated = hashlib.sha256(content).hexdigest(), sums.get(name) if isinstance(sums, dict) else None
        if found != stated:
            raise ModelError(f"{folder / name} was altered: SHA-256 is {found}, the manifest says {stated}")


def _build(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Model:
    try:
        known = _vocabulary(json.loads(files[WORDS]))
        with np.load(io.BytesIO(files[ARRAYS]), allow_pickle=False) as stored:
            arrays = {name: _as_read(name, stored[name]) for name in stored.files}
        acts = len(_ACTS)
        said, heard = (_words(arrays, name, known, acts) for name in ("said", "heard"))
        for name in _SENTENCE_ARRAYS:
            _expect(name, arrays[name], (acts,) if name in ("bias", "shift") else (acts, acts))
        sentences = SentenceScorer(said, heard, **{name: arrays[name] for name in _SENTENCE_ARRAYS})
        spoken = _words(arrays, "context", known, len(_FACTS))
        _expect("context_bias", arrays["context_bias"], (len(_FACTS),))
        context = ContextScorer(spoken, arrays["context_bias"])
    except (KeyError, ValueError, TypeError, AttributeError, EOFError, BadZipFile) as error:
        raise ModelError(f"{folder}: arrays and words do not fit together: {error}") from error
    return Model(known, sentences, context, manifest["thresholds"], manifest.get("about", {}))


def _vocabulary(words: object) -> Vocabulary:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError(f"{WORDS} is no list of words")
    return Vocabulary(words)


def _as_read(name: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if array.dtype.kind == "i":
        return array
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        raise ValueError(f"{name} holds what are no finite numbers")
    return array.astype(np.float64)


def _expect(name: str, array: np.ndarray[Any, Any], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, not {shape}")


def _word_arrays(name: str, words: WordWeights) -> dict[str, np.ndarray[Any, Any]]:
    sequences = words.sequences
    return {
        f"{name}_pairs": sequences.pairs,
        f"{name}_triples": sequences.triples,
        f"{name}_classes": sequences.classes,
        f"{name}_rarity": words.rarity.astype(np.float32),
        f"{name}_weights": words.weights.astype(np.float32),
    }


def _words(arrays: Mapping[str, Any], name: str, vocabulary: Vocabulary, outputs: int) -> WordWeights:
    pairs, triples, classes = (arrays[f"{name}_{kind}"] for kind in ("pairs", "triples", "classes"))
    size = len(vocabulary)
    for kind, keys, limit in (("pairs", pairs, size**2), ("triples", triples, size**3)):
        if len(keys) and (keys[0] < 0 or keys[-1] >= limit or (np.diff(keys) <= 0).any()):
            raise ValueError(f"{name}_{kind} are no sorted keys for {size} words")
    if len(pairs) and len(triples) and triples[-1] < pairs[-1]:
        raise ValueError(f"{name}_pairs and {name}_triples are exchanged")
    if len(classes) not in (0, size):
        raise ValueError(f"{name}_classes are {len(classes)} for {size} words")
    sequences = Sequences(size, pairs, triples, classes)
    _expect(f"{name}_rarity", arrays[f"{name}_rarity"], (len(sequences),))
    _expect(f"{name}_weights", arrays[f"{name}_weights"], (len(sequences), outputs))
    return WordWeights(sequences, arrays[f"{name}_rarity"], arrays[f"{name}_weights"])

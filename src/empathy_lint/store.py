"""A model folder: read it, judge it, then build an engine from it. JSON, plain arrays and ONNX, never pickle.

::

    manifest.json     format, engine, taxonomy, thresholds, what it was trained on, SHA-256 of the files beside it

    of a linear engine
    words.json        the vocabulary, in the order of its numbers
    arrays.npz        which word sequences are features, and the weights, float32

    of a transformer
    network.onnx      the network
    tokenizer.json    how texts become its tokens
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
from .engine import Engine
from .errors import ModelError
from .features import Sequences, Vocabulary, word_kinds
from .linear import LinearEngine
from .scoring import ContextScorer, Layers, Model, SentenceScorer, WordWeights
from .taxonomy import ACTS
from .transformer import NETWORK, TOKENIZER
from .transformer import build as build_transformer

FORMAT = 4
MANIFEST, WORDS, ARRAYS = "manifest.json", "words.json", "arrays.npz"
_ACTS, _FACTS = [act.value for act in ACTS], list(FACTS)
_SENTENCE_ARRAYS = ("bias", "unknown")
_LAYERS = ("hidden", "hidden_bias", "out", "out_bias")
_FILES = {"linear": (WORDS, ARRAYS), "transformer": (NETWORK, TOKENIZER)}
_CONTEXT_THRESHOLDS = ("sharing", "advice_requested", "crisis")


def load_engine(path: str | Path = "default") -> Engine:
    """Return the engine in a model folder, or a shipped one by its name.

    Raises
    ------
    ModelError
        If the folder is missing, altered, or of another format or taxonomy; the message names both values. Or if the
        engine needs libraries that are not installed.
    """
    folder = _find(path)
    manifest, files = _read(folder)
    _judge(folder, manifest, files)
    if manifest["engine"] == "transformer":
        return build_transformer(folder, manifest, files)
    return LinearEngine(_build(folder, manifest, files))


def load_model(path: str | Path = "default") -> Model:
    """Return the linear model in a folder, or a shipped one by its name.

    Raises
    ------
    ModelError
        As :func:`load_engine`, or if the folder holds another engine.
    """
    engine = load_engine(path)
    if not isinstance(engine, LinearEngine):
        raise ModelError(f"{path} holds no linear model")
    return engine.model


def save_model(model: Model, folder: str | Path) -> None:
    """Write the folder of a linear model; the same model gives the same bytes.

    Raises
    ------
    ModelError
        If the folder cannot be written.
    """
    sentences, context = model.sentences, model.context
    arrays = {
        **_word_arrays("said", sentences.said),
        **_word_arrays("heard", sentences.heard),
        **_word_arrays("context", context.said),
        **_word_arrays("expects", sentences.expects.said),
        **{name: getattr(sentences, name).astype(np.float32) for name in _SENTENCE_ARRAYS},
        **{name: getattr(sentences.second, name).astype(np.float32) for name in _LAYERS},
        "context_bias": context.bias.astype(np.float32),
        "expects_bias": sentences.expects.bias.astype(np.float32),
    }
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # read in a quarter of the time that compressed arrays take; a wheel compresses them anyway
    files = {ARRAYS: buffer.getvalue(), WORDS: json.dumps(model.vocabulary.words, ensure_ascii=False, indent=0).encode()}
    save_folder(folder, "linear", model.thresholds, model.about, files)


def save_folder(
    folder: str | Path,
    engine: str,
    thresholds: Mapping[str, float],
    about: Mapping[str, Any],
    files: Mapping[str, bytes],
    **more: object,
) -> None:
    """Write the folder of an engine: these files, and the manifest with what ``more`` it needs.

    Raises
    ------
    ModelError
        If the folder cannot be written.
    """
    folder = Path(folder)
    manifest = {
        "format": FORMAT,
        "engine": engine,
        "acts": _ACTS,
        "facts": _FACTS,
        "thresholds": dict(thresholds),
        **more,
        "about": dict(about),
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
    """Return the folder: a shipped model of this name if there is one, else the path."""
    path = "default" if path == "fast" else path
    if isinstance(path, str) and path and path.replace("-", "").replace("_", "").isalnum():
        package = Path(__file__).parent
        for shipped in (package / "models" / path, package.parents[1] / "models" / path):
            if (shipped / MANIFEST).is_file():
                return shipped
    folder = Path(path)
    if not folder.is_dir():
        hint = "; this release ships no deep engine yet" if path == "deep" else ""
        raise ModelError(f"no model folder: {path}{hint}")
    return folder


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        if not isinstance(manifest, dict):
            raise ValueError(f"{MANIFEST} holds no object")
        names = _FILES.get(str(manifest.get("engine")), ())
        files = {name: (folder / name).read_bytes() for name in names}
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is no model folder: it lacks {Path(error.filename).name}") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} is no model folder: {error}") from error
    return manifest, files


def _judge(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    expected: dict[str, object] = {"format": FORMAT, "acts": _ACTS, "facts": _FACTS}
    for key, wanted in expected.items():
        if manifest.get(key) != wanted or isinstance(manifest.get(key), bool):
            raise ModelError(f"{folder}: {key} is {manifest.get(key)!r}, this version reads {wanted!r}")
    if not files:
        raise ModelError(f"{folder}: engine is {manifest.get('engine')!r}, this version has {', '.join(_FILES)}")
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
        said, heard, expects = (_words(arrays, name, known, acts) for name in ("said", "heard", "expects"))
        for name in (*_SENTENCE_ARRAYS, "expects_bias"):
            _expect(name, arrays[name], (acts,))
        kinds = word_kinds(known)
        expected = ContextScorer(expects, arrays["expects_bias"])
        second = _layers(arrays, inputs=5 * acts + kinds.shape[1], outputs=acts)
        sentences = SentenceScorer(said, heard, arrays["bias"], expected, arrays["unknown"], kinds, second)
        spoken = _words(arrays, "context", known, len(_FACTS))
        _expect("context_bias", arrays["context_bias"], (len(_FACTS),))
        context = ContextScorer(spoken, arrays["context_bias"])
        context.beside(expected)  # raises if they use other features
    except (KeyError, ValueError, TypeError, AttributeError, EOFError, BadZipFile) as error:
        raise ModelError(f"{folder}: arrays and words do not fit together: {error}") from error
    return Model(known, sentences, context, manifest["thresholds"], manifest.get("about", {}))


def _layers(arrays: Mapping[str, Any], inputs: int, outputs: int) -> Layers:
    units = len(arrays["hidden_bias"])
    for name, shape in (
        ("hidden", (inputs, units)),
        ("hidden_bias", (units,)),
        ("out", (units, outputs)),
        ("out_bias", (outputs,)),
    ):
        _expect(name, arrays[name], shape)
    return Layers(*(arrays[name] for name in _LAYERS))


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

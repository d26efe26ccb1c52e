"""The deep engine: a small transformer that reads the whole reply in its context, run by onnxruntime."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .context import FACTS
from .encoding import Encoder, Window
from .errors import ModelError
from .features import FloatArray, word_spans
from .reading import Reading
from .records import Evidence
from .scoring import probability
from .taxonomy import ACTS

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

NETWORK, TOKENIZER = "network.onnx", "tokenizer.json"
REST = "(all else)"
_PLAIN_FACTS = FACTS.index("crisis") + 1  # these stand each by itself; behind them the emotions, which exclude each other


@dataclass(frozen=True)
class Calibration:
    """What makes the network's outputs probabilities: ``output * scale + shift``, one of each an act, then a fact."""

    scale: FloatArray
    shift: FloatArray


class TransformerEngine:
    """Scores with a transformer.

    Parameters
    ----------
    session
        The network: ``ids``, ``types`` and ``sentence`` of one window in, ``acts`` and ``facts`` out.
    encoder
        Makes windows.
    calibration, thresholds
        From the manifest.

    Notes
    -----
    The network reads one window at a time, so that scores never depend on what else is in the batch: its eight-bit
    arithmetic scales each input as a whole. Windows run side by side on all cores instead.
    """

    explains_quickly = False

    def __init__(
        self, session: InferenceSession, encoder: Encoder, calibration: Calibration, thresholds: Mapping[str, float]
    ) -> None:
        self._session = session
        self._encoder = encoder
        self._calibration = calibration
        self.thresholds = thresholds
        self._cores = os.cpu_count() or 1

    def score(self, reading: Reading) -> TransformerScored:
        """Return what the network says of these drafts."""
        turns = [[(turn.role, turn.text) for turn in draft.context if turn.text.strip()] for draft in reading.drafts]
        texts = [[sentence.text for sentence in reading.sentences_of(number)] for number in range(len(turns))]
        acts, facts = self.read(list(zip(turns, texts, strict=True)))
        return TransformerScored(self, reading, turns, np.vstack([np.zeros((0, len(ACTS))), *acts]), facts)

    def read(self, replies: Sequence[tuple[Sequence[tuple[str, str]], Sequence[str]]]) -> tuple[list[FloatArray], FloatArray]:
        """Return calibrated log-odds of each reply's sentences, and the probabilities of the facts, shape (replies, facts).

        ``replies`` holds turns and sentences, as :meth:`empathy_lint.encoding.Encoder.windows` takes them.
        """
        windows = [self._encoder.windows(turns, sentences) for turns, sentences in replies]
        flat = [window for each in windows for window in each]
        if len(flat) > 1 and self._cores > 1:
            with ThreadPoolExecutor(self._cores) as pool:
                outputs = iter(list(pool.map(self._run, flat)))
        else:
            outputs = iter([self._run(window) for window in flat])
        acts: list[FloatArray] = []
        facts = np.zeros((len(replies), len(FACTS)))
        for number, each in enumerate(windows):
            rows = [next(outputs) for _ in each]
            acts.append(np.vstack([row for row, _ in rows]))
            facts[number] = rows[0][1]
        return acts, facts

    def _run(self, window: Window) -> tuple[FloatArray, FloatArray]:
        inputs = {name: getattr(window, name)[None] for name in ("ids", "types", "sentence")}
        acts, facts = (output[0].astype(np.float64) for output in self._session.run(["acts", "facts"], inputs))
        scale, shift = self._calibration.scale, self._calibration.shift
        acts = acts[: window.after - window.first] * scale[: len(ACTS)] + shift[: len(ACTS)]
        facts = facts * scale[len(ACTS) :] + shift[len(ACTS) :]
        plain, emotions = probability(facts[:_PLAIN_FACTS]), np.exp(facts[_PLAIN_FACTS:] - facts[_PLAIN_FACTS:].max())
        return acts, np.concatenate([plain, emotions / emotions.sum()])


@dataclass(frozen=True)
class TransformerScored:
    """What the network says of a reading; ``turns`` holds what was said before each reply."""

    engine: TransformerEngine
    reading: Reading
    turns: Sequence[Sequence[tuple[str, str]]]
    log_odds: FloatArray
    facts: FloatArray = field(repr=False)

    def parts(self, parts: Sequence[tuple[int, str]]) -> FloatArray:
        """Return the probability that each part of a reply, ``(draft, text)``, does each act by itself, shape (parts, acts)."""
        acts, _ = self.engine.read([(self.turns[draft], [text]) for draft, text in parts])
        return probability(np.vstack([np.zeros((0, len(ACTS))), *acts]))

    def weigh(self, sentence: int, column: int) -> tuple[Evidence, ...]:
        """Return how much the log-odds fall when each word is left out, the heaviest first, and the rest in one.

        One reading of the reply a word: it takes some tenths of a second.
        """
        reply = self.reading.reply_of[sentence]
        sentences = self.reading.sentences_of(reply)
        held = self.reading.sentences[sentence]
        number = sentences.index(held)
        spans = word_spans(held.text)
        texts = [s.text for s in sentences]
        without = [[*texts[:number], held.text[:start] + held.text[end:], *texts[number + 1 :]] for start, end in spans]
        acts, _ = self.engine.read([(self.turns[reply], text) for text in without])
        whole = float(self.log_odds[sentence, column])
        shares = [whole - float(rows[number, column]) for rows in acts]
        out = [
            Evidence(held.text[start:end], share, held.start + start, held.start + end)
            for (start, end), share in zip(spans, shares, strict=True)
        ]
        out.append(Evidence(REST, whole - sum(shares)))
        return tuple(sorted(out, key=lambda item: -abs(item.contribution)))


def build(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> TransformerEngine:
    """Return the engine from the files of its folder.

    Raises
    ------
    ModelError
        If the libraries it needs are not there, or the files do not fit together.
    """
    try:
        import onnxruntime
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ModelError("the deep engine needs more libraries: pip install 'empathy_lint[deep]'") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(files[NETWORK], options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_str(files[TOKENIZER].decode("utf-8"))
        scale, shift = (np.array(manifest["calibration"][name], dtype=np.float64) for name in ("scale", "shift"))
        if scale.shape != (len(ACTS) + len(FACTS),) or shift.shape != scale.shape:
            raise ValueError(f"the calibration has shape {scale.shape}")
    except Exception as error:
        raise ModelError(f"{folder}: network and manifest do not fit together: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return TransformerEngine(session, Encoder(tokenizer), Calibration(scale, shift), manifest["thresholds"])

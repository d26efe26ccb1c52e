import hashlib
import io
import json
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from empathy_lint import Linter
from empathy_lint.errors import ModelError
from empathy_lint.features import Texts
from empathy_lint.store import ARRAYS, MANIFEST, WORDS, load_model, save_model

SHIPPED = Path(__file__).parents[1] / "models" / "default"
DRAFTS = [
    {"reply": "Have you tried talking to him? I know exactly how you feel.", "context": "My brother never calls me back."},
    {"reply": "The same thing happened to me last year. That sounds so lonely."},
    {"reply": ""},
]


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the shipped model, to be spoilt."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "model"))


def state(manifest, folder):
    """Write the manifest, with the SHA-256 of the files as they are now."""
    manifest["sha256"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (ARRAYS, WORDS)}
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def read_manifest(folder):
    return json.loads((folder / MANIFEST).read_text("utf-8"))


def read_arrays(folder):
    with np.load(folder / ARRAYS, allow_pickle=False) as stored:
        return dict(stored)


def refused(folder, reason):
    """Tell that the folder is refused in one line that names it."""
    with pytest.raises(ModelError, match=reason) as refusal:
        load_model(folder)
    message = str(refusal.value)
    assert str(folder) in message
    assert "\n" not in message


# Saving and loading


def test_a_saved_model_gives_identical_scores(linter, tmp_path):
    save_model(linter.engine.model, tmp_path / "again")
    again = Linter.load(tmp_path / "again")
    assert list(again.lint_many(DRAFTS)) == list(linter.lint_many(DRAFTS))
    scores, facts = [], []
    for model in (linter.engine.model, again.engine.model):
        numbers = [
            model.vocabulary.numbers(Texts.read([draft.get(key, "") for draft in DRAFTS[:2]])) for key in ("reply", "context")
        ]
        scores.append(model.sentences.log_odds(numbers[0], model.sentences.answered(numbers[1], [1, 1]), [1, 1]))
        facts.append(model.context.log_odds(numbers[1], [1, 1]))
    assert np.array_equal(*scores)
    assert np.array_equal(*facts)


def test_the_same_model_gives_the_same_bytes(linter, tmp_path):
    for name in ("one", "deep/er/two"):
        save_model(linter.engine.model, tmp_path / name)
    for name in (MANIFEST, WORDS, ARRAYS):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "deep/er/two" / name).read_bytes()


def test_a_loaded_model_remembers_what_it_was_made_of(linter, tmp_path):
    save_model(linter.engine.model, tmp_path)
    again = load_model(tmp_path)
    assert again.thresholds == linter.engine.model.thresholds
    assert again.about == linter.engine.model.about != {}


def test_a_model_is_found_by_name_or_by_path(folder):
    assert load_model().about == load_model("default").about == load_model(folder).about == load_model(str(folder)).about


def test_a_folder_that_cannot_be_written_is_a_model_error(linter, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match="cannot write the model"):
        save_model(linter.engine.model, tmp_path / "file" / "model")


# No pickle


@pytest.mark.parametrize("path", [path for path in SHIPPED.rglob("*") if path.is_file()], ids=lambda path: path.name)
def test_no_shipped_file_is_a_pickle(path):
    contents = [path.read_bytes()]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            contents += map(archive.read, archive.namelist())
    assert not any(content.startswith(b"\x80") or b"\x80\x04\x95" in content[:4096] for content in contents)
    assert path.suffix in {".json", ".npz", ".md"}


def test_the_shipped_arrays_are_plain_numbers():
    assert {array.dtype.kind for array in read_arrays(SHIPPED).values()} <= {"i", "f"}


class Trapdoor:
    def __reduce__(self):
        return pytest.fail, ("a pickle was executed",)


def test_a_pickle_among_the_arrays_is_never_executed(folder):
    arrays = read_arrays(folder) | {"bias": np.array([Trapdoor()], dtype=object)}
    np.savez(folder / ARRAYS, allow_pickle=True, **arrays)
    state(read_manifest(folder), folder)
    refused(folder, "pickle")


def test_a_pickle_instead_of_the_arrays_is_never_executed(folder):
    (folder / ARRAYS).write_bytes(pickle.dumps(Trapdoor()))
    state(read_manifest(folder), folder)
    refused(folder, "do not fit")


# What is refused


@pytest.mark.parametrize("name", [WORDS, ARRAYS])
@pytest.mark.parametrize("at", [0, 1000, -1])
def test_one_altered_byte_is_refused_with_both_sums(folder, name, at):
    content = bytearray((folder / name).read_bytes())
    stated = hashlib.sha256(content).hexdigest()
    content[at] ^= 1
    (folder / name).write_bytes(content)
    refused(folder, f"altered: SHA-256 is {hashlib.sha256(content).hexdigest()}, the manifest says {stated}")


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("format", 3, "format is 3, this version reads 4"),
        ("format", None, "format is None, this version reads 4"),
        ("acts", ["fixing", "preaching"], "acts is .*preaching.* this version reads .*hijacking"),
        ("facts", [], r"facts is \[\], this version reads .*sharing"),
        ("thresholds", {"fixing": 0.5}, "thresholds must be given for .*hijacking"),
        ("thresholds", None, "thresholds must be given"),
        ("sha256", {}, "the manifest says None"),
        ("sha256", "none", "the manifest says None"),
    ],
)
def test_a_foreign_manifest_is_refused_with_both_values(folder, key, value, reason):
    (folder / MANIFEST).write_text(json.dumps(read_manifest(folder) | {key: value}))
    refused(folder, reason)


@pytest.mark.parametrize("name", [MANIFEST, WORDS, ARRAYS])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    refused(folder, f"lacks {name}")


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"3"])
def test_a_garbled_manifest_is_refused(folder, garbage):
    (folder / MANIFEST).write_bytes(garbage)
    refused(folder, "no model folder")


@pytest.mark.parametrize(
    ("one", "other"), [("said_weights", "heard_weights"), ("said_rarity", "context_rarity"), ("said_pairs", "said_rarity")]
)
def test_swapped_arrays_are_refused(folder, one, other):
    arrays = read_arrays(folder)
    arrays[one], arrays[other] = arrays[other], arrays[one]
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    (folder / ARRAYS).write_bytes(buffer.getvalue())
    state(read_manifest(folder), folder)
    refused(folder, "arrays and words do not fit together")


@pytest.mark.parametrize(
    "missing", ["hidden", "out_bias", "unknown", "bias", "context_bias", "said_pairs", "context_weights", "expects_weights"]
)
def test_missing_arrays_are_refused(folder, missing):
    arrays = read_arrays(folder)
    del arrays[missing]
    np.savez(folder / ARRAYS, **arrays)
    state(read_manifest(folder), folder)
    refused(folder, f"do not fit together: '{missing}'")


@pytest.mark.parametrize("words", [b"{}", b'{"sentences": ["a"], "context": ["b"]}', b'{"sentences": 3, "context": 4}', b"\xff"])
def test_other_words_are_refused(folder, words):
    (folder / WORDS).write_bytes(words)
    state(read_manifest(folder), folder)
    refused(folder, "do not fit together")


@pytest.mark.parametrize("name", ["no_such_model", "no/such/folder", __file__])
def test_what_is_no_folder_is_refused(name):
    refused(name, "no model folder")


def test_an_empty_folder_is_refused(tmp_path):
    refused(tmp_path, f"lacks {MANIFEST}")

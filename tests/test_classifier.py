import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from empathy_lint import Turn
from empathy_lint.classifier import ContextClassifier, Passage, TrapClassifier, act_matrix
from empathy_lint.context import FACTS
from empathy_lint.taxonomy import ACTS

LOSS = (Turn("speaker", "My bike was stolen last night."),)
SMALL_TALK = (Turn("speaker", "What is for lunch?"), Turn("listener", "Soup."), Turn("speaker", "Any advice on bread?"))

X = [
    Passage(("You should call the police.", "That sounds awful."), LOSS),
    Passage(("I know how you feel.",), LOSS),
    Passage(("I lost my bike too.", "You should lock it.", "Oh no."), LOSS),
    Passage(("Try the rye bread.",), SMALL_TALK),
    Passage(("What was it like for you?",)),
    Passage(("You should try the rye bread.", "That sounds awful."), SMALL_TALK),
] * 6
Y = [[["FX"], ["VA"]], [["IU"]], [["HJ"], ["FX"], ["NO"]], [["FX"]], [["OQ"]], [["FX"], ["VA"]]] * 6
SENTENCES = sum(len(passage.sentences) for passage in X)

CONTEXTS = [LOSS, SMALL_TALK, ()] * 4
FACT_ROWS = np.array([[1, 0, 0, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 1]] * 4, dtype=float)

MAKERS = [(TrapClassifier, X, Y), (ContextClassifier, CONTEXTS, FACT_ROWS)]
each = pytest.mark.parametrize(("make", "x", "y"), MAKERS, ids=["traps", "facts"])


@pytest.fixture(scope="module")
def fitted():
    return TrapClassifier(folds=3).fit(X, Y)


@each
def test_parameters_are_stored_as_given(make, x, y):
    given = {name: object() for name in make().get_params()}
    assert make(**given).get_params() == given


@each
def test_set_params_changes_what_get_params_tells(make, x, y):
    assert make().set_params(C=2.5, folds=4).get_params() == {**make().get_params(), "C": 2.5, "folds": 4}


@each
def test_a_clone_has_the_parameters_and_nothing_learnt(make, x, y):
    copy = clone(make(C=2.5, min_count=1, folds=3).fit(x, y))
    assert copy.get_params() == make(C=2.5, min_count=1, folds=3).get_params()
    with pytest.raises(NotFittedError):
        copy.predict_proba(x)


@each
def test_fit_returns_the_estimator(make, x, y):
    estimator = make(folds=3)
    assert estimator.fit(x, y) is estimator


@each
def test_a_refit_forgets_what_was_learnt_before(make, x, y):
    twice = make(folds=2).fit(x[:6], y[:6]).fit(x, y)
    once = make(folds=2).fit(x, y)
    assert np.array_equal(twice.predict_proba(x), once.predict_proba(x))
    assert np.array_equal(twice.held_out_, once.held_out_)


@each
def test_fitting_changes_neither_parameters_nor_data(make, x, y):
    estimator, before = make(folds=3), (list(x), np.array(y, dtype=object).tolist())
    estimator.fit(x, y)
    assert estimator.get_params() == make(folds=3).get_params()
    assert (list(x), np.array(y, dtype=object).tolist()) == before


@each
def test_joblib_round_trip(make, x, y, tmp_path):
    estimator = make(folds=3).fit(x, y)
    joblib.dump(estimator, tmp_path / "estimator")
    assert np.array_equal(joblib.load(tmp_path / "estimator").predict_proba(x), estimator.predict_proba(x))


@each
def test_probabilities_lie_between_0_and_1(make, x, y):
    estimator = make(folds=3).fit(x, y)
    for rows in (estimator.predict_proba(x), estimator.held_out_):
        assert ((rows >= 0) & (rows <= 1)).all()


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_unfitted_raises(method):
    with pytest.raises(NotFittedError):
        getattr(TrapClassifier(), method)(X)


def test_unfitted_raises_for_facts():
    with pytest.raises(NotFittedError):
        ContextClassifier().predict_proba(CONTEXTS)


@pytest.mark.parametrize("y", [Y[:-1], [*Y, [["NO"]]], [[["NO"]], *Y[1:]], [[["NO"]] * 3, *Y[1:]], []])
def test_labels_that_do_not_fit_the_sentences_are_refused(y):
    with pytest.raises(ValueError, match="labels"):
        TrapClassifier(folds=3).fit(X, y)


def test_more_folds_than_replies_are_refused():
    with pytest.raises(ValueError, match="n_splits"):
        TrapClassifier(folds=5).fit(X[:4], Y[:4])


def test_one_row_a_sentence_and_one_column_an_act(fitted):
    assert fitted.predict_proba(X).shape == fitted.held_out_.shape == (SENTENCES, len(ACTS))


def test_one_row_a_context_and_one_column_a_fact():
    estimator = ContextClassifier(folds=3).fit(CONTEXTS, FACT_ROWS)
    assert estimator.predict_proba(CONTEXTS).shape == estimator.held_out_.shape == (len(CONTEXTS), len(FACTS))


def test_no_replies_have_no_rows(fitted):
    assert fitted.predict_proba([]).shape == (0, len(ACTS))


def test_predict_tells_what_is_likelier_than_not(fitted):
    assert np.array_equal(fitted.predict(X), fitted.predict_proba(X) > 0.5)


def test_decision_function_is_the_log_odds(fitted):
    probabilities = fitted.predict_proba(X)
    np.testing.assert_allclose(fitted.decision_function(X), np.log(probabilities / (1 - probabilities)), atol=1e-6)


def test_classes_name_the_columns(fitted):
    assert fitted.classes_.tolist() == [act.value for act in ACTS]
    assert ContextClassifier(folds=3).fit(CONTEXTS, FACT_ROWS).classes_.tolist() == list(FACTS)


def test_what_was_taught_is_learnt(fitted):
    fixing = fitted.predict_proba(X)[:, 0]
    taught = act_matrix(Y)[:, 0] == 1
    assert fixing[taught].min() > fixing[~taught].max()


def test_held_out_probabilities_know_nothing_of_their_own_reply():
    strangers = [Passage((word,)) for word in ("ash", "bay", "cod", "dew", "elm", "fig")]
    estimator = TrapClassifier(min_count=1, folds=3).fit(strangers, [[["FX"]], [["NO"]]] * 3)
    assert len(np.unique(estimator.held_out_[:, 0].round(9))) <= 3  # no word is known: one value a part


def test_a_fact_that_never_shows_keeps_its_base_rate():
    crisis = ContextClassifier(folds=3).fit(CONTEXTS, FACT_ROWS).predict_proba(CONTEXTS)[:, FACTS.index("crisis")]
    assert np.ptp(crisis) == 0
    assert crisis[0] < 0.1


def test_act_matrix_has_a_row_a_sentence():
    matrix = act_matrix([[["FX", "HJ"], ["NO"]], [["OQ"]]])
    assert matrix.tolist() == [[1, 0, 1, 0, 0, 0, 0], [0] * 7, [0, 0, 0, 0, 0, 0, 1]]


def test_act_matrix_of_nothing_has_the_columns():
    assert act_matrix([]).shape == (0, len(ACTS))

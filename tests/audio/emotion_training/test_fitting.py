import numpy as np

from audio.emotion_training.fitting import Examples, balance, fit


def two_moods(count=400):
    """Feature 0 tells the label, feature 1 arousal; every fifth example has no label, every seventh no arousal."""
    rng = np.random.default_rng(1)
    labels, excited = rng.integers(0, 2, count), rng.integers(0, 2, count)
    relative = np.column_stack((labels * 2 - 1, excited * 2 - 1, rng.standard_normal(count)))
    number = np.arange(count)
    return Examples(
        relative + 0.3 * rng.standard_normal(relative.shape),
        np.where(number % 5, labels, -1),
        np.where(number % 7, excited, -1),
        label_count=2,
    )


def test_labels_and_arousal_are_learnt_from_what_is_marked():
    examples = two_moods()
    logits = fit(examples, seed=1, units=4).logits(examples.relative)
    marked, roused = examples.labels >= 0, examples.excited >= 0
    assert np.mean(logits[marked, :2].argmax(1) == examples.labels[marked]) > 0.95
    assert np.mean((logits[roused, 2] > 0) == examples.excited[roused]) > 0.95


def test_the_same_seed_gives_the_same_network():
    one, two, other = (fit(two_moods(), seed=seed, units=4) for seed in (1, 1, 2))
    assert np.array_equal(one.hidden, two.hidden)
    assert not np.array_equal(one.hidden, other.hidden)


def test_rare_classes_weigh_as_much_as_common_ones():
    classes = np.array([0] * 30 + [1] * 10 + [-1] * 5)
    weights = balance(classes, 2)
    assert weights[classes == 0].sum() == weights[classes == 1].sum()
    assert weights[classes == -1].sum() == 0
    assert weights.mean() == 1

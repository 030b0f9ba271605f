"""Each mutation of tests/mutate.py still finds its text, once: a check that is written anew needs a new mutation."""

import ast

import pytest

from tests.mutate import MUTATIONS, ROOT, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: f"{each.file}: {each.text[:40]}")
def test_a_mutations_text_stands_in_its_file_once(mutation: Mutation) -> None:
    [path] = (ROOT / "app/core").rglob(mutation.file)
    source = path.read_text()
    assert source.count(mutation.text) == 1


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: f"{each.file}: {each.replacement[:40]}")
def test_a_mutant_is_a_program(mutation: Mutation) -> None:
    [path] = (ROOT / "app/core").rglob(mutation.file)
    source = path.read_text()
    ast.parse(source.replace(mutation.text, mutation.replacement, 1))

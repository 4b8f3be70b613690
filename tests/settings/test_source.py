"""The table of sources, as settings, command line and errors tell it."""

from importlib import import_module

import pytest

from pipeline.settings.settings import Settings
from pipeline.settings.source import FORMS, SOURCES


def test_the_forms_of_all_sources_are_what_the_setting_says():
    assert FORMS == "sample, files:PATH, yahoo:SYMBOL,… or yahoo:UNIVERSE"
    assert Settings.model_fields["source"].description == FORMS


@pytest.mark.parametrize("kind", SOURCES.values(), ids=SOURCES)
def test_the_module_of_a_source_opens_it(kind):
    assert callable(import_module(kind.module).source)
    assert {form.partition(":")[0] for form in kind.forms} == {kind.name}

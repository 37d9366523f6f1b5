"""The form that asks for a look at the database."""

from __future__ import annotations

from annotations.releases.forms import ReleaseForm

_OF_RELEASES = ("name", "label_set", "images", "validation_share", "test_share", "split_seed")


class ExplorationForm(ReleaseForm):
    """The filter of a release without what only a release has."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in _OF_RELEASES:
            del self.fields[name]

"""What is generated equals what the registry says now, and links lead somewhere."""

import re

import pytest

from tests.support.code import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]+\]\((?!https?://|#|mailto:)([^)#]+)")


def test_generated_documents_are_in_step() -> None:
    from crosschannel.jobs.write_docs import README, generated

    for name, content in generated((ROOT / README).read_text(encoding="utf-8")).items():
        assert (ROOT / name).read_text(encoding="utf-8") == content, f"{name} is out of step: run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page) -> None:
    broken = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / target).exists()]
    assert not broken


def test_the_readme_names_every_make_target_and_make_help_lists_it() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    documented = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    declared = set(" ".join(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)).split())
    assert declared == documented
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")))
        assert named <= documented, f"{page.name} names {sorted(named - documented)}"

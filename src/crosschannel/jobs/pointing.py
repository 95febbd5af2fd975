"""The pointer row of a release, and what keeps ``publish_segments`` from writing one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crosschannel.contracts.serving import PIN_DAYS
from crosschannel.io.lake import Lake
from crosschannel.io.releases import MOST, SEGMENTS, Release, is_current, releases, stored_contract, withdrawn_digests
from crosschannel.io.small_files import Folder
from crosschannel.jobs.contracts_beside import FOLDER, write_contracts
from crosschannel.publish.release import Content
from crosschannel.runtime.audit import code_hash
from crosschannel.runtime.context import JobContext


def reason_to_stay(lake: Lake, before: Release | None, digest: str, *, is_erasure: bool = False) -> str | None:
    """Say why rows with this digest are not published: they are already, or people took them back.

    An erasure publishes even what was taken back: the files of the release before it are about to go.
    """
    if before is None:
        return None
    if before.digest == digest and is_current(lake, before):
        return f"no change: release {before.release_id} holds these rows already"
    if not is_erasure and before.withdraws and digest in withdrawn_digests(releases(lake, limit=MOST)):
        return f"not published: these rows were taken back by {before.acted_by} ({before.reason}); `crosschannel releases rollback` shows them again"
    return None


def pointer_row(ctx: JobContext, content: Content, release_id: str, counts: Mapping[str, int], before: Release | None, settings: str) -> tuple[Any, ...]:
    """Return the row of ``serving.releases`` that shows what was just written; its tables' contracts lie beside it by then."""
    completed = stored_contract(ctx.lake, sorted(set(content.model_versions) - {SEGMENTS}))
    write_contracts(Folder(ctx.spark, f"{ctx.lake.root}/{FOLDER}/{release_id}"), ctx.outputs, completed)
    number = before.release_number + 1 if before else 1
    readable_until = ctx.now + timedelta(days=PIN_DAYS)
    return (
        release_id, number, content.as_of_date, dict(ctx.outputs), dict(counts), content.model_versions, content.digest, settings,
        ctx.now, content.digests, code_hash(), readable_until, None, None, None, None,
    )  # fmt: skip

"""Hold a map against people whose identifiers are known: precision, recall and F1 over pairs, of this map and of the one before.

Counted from how many identifiers of each person each customer holds, never from pairs, over the
labelled identifiers the new map holds; both maps are graded on the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame

from crosschannel.contracts.silver import IdentityMap
from crosschannel.contracts.truth import TrueIdentifiers
from crosschannel.errors import InputError, UsageError
from crosschannel.identity.labelled import LABEL_COLUMNS, to_owned, to_spelled
from crosschannel.identity.sightings import with_value_node_key
from crosschannel.io.delta_log import hadoop_path
from crosschannel.io.staging import staging
from crosschannel.jobs.left_before import read_known
from crosschannel.quality.grade_identity import pairwise_grades, to_matched
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.identity import IdentitySettings


@dataclass(frozen=True)
class LabelGrades:
    """What labels say of a map and of the one before (``None``: there was none)."""

    identifiers: int
    unseen: int
    now: dict[str, float]
    before: dict[str, float] | None

    @property
    def f1(self) -> tuple[float, float | None]:
        """F1 of this map and of the one before."""
        return self.now["f1"], None if self.before is None else self.before["f1"]


def label_grades(ctx: JobContext, settings: IdentitySettings, identity_map: DataFrame) -> LabelGrades | None:
    """Grade a map that is not published yet against the labels; ``None`` if no labels are configured.

    Raises
    ------
    InputError
        The labels cannot be read, or name nobody the map holds: a gate that looks at nothing must not seem passed.
    """
    if settings.labels is None:
        return None
    known = read_known(ctx)
    with staging() as keep:
        labels = keep(_read(ctx, settings))
        held = keep(labels.join(identity_map, on=str(IdentityMap.node_key), how="left_semi"))
        identifiers, given = held.count(), labels.count()
        if not identifiers:
            raise InputError(
                f"none of the {given:,} identifiers in {settings.labels.path} that one person has is in the map: "
                "are they spelled as in the raw logs, under namespaces of identity.yaml, and is it the key the lake was made with?"
            )
        now = pairwise_grades(keep(to_matched(held, identity_map)))
        before = None if known is None else pairwise_grades(keep(to_matched(held, known)))
    return LabelGrades(identifiers, given - identifiers, now, before)


def say_labels(ctx: JobContext, settings: IdentitySettings, found: LabelGrades) -> None:
    """Log what labels say, and warn if the map got worse by more than a little."""
    earlier = {f"{name}_before": round(value, 4) for name, value in (found.before or {}).items()}
    ctx.log("labels", identifiers=found.identifiers, unseen=found.unseen, **{name: round(value, 4) for name, value in found.now.items()}, **earlier)
    now, before = found.f1
    if before is not None and before - now > settings.gate.warn_label_f1_drop:
        ctx.log("WARNING: F1 over labelled people fell by more than gate.warn_label_f1_drop", f1=round(now, 4), f1_before=round(before, 4))


def _read(ctx: JobContext, settings: IdentitySettings) -> DataFrame:
    """Return one row per labelled identifier of exactly one person."""
    assert settings.labels is not None
    if not ctx.raw:
        raise UsageError(f"identity.yaml names labels in {settings.labels.path} under the raw folder: give it with --raw DIR")
    file, fs = hadoop_path(ctx.spark, f"{ctx.raw}/{settings.labels.path}")
    if not fs.exists(file):
        raise InputError(f"no file of labels at {settings.labels.path} under the raw folder; put them there, or take `labels` out of identity.yaml")
    rows = ctx.spark.read.csv(f"{ctx.raw}/{settings.labels.path}", header=True, inferSchema=False, encoding="UTF-8")
    if missing := sorted(set(LABEL_COLUMNS) - set(rows.columns)):
        raise InputError(f"{settings.labels.path} has no column {', '.join(missing)}: labels are a CSV file with the header {','.join(LABEL_COLUMNS)}")
    pseudonyms = settings.pseudonyms
    spelled = rows.transform(to_spelled, settings=settings)
    keyed = spelled.transform(
        with_value_node_key, TrueIdentifiers.namespace, TrueIdentifiers.value, spark=ctx.spark, key=pseudonym_key(pseudonyms), version=pseudonyms.version
    )
    return keyed.transform(to_owned)

"""A trained segmentation as table rows and as evidence for its reviewer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from crosschannel.contracts.ml import SegmentModels, SegmentProfiles
from crosschannel.models.cards import to_card, to_markdown
from crosschannel.models.density_report import density_figure, density_metrics, density_section
from crosschannel.models.evidence import CARD, Evidence, step_zero
from crosschannel.models.figures import choice_figure, migration_figure, profile_figure, sizes_figure
from crosschannel.models.gate import Verdict, verdict_on_segments
from crosschannel.models.migration import Migration
from crosschannel.models.segment_model import SegmentModel
from crosschannel.models.segments import TrainedSegments
from crosschannel.settings.segments import SegmentsSettings

NATIVE_FILE = "segments.json"
SHOWN_TRAITS = 12
LIMITS = (
    "K-Means finds round groups of similar spread; customers with low confidence lie between two of them. Segments describe "
    "behaviour; they do not say what a campaign would change. Demographics take no part unless `segments.yaml` says so."
)


def model_rows(trained: TrainedSegments, as_of_date: date) -> Iterator[dict[str, Any]]:
    """Yield the row of ``ml.segment_models``."""
    model = trained.model
    yield {
        SegmentModels.model_version: model.version,
        SegmentModels.content: model.content,
        SegmentModels.choice: json.dumps(trained.choice.as_dict(), sort_keys=True),
        SegmentModels.as_of_date: as_of_date,
        SegmentModels.k: len(model.centres),
    }


def profile_rows(trained: TrainedSegments) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``ml.segment_profiles``."""
    model = trained.model
    for i, profile in enumerate(trained.profiles):
        yield {
            SegmentProfiles.model_version: model.version,
            SegmentProfiles.segment_id: model.segment_ids[i],
            SegmentProfiles.segment_name: model.names[i],
            SegmentProfiles.description: trained.descriptions[i],
            SegmentProfiles.customers: profile.customers,
            SegmentProfiles.share: profile.share,
            SegmentProfiles.preferred_channel: profile.channel,
            SegmentProfiles.traits: [(e.feature, e.effect, e.segment_mean, e.population_mean) for e in profile.effects[:SHOWN_TRAITS]],
            SegmentProfiles.aligned_from: trained.alignment.aligned_from[i],
        }


def verdict_on(trained: TrainedSegments, settings: SegmentsSettings, before: SegmentModel | None) -> Verdict:
    """Decide whether the segmentation is fit for use."""
    chosen = next(c for c in trained.choice.candidates if c.k == trained.choice.k)
    kept = None if before is None else sum(a is not None for a in trained.alignment.aligned_from) / len(before.centres)
    return verdict_on_segments(chosen.stability, settings.choice.min_stability, kept)


def segment_evidence(
    trained: TrainedSegments, settings: SegmentsSettings, verdict: Verdict, as_of_date: date, migration: Migration | None = None
) -> Evidence:
    """Gather what a reviewer of the segments needs; ``migration`` is from the champion, if it can still group these customers."""
    choice, model, profiles = trained.choice, trained.model, trained.profiles
    chosen = next(c for c in choice.candidates if c.k == choice.k)
    curves = [(f"by_k/{n}", float(getattr(c, n)), c.k) for c in choice.candidates for n in ("silhouette", "stability", "min_share", "cost")]
    kept = sum(a is not None for a in trained.alignment.aligned_from)
    single = {
        "k": choice.k, "silhouette": chosen.silhouette, "stability": chosen.stability, "customers": sum(p.customers for p in profiles),
        "min_share": min(p.share for p in profiles), "ids_continued": kept, "passes": len(trained.passes.costs),
    }  # fmt: skip
    params = {
        "features": len(model.geometry.features), "coordinates": len(model.centres[0]), "restarts": settings.restarts,
        "range": f"{settings.choice.smallest}..{settings.choice.largest}", "min_stability": settings.choice.min_stability,
        "engine": settings.engine, "sample_rows": len(trained.sample), "as_of_date": as_of_date,
    }  # fmt: skip
    evidence = Evidence(
        params=params,
        metrics=[*step_zero(single), *curves, *(("cost_by_pass", c, i) for i, c in enumerate(trained.passes.costs))],
        tags={"model_version": model.version, "continues": model.continues, "reason_for_k": choice.reason, **verdict.tags},
        figures={
            "choice_of_k.png": choice_figure(choice.candidates, choice.k),
            "profile_heat_map.png": profile_figure(model.names, profiles),
            "segment_sizes.png": sizes_figure(model.names, profiles),
        },
        texts={CARD: _card(trained, settings, verdict, as_of_date, migration)},
        dicts={"choice.json": choice.as_dict(), "gate.json": verdict.as_dict(), "segment_cards.json": list(_cards(trained))},
    )
    if trained.groups:
        evidence.metrics += step_zero(density_metrics(trained.groups))
        evidence.figures["density.png"] = density_figure(trained.groups, model)
        evidence.dicts["density.json"] = trained.groups.as_dict()
    if migration:
        evidence.metrics.append(("customers_kept", migration.kept, 0))
        evidence.figures["migration.png"] = migration_figure(migration)
        evidence.dicts["migration.json"] = migration.as_dict()
    return evidence


def _cards(trained: TrainedSegments) -> Iterator[dict[str, Any]]:
    """Yield what a marketer needs to know of each segment; sizes and means, never a customer."""
    for row in profile_rows(trained):
        yield {str(c): row[c] for c in SegmentProfiles.contract.columns if c != SegmentProfiles.traits} | {
            "traits": [dict(zip(("feature", "effect", "segment_mean", "population_mean"), t, strict=True)) for t in row[SegmentProfiles.traits]]
        }


def _card(trained: TrainedSegments, settings: SegmentsSettings, verdict: Verdict, as_of_date: date, migration: Migration | None) -> str:
    model, customers = trained.model, sum(p.customers for p in trained.profiles)
    purpose = (
        f"Groups customers by what they did in all channels. Fitted on all {customers:,} customers with features as of {as_of_date}; "
        f"ids continue those of {model.continues or 'no earlier model'}."
    )
    groups = "; ".join(f"{i.group} (weight {i.weight:g}, {i.transform})" for i in settings.inputs)
    inputs = f"{groups}. Extremes are cut at {settings.winsorise:.1%} on either side. Features: {', '.join(model.geometry.features)}."
    sections = {
        "Purpose and population": [purpose],
        "Segments": [_segment_table(trained), *(f"- **{name}**: {text}" for name, text in zip(model.names, trained.descriptions, strict=True))],
        "Why this many": [f"{trained.choice.reason}.", _choice_table(trained)],
        "Who moves": [f"{migration.kept:.1%} of the customers keep their segment id.", migration.table()] if migration else ["There is no model before."],
        **({"Groups by density": density_section(trained.groups)} if trained.groups else {}),
        "Inputs": [inputs],
        "Limits": [LIMITS],
    }
    return to_card(f"Segments {model.version}", verdict, sections)


def _segment_table(trained: TrainedSegments) -> str:
    model, alignment = trained.model, trained.alignment
    rows = [
        (model.segment_ids[i], model.names[i], f"{p.customers:,}", f"{p.share:.1%}", f"{p.value_ratio:.2f} x average",
         f"{p.recency_days:.0f} days", alignment.aligned_from[i] or "new")
        for i, p in enumerate(trained.profiles)
    ]  # fmt: skip
    return to_markdown(("id", "name", "customers", "share", "value", "last active", "continues"), rows)


def _choice_table(trained: TrainedSegments) -> str:
    rows = [(str(c.k), f"{c.silhouette:.3f}", f"{c.stability:.2f}", f"{c.min_share:.1%}", c.verdict) for c in trained.choice.candidates]
    return to_markdown(("k", "silhouette", "stability", "smallest share", "verdict"), rows)

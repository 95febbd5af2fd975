"""Say of every customer which segment they belong to, what the champions of all scores foretell, and why.

Reads   gold.customer_features of the as-of date; ml.segment_models, ml.models (the registry's champions); silver.consents and
        silver.identity_map, to leave out who did not allow it
Writes  ml.customer_segments, one row per customer; ml.customer_scores and ml.score_reasons, one row per customer and score
Rerun   the day's slice is swapped whole: the same features and champions give the same rows
Submit  spark-submit --properties-file conf/spark/cluster.conf jobs/score_customers.py --conf conf/demo --lake hdfs:///lake
"""

from __future__ import annotations

from pyspark.sql import functions as F

from crosschannel.contracts.ml import CustomerScores, CustomerSegments, SegmentModels
from crosschannel.errors import UsageError
from crosschannel.jobs.champions import champion_names, score_champions
from crosschannel.jobs.consenting import permitted
from crosschannel.jobs.reasoning import worths_of, write_reasons
from crosschannel.jobs.train_segments import SEGMENTS
from crosschannel.models.apply import to_scores
from crosschannel.models.deciles import with_decile
from crosschannel.models.segment_model import stored_segments, to_segments
from crosschannel.models.split import only_as_of
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.features import features_contract
from crosschannel.settings.scores import TrainScoresSettings


def run(ctx: JobContext, settings: TrainScoresSettings) -> None:
    """Assign segments and scores with the champions, on executors."""
    segments = stored_segments(ctx.read(SegmentModels), ctx.tracker.champion(SEGMENTS))
    champions = score_champions(ctx, settings)
    if segments is None or not champions:
        raise UsageError(f"no champion for {SEGMENTS if segments is None else 'any score'}: run train_segments and train_scores first; if the gate refused a first model, `crosschannel models list` says why")
    day, worths = F.lit(ctx.as_of_date), worths_of(settings)
    of_day = ctx.read(features_contract(settings.features)).transform(only_as_of, ctx.as_of_date)
    with permitted(ctx, of_day, settings.consent, "scoring") as features:
        assigned = features.transform(to_segments, segments).withColumns(
            {str(CustomerSegments.as_of_date): day, str(CustomerSegments.model_version): F.lit(segments.version)}
        )
        scored = features.transform(to_scores, champions, worths).transform(with_decile)
        ctx.write(CustomerSegments, assigned, slices=[ctx.as_of_date])
        stored = ctx.write(CustomerScores, scored.withColumn(CustomerScores.as_of_date, day), slices=[ctx.as_of_date])
        write_reasons(ctx, settings, features, stored.transform(only_as_of, ctx.as_of_date), champions)
    ctx.log("customers scored", **ctx.rows_written)


JOB = Job(
    "score_customers", run, settings=lambda p: TrainScoresSettings(features=p.features, labels=p.labels, scores=p.scores, consent=p.consent),
    also_depends_on=champion_names,
)  # fmt: skip

"""Where a house rule makes code worse: one line with its reason. An entry nothing needs any more fails the tests."""

# path under src/crosschannel, benchmarks, jobs or tests: more than 250 lines
LARGE_MODULES: dict[str, str] = {}

# path::function: a body of more than 70 lines
LONG_FUNCTIONS: dict[str, str] = {}

# path::function::call: an action, or a read of clock, randomness or environment, in pure code
BANNED_CALLS: dict[str, str] = {
    "identity/components.py::_on_driver::toArrow": "the component loop on the driver, at most max_driver_edges pairs",
    "identity/components.py::to_components::count": "the component loop: its bound is checked before anything is collected",
    "identity/contraction.py::contracted::count": "the component loop: edges left after each round",
    "identity/records/learning.py::counted::toArrow": "fitting: one row per pattern of agreement and the keys that found it, never pairs",
    "identity/records/link.py::_counts::collect": "fitting: one row of counts",
    "identity/records/link.py::_require_room::collect": "one number, so that too large a comparison is refused before it starts",
    "models/drift_counts.py::bin_counts::toArrow": "watching: one short row per feature and partition, never customers",
    "models/drift_counts.py::distance_counts::toArrow": "watching: counts on a fixed grid of distances by segment, never customers",
    "models/drift_counts.py::probability_counts::toArrow": "watching: counts on a fixed grid of probabilities by score, never customers",
    "models/histogram.py::to_histograms::collect": "evaluating: counts on a fixed grid of margins, never customers",
    "models/levels.py::fitted_levels::collect": "fitting: levels that occur often enough, never customers",
    "models/lloyd.py::_collected::toArrow": "fitting: k rows per partition of sums, never customers",
    "models/paired.py::to_pairs::toArrow": "evaluating: counts on a fixed grid of log-odds by slice, never customers",
    "models/rows.py::row_with::collect": "a model is one row; limit 2",
    "models/sample.py::sampled::toArrow": "fitting: a sample with a stated limit",
    "quality/grade_identity.py::_bcubed::collect": "grading: sizes of customers, a short table",
    "quality/grade_identity.py::_number::first": "grading: one row of counts",
    "quality/grade_models.py::_bins::collect": "grading: one row per bin",
    "quality/grade_models.py::segment_grades::collect": "grading: one row per pair of segments",
    "quality/grade_models.py::segment_grades::count": "grading: one number",
    "models/study_rows.py::study_rows::toArrow": "fitting: a sample by hash of about a stated number of rows",
    "models/scores.py::_counts::collect": "fitting: one row per slice",
    "models/value_groups.py::_collected::toArrow": "fitting: groups of equal histories, at most max_groups; more are rounded or refused",
    "models/value_judgement.py::judged::toArrow": "evaluating: counts on a fixed grid of predictions, never customers",
    "models/value_lessons.py::counts_of::collect": "fitting: one row of two counts",
    "models/value_lessons.py::deviance_gap::collect": "evaluating: one row of sums, never customers",
    "models/split.py::labelled_dates::collect": "fitting: one row per as_of_date",
    "models/segments.py::_groups::toArrow": "evaluating: customers by dense group and segment, never customers",
    "models/segments.py::training_digest::collect": "fitting: one row that names the training data",
}

# path::function: SQL as text
SQL_TEXT: dict[str, str] = {
    "io/upkeep.py::add_columns": "Delta offers no builder for ALTER TABLE; names and types come from the contract",
    "io/purge.py::_keep_statistics_clean": "Delta offers no builder for table properties; names come from the contract",
    "io/purge.py::forget_versions": "Delta's Python builder offers no parallel call with a path",
    "io/upkeep.py::set_properties": "Delta offers no builder for table properties; names and values are ours, and quoted",
    "io/upkeep.py::vacuum": "Delta's Python builder has no dry run and no log retention",
}

# path::function::name: a column name spelled in quotes
QUOTED_COLUMNS: dict[str, str] = {
    "models/score_report.py::_card::horizon_days": "a fact in the model's description, which is JSON",
}

# path::package: an import outside the place the package belongs to
IMPORT_PLACES: dict[str, str] = {
    "io/purge.py::delta": "erasure deletes by key, which no write mode of the lake does",
}

# Rooms whose strings are somebody else's field names, not the columns of our contracts.
FOREIGN_WORDS: dict[str, str] = {
    "drafting/": "names of raw fields as senders write them, and keys of YAML files",
    "synth/": "writes raw logs in the shape of each trade, and truth tables beside the lake",
    "io/raw_bytes.py": "columns of Spark's reader for binary files",
    "io/raw_lines.py": "the column of Spark's reader for text files",
    "io/tracking.py": "tags and fields of MLflow",
    "io/model_registry.py": "tags and fields of MLflow",
    "jobs/export_complete_journey.py": "writes raw files from tables with columns of their own",
}

# what a path::function begins with: something durable is changed, and no failpoint is laid there
WITHOUT_FAILPOINT: dict[str, str] = {
    "cli/": "a file for people, at a path they give: the same command writes it anew",
    "io/model_registry.py::_write_booster": "a folder of its own, for a moment",
    "io/model_registry.py::write_native": "a folder of its own, for a moment",
    "io/packing.py::write_tar": "part of a bundle, which is made beside its place and moved there whole",
    "io/raw_output.py::": "raw files of the generator, which is no part of a run; the last one says that the world is whole",
    "jobs/bundle.py::": "a folder for clusters, made beside its place and moved there whole: the same command makes it anew",
    "jobs/cataloguing.py::write_catalogue": "a page for people: the same command writes it anew",
    "jobs/prometheus.py::write_prometheus": "a file for the monitoring, replaced whole: the same command writes it anew",
    "jobs/records.py::write_records": "a file for people: the same command writes it anew",
    "jobs/report.py::write_report": "a page for people: the same command writes it anew",
    "jobs/write_docs.py::": "documents of the checkout: the same command writes them anew",
    "jobs/write_sbom.py::": "documents of the checkout: the same command writes them anew",
}

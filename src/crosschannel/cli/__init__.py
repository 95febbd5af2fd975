"""The ``crosschannel`` command: for people; schedulers use ``jobs/*.py`` with spark-submit.

Errors are words on stderr and an exit code (``docs/exit-codes.md``); a stack trace, which could
hold values of the data, is shown only with ``CROSSCHANNEL_DEBUG=1``.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from crosschannel.cli import intake
from crosschannel.cli.actions import Where, chain, explain_one, explain_two, grade, show_doctor, single, write_html
from crosschannel.cli.channels import add_channel_commands
from crosschannel.cli.contract import add_contract_commands
from crosschannel.cli.features import add_feature_commands
from crosschannel.cli.holdouts import add_holdout_commands
from crosschannel.cli.identity import add_identity_commands
from crosschannel.cli.models import add_model_commands
from crosschannel.cli.operating import add_operating_commands
from crosschannel.cli.privacy import add_privacy_commands
from crosschannel.cli.records import add_record_commands
from crosschannel.cli.releases import add_release_commands
from crosschannel.runtime.exits import errors_in_words
from crosschannel.runtime.logs import ask_for_json
from crosschannel.runtime.order import dependencies, run_order

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False, add_completion=False,
                  help="From the raw logs of every channel to one customer, segments and scores.")  # fmt: skip
console = Console(highlight=False)
JOB_NAMES = (*run_order(set(dependencies())), "maintain_tables")

ConfOption = Annotated[Path | None, typer.Option("--conf", help="Project folder with YAML files; the shipped demo project if not given.")]
KnownConfOption = Annotated[Path | None, typer.Option("--conf", help="Project folder with YAML files; that of the lake's newest run if not given.")]
LakeOption = Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")]
RawOption = Annotated[str, typer.Option("--raw", help="Folder or Hadoop path of the raw logs.")]
AsOfOption = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Last day the run may know; the last full day in the data if not given.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of every sample and model.")]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Run steps even if nothing changed since their last success.")]
TruthOption = Annotated[Path, typer.Option("--truth", help="Truth tables that `generate` wrote.")]


@app.callback()
def for_all(log_json: Annotated[bool, typer.Option("--log-json", help="Say what happens as JSON, one object a line on stderr.")] = False) -> None:
    """From the raw logs of every channel to one customer, segments and scores."""
    if log_json:
        ask_for_json()


@app.command()
def generate(
    out: Annotated[Path, typer.Option("--out", help="Folder that gets raw/ and truth/.")],
    people: Annotated[int, typer.Option("--people", min=10, help="Number of people.")] = 6000,
    days: Annotated[int, typer.Option("--days", min=7, help="Days of logs.")] = 98,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same rows.")] = 7,
    difficulty: Annotated[str, typer.Option("--difficulty", help="easy, standard or hard.")] = "standard",
    drift_week: Annotated[int | None, typer.Option("--drift-week", min=1, help="Week from which behaviour changes.")] = None,
) -> None:
    """Write synthetic raw logs of eight channels, with the truth about them.

    Example: `crosschannel generate --people 6000 --days 98 --seed 7 --difficulty standard --out var/demo`
    """
    from crosschannel.cli.actions import generate_logs

    generate_logs(console, people=people, days=days, seed=seed, difficulty=difficulty, out=out, drift_week=drift_week)


@app.command()
def run(
    lake: LakeOption,
    raw: RawOption,
    conf: ConfOption = None,
    as_of: AsOfOption = None,
    seed: SeedOption = 7,
    first: Annotated[str | None, typer.Option("--from", help="First step to run.")] = None,
    last: Annotated[str | None, typer.Option("--until", help="Last step to run.")] = None,
    fresh: FreshOption = False,
) -> None:
    """Run the whole chain, from raw logs to published segments; steps with nothing to do are skipped.

    Examples: `crosschannel run --raw var/demo/raw --lake var/demo/lake`;
    `crosschannel run --conf conf/completejourney --raw DIR --lake DIR --as-of 2017-08-31 --until build_features`
    """
    chain(console, Where(conf, lake, raw, as_of, seed, fresh), first, last)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for raw logs, truth, lake and report.")] = Path("var/demo"),
    people: Annotated[int, typer.Option("--people", min=200)] = 6000,
    days: Annotated[int, typer.Option("--days", min=70)] = 98,
    seed: SeedOption = 7,
    difficulty: Annotated[str, typer.Option("--difficulty")] = "standard",
) -> None:
    """Generate logs, run the chain, grade it against the planted truth and write the report.

    Example: `crosschannel demo --out var/demo`
    """
    from crosschannel.cli.showcase import run_demo

    run_demo(console, out=out, people=people, days=days, seed=seed, difficulty=difficulty)


@app.command()
def evaluate(
    lake: LakeOption,
    truth: TruthOption,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the grades here.")] = None,
    conf: KnownConfOption = None,
) -> None:
    """Grade the published results of synthetic logs against their truth.

    Example: `crosschannel evaluate --lake var/demo/lake --truth var/demo/truth --json grades.json`
    """
    grade(console, conf, lake, truth, json_file)


@app.command()
def report(
    lake: LakeOption,
    out: Annotated[Path, typer.Option("--out", help="HTML file to write.")] = Path("report.html"),
    grades: Annotated[Path | None, typer.Option("--grades", help="Grades that `evaluate --json` wrote.")] = None,
    conf: KnownConfOption = None,
) -> None:
    """Write the HTML report: what came in, what was refused, customers, segments, scores.

    Example: `crosschannel report --lake var/demo/lake --out report.html`
    """
    write_html(console, conf, lake, out, grades)


@app.command()
def explain(
    who: Annotated[str, typer.Argument(metavar="CUSTOMER-OR-IDENTIFIER", help="A customer_id, namespace:value, or a bare value.")],
    lake: LakeOption,
    other: Annotated[str | None, typer.Argument(metavar="[OTHER]", help="A second one: why are they one customer, or why not?")] = None,
    conf: KnownConfOption = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="With two: also draw the chain of evidence here.")] = None,
) -> None:
    """Show one customer: identifiers and the evidence that links them, history, segment, scores; or the evidence between two.

    Examples: `crosschannel explain c_4f1k... --lake var/demo/lake`; `crosschannel explain email:ann@example.com --lake var/demo/lake`;
    `crosschannel explain email:ann@example.com crm_id:C-1001 --lake var/demo/lake --svg why.svg`
    """
    if other is None:
        explain_one(console, conf, lake, who)
    else:
        explain_two(console, conf, lake, (who, other), svg)


@app.command()
def doctor(lake: Annotated[str | None, typer.Option("--lake", help="Also look at this lake.")] = None) -> None:
    """Check this machine, and a lake's logs and ledger; names what is wrong and how to mend it.

    Example: `crosschannel doctor --lake var/demo/lake`
    """
    show_doctor(console, lake)


@app.command()
def ingest(
    lake: LakeOption,
    raw: RawOption = "",
    conf: ConfOption = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on: take in new files and messages as they arrive.")] = False,
    kafka: Annotated[str | None, typer.Option("--kafka", help="Brokers of the sources that name a topic, as HOST:PORT,HOST:PORT.")] = None,
    every: Annotated[float, typer.Option("--every", min=0.1, help="With --follow: seconds between two looks.")] = 5.0,
    until_idle: Annotated[float | None, typer.Option("--until-idle", min=0, help="With --follow: end after so many seconds without news.")] = None,
    fresh: FreshOption = False,
) -> None:
    """Take raw files in once, or follow the raw folder and Kafka topics.

    Examples: `crosschannel ingest --raw var/demo/raw --lake var/demo/lake`;
    `crosschannel ingest --follow --conf conf/demo --raw DIR --lake DIR --kafka 127.0.0.1:9092`
    """
    from crosschannel.cli.following import take_in

    take_in(console, Where(conf, lake, raw, None, 7, fresh), follow=follow, kafka=kafka, every=every, until_idle=until_idle)


@app.command()
def jars(
    kafka: Annotated[bool, typer.Option("--kafka", help="Also the four that read Kafka topics.")] = False,
    postgres: Annotated[bool, typer.Option("--postgres", help="Also the driver of PostgreSQL, for `export`.")] = False,
) -> None:
    """Fetch the two Delta JARs once; later starts need no network.

    Examples: `crosschannel jars`; `crosschannel jars --kafka --postgres`
    """
    from crosschannel.io.jars import fetch_jars

    for path in fetch_jars(kafka=kafka, postgres=postgres):
        console.print(path.name)


@app.command("export-complete-journey")
def export_complete_journey(out: Annotated[Path, typer.Option("--out", help="Folder that gets raw/.")]) -> None:
    """Write the Complete Journey tables, up to 30 September 2017, as raw files.

    Example: `crosschannel export-complete-journey --out var/complete-journey/raw`
    """
    from crosschannel.jobs.export_complete_journey import export_complete_journey as export

    export(out)


def _add_job_command(name: str) -> None:
    def command(
        lake: LakeOption, raw: RawOption = "", conf: ConfOption = None, as_of: AsOfOption = None, seed: SeedOption = 7, fresh: FreshOption = False
    ) -> None:
        single(console, name, Where(conf, lake, raw, as_of, seed, fresh))

    command.__doc__ = f"Run the job {name} alone.\n\nExample: `crosschannel {name} --raw var/demo/raw --lake var/demo/lake`"
    app.command(name, rich_help_panel="Jobs")(command)


intake.add_commands(app, console)
for _name in JOB_NAMES:
    _add_job_command(_name)


add_contract_commands(app, console)
add_identity_commands(app, console)
add_model_commands(app, console)
add_record_commands(app, console)
add_feature_commands(app, console)
add_channel_commands(app, console)
add_holdout_commands(app, console)
add_operating_commands(app, console)
add_privacy_commands(app, console)
add_release_commands(app, console)


def main() -> None:
    """Run the command line; end with the exit code of the error, if any."""
    with errors_in_words():
        app()


if __name__ == "__main__":
    main()

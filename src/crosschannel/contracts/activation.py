"""Activation: who is left alone so that effects can be measured, and what is proposed for everybody else."""

from crosschannel.contracts.column import column, key
from crosschannel.contracts.table import Check, DataClass, Shape, Table, Write

CONTROL, TREATMENT = "control", "treatment"
EVERYTHING, CAMPAIGN = "everything", "campaign"  # what a holdout keeps its control group out of
MERGE, SPLIT = "merge", "split"
NO_CONSENT, HELD_OUT, NONE, NO_PLAY = "no_consent", "holdout", "none", "no_play"  # why nothing is proposed


class HoldoutRules(
    Table,
    name="gold.holdout_rules",
    grain="one row per holdout ever drawn",
    write=Write.APPEND_NEW,
    produced_by="plan_actions",
    read_by=("plan_actions",),
    data_class=DataClass.RECORD,
    checks=(Check("control_share", at_least=0, at_most=1), Check("covers", is_in=(EVERYTHING, CAMPAIGN))),
):
    """How each holdout was drawn when it began; another share or salt under the same name is refused."""

    holdout = key("string", "name of the holdout")
    covers = column("string", "everything: its control group gets no message at all; campaign: none of the campaign of this name")
    control_share = column("double", "share of customers drawn into the control group", unit="0-1")
    salt_hash = column("string", "digest of the salt")
    since_date = column("date", "as_of_date on which it was drawn first")


class HoldoutDraws(
    Table,
    name="gold.holdout_draws",
    grain="one row per customer_id ever published",
    write=Write.MERGE,
    produced_by="plan_actions",
    read_by=("plan_actions",),
    data_class=DataClass.DERIVED,
):
    """The lot each customer drew: every arm, of any holdout, is a hash of it. It outlives merges and splits."""

    customer_id = key("string", "customer, living or retired")
    draw_id = column("string", "what arms are drawn with: the first id of the customer that was earliest among those it is made of")
    since_date = column("date", "as_of_date on which that lot was drawn")


class HoldoutEvents(
    Table,
    name="gold.holdout_events",
    grain="one row per customer, lot kept and lot given up or shared",
    write=Write.APPEND_NEW,
    produced_by="plan_actions",
    read_by=("plan_actions",),
    data_class=DataClass.DERIVED,
    checks=(Check("event_type", is_in=(MERGE, SPLIT)),),
):
    """What merges and splits of customers did to their lots."""

    event_key = key("string", "hash of type, customer and both lots")
    event_type = column("string", "merge: two lots met and the earlier went on; split: a new customer carries the lot of the one it came from")
    customer_id = column("string", "customer that holds the lot now")
    draw_id = column("string", "lot that went on")
    other_id = column("string", "of a merge the lot given up, of a split the customer it came from")
    mixed_holdouts = column("array<string>", "holdouts in which the two lots lie in different arms: the customer may have seen both")
    as_of_date = column("date", "day of the run that found it")


class Holdouts(
    Table,
    name="serving.holdouts",
    grain="one row per customer of the release and holdout",
    write=Write.REPLACE,
    produced_by="plan_actions",
    read_by=(),
    data_class=DataClass.RELEASE,
    checks=(Check("arm", is_in=(CONTROL, TREATMENT)),),
):
    """Who is left alone: every system that sends anything leaves out the control group."""

    customer_id = key("string", "customer")
    holdout = key("string", "name of the holdout")
    covers = column("string", "everything, or the campaign of this name")
    arm = column("string", "control: left alone; treatment: may be reached")
    since_date = column("date", "as_of_date from which the customer is in this arm")
    as_of_date = column("date", "last day the row knows")
    release_id = column("string", "release whose customers these are")


class CandidateActions(
    Table,
    name="serving.candidate_actions",
    grain="one row per customer and action of the playbook that may be taken",
    write=Write.REPLACE,
    produced_by="plan_actions",
    read_by=(),
    data_class=DataClass.RELEASE,
):
    """What the playbook proposes and nothing forbids, with its reasons."""

    action_id = key("string", "hash of customer, play, order, channel and template: the same proposal keeps it from day to day")
    customer_id = column("string", "customer")
    play = column("string", "play of the playbook")
    action_order = column("int", "place of the action in its play; 1 is to be tried first")
    channel = column("string", "channel to use")
    template = column("string", "template to use")
    message_class = column("string", "marketing or service")
    campaign = column("string", "holdout the action is measured by; null if none", nullable=True)
    offer = column("string", "offer to make; null if none", nullable=True)
    not_before_date = column("date", "first day on which to act")
    expires_date = column("date", "last day on which to act; null if it does not expire", nullable=True)
    segment_id = column("string", "stable id of the segment")
    segment_name = column("string", "name of the segment")
    reasons = column("array<string>", "why this is proposed: segment, scores, consent, holdouts")
    as_of_date = column("date", "last day the row knows")
    release_id = column("string", "release whose segments and scores these are")


class WithheldActions(
    Table,
    name="serving.withheld_actions",
    grain="one row per customer and action of the playbook that is not to be taken",
    write=Write.REPLACE,
    produced_by="plan_actions",
    read_by=(),
    data_class=DataClass.RELEASE,
    checks=(Check("reason", is_in=(NO_CONSENT, HELD_OUT, NONE, NO_PLAY)),),
):
    """What is not proposed, and why; with ``serving.candidate_actions`` every customer is accounted for."""

    customer_id = key("string", "customer")
    play = key("string", "play of the playbook; no_play if none fits")
    action_order = key("int", "place of the action in its play; 0 where the play has none")
    channel = column("string", "channel that would have been used", nullable=True)
    template = column("string", "template that would have been used", nullable=True)
    reason = column("string", "no_consent, holdout, none (the play says so) or no_play (no play fits); the first that holds")
    reasons = column("array<string>", "all of it in words")
    segment_id = column("string", "stable id of the segment")
    segment_name = column("string", "name of the segment")
    as_of_date = column("date", "last day the row knows")
    release_id = column("string", "release whose segments and scores these are")


class AllowedContacts(Shape):
    """Whom a channel may reach; passes from consent to actions. Who is not in it may not be reached."""

    customer_id = column("string", "customer")
    channel = column("string", "channel the customer agreed to, and did not leave since")


class ArmTotals(Shape):
    """What an outcome came to by arm; passes from labels and arms to the estimate of lift."""

    arm = column("string", "control or treatment")
    customers = column("bigint", "customers with a known outcome")
    total = column("decimal(38,6)", "sum of the outcome")
    total_squares = column("decimal(38,6)", "sum of its squares")

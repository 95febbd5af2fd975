"""A segment's name and description: a pure function of its profile, the same whatever its cluster number.

``{value tier} {recency tier} {channel} {trait}``; a further trait, then the place in the value order, keeps names apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crosschannel.models.profile import MULTI_CHANNEL, Profile
from crosschannel.settings.segments import Naming, Tier, Trait

MAX_TRAITS = 3
CHANNEL_WORDS = {"call": "call-centre", "sms": "text-message", "email": "e-mail", "crm": "CRM"}


def named_segments(profiles: Sequence[Profile], naming: Naming) -> tuple[str, ...]:
    """Return a name per profile, no two alike."""
    names = ["" for _ in profiles]
    for traits in range(1, MAX_TRAITS + 1):
        repeated = {name for name, n in Counter(names).items() if n > 1}
        names = [_name(p, naming, traits) if name in repeated or not name else name for p, name in zip(profiles, names, strict=True)]
    return _numbered(names, profiles)


def description_of(profile: Profile, naming: Naming) -> str:
    """Say in plain words what a segment is like."""
    traits = [t.phrase for t in _traits(profile, naming)[:MAX_TRAITS]]
    acts = [f"spend {profile.value_ratio:.1f} times the average", f"were last active {profile.recency_days:.0f} days ago"]
    if naming.channels:
        acts.append("use channels as everybody does" if profile.channel == MULTI_CHANNEL else f"lean to the {_channel_word(profile, naming)} channel")
    who = f"{profile.customers:,} customers ({profile.share:.1%}) who {', '.join(acts[:-1])} and {acts[-1]}"
    return who + (f"; they stand out as {', '.join(traits)}." if traits else ".")


def _name(profile: Profile, naming: Naming, trait_count: int) -> str:
    channel, traits = _channel_word(profile, naming), [t.phrase for t in _traits(profile, naming)[:trait_count]]
    if traits and traits[0].startswith(f"{channel} "):
        channel = ""  # "app users" says it already
    words = [_tier(naming.value_tiers, profile.value_ratio), _tier(naming.recency_tiers, profile.recency_days), channel, *traits]
    name = " ".join(w for w in words if w)
    return name[:1].upper() + name[1:]


def _channel_word(profile: Profile, naming: Naming) -> str:
    return "" if not naming.channels else CHANNEL_WORDS.get(profile.channel, profile.channel)


def _tier(tiers: Sequence[Tier], value: float) -> str:
    return next((t.phrase for t in tiers if t.holds(value)), "")


def _traits(profile: Profile, naming: Naming) -> list[Trait]:
    strength = {t: profile.effect_of(t.feature) * t.sign for t in naming.traits}
    standing_out = [t for t in naming.traits if strength[t] >= naming.min_effect]
    return sorted(standing_out, key=lambda t: -strength[t])  # stable: ties keep the order of the table


def _numbered(names: Sequence[str], profiles: Sequence[Profile]) -> tuple[str, ...]:
    order = sorted(range(len(names)), key=lambda i: (-profiles[i].value_ratio, -profiles[i].customers, profiles[i].effects[0].effect))
    seen: Counter[str] = Counter()
    distinct = list(names)
    for i in order:
        seen[names[i]] += 1
        if seen[names[i]] > 1:
            distinct[i] = f"{names[i]} {seen[names[i]]}"
    return tuple(distinct)
